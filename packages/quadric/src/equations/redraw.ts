/**
 * New points from among many, where the residual is large:
 *
 *   p(x) ∝ |r(x)|^k / mean |r|^k + c
 *
 * k = c = 1 in [Wu2023], whose name for it is RAD; large c is uniform.
 */
import { requireFactor, requireInteger, requireNonNegative } from "../check.ts";
import type { StepEvent } from "../training/loop.ts";
import { makeRandom, type Random } from "../vector/random.ts";
import type { Tensor } from "../vector/tensor.ts";
import type { Vector } from "../vector/vector.ts";
import { type Engine, evaluatorOf } from "./evaluator.ts";
import { growing } from "./growing.ts";
import type { Unknown } from "./place.ts";
import { asColumns, type Columns, residualsOf, type System, type Term } from "./system.ts";

export interface Redrawing {
  /**
   * Steps from one set of points to the next, an integer ≥ 1; defaults to when the loss at others is 1.5 times that at
   * these, which costs a loss a step.
   */
  readonly every?: number;
  /** Share of the random points that a run begins with, in (0, 1]; they double where redrawing does not help. Defaults to 1. */
  readonly from?: number;
  /** Whether points go to where the residual is large; defaults to false, which draws as at the start. */
  readonly adaptive?: boolean;
  /** k ≥ 0 of the adaptive rule; defaults to 1. */
  readonly power?: number;
  /** c ≥ 0 of it; defaults to 1. */
  readonly uniform?: number;
  /** How many candidates there are for every point, > 1; defaults to 4. */
  readonly candidates?: number;
}

export function requireRedrawing({ every, from = 1, power = 1, uniform = 1, candidates = 4 }: Redrawing): void {
  if (every !== undefined) requireInteger("solve", "redraw.every", every, 1);
  if (!(from > 0 && from <= 1)) throw new RangeError(`solve: redraw.from must be in (0, 1], got ${from}.`);
  requireNonNegative("solve", "redraw.power", power);
  requireNonNegative("solve", "redraw.uniform", uniform);
  requireFactor("solve", "redraw.candidates", candidates);
}

/**
 * `count` of the rows, none twice, by weights from their residuals.
 *
 * A key log(U)/p for each row and the largest keys: draws in succession without replacement [EfraimidisSpirakis2006].
 */
export function chosen(
  sizes: Float64Array,
  count: number,
  { power = 1, uniform = 1 }: Pick<Redrawing, "power" | "uniform">,
  random: Random,
): Uint32Array {
  const weights = sizes.map((size) => Math.abs(size) ** power);
  const mean = weights.reduce((a, b) => a + b, 0) / weights.length;
  const keys = weights.map((weight) => {
    const p = (mean > 0 ? weight / mean : 0) + uniform;
    return Math.log(1 - random.uniform()) / p;
  });
  return Uint32Array.from(keys.keys())
    .sort((a, b) => keys[b] - keys[a])
    .slice(0, count);
}

interface RedrawingParts {
  readonly seed: number;
  readonly unknowns: readonly (readonly [Unknown, readonly Tensor[]])[];
  readonly engine: Engine;
  /** The loss. */
  valueAt(w: Vector, columns: Columns): Promise<number>;
}

export interface Redrawer {
  /** New points after a step to w, if there are to be any. */
  after(w: Vector, event: StepEvent): Promise<Columns | undefined>;
  dispose(): void;
}

/** New points for the sets that have any, drawn as at the start or by residual. */
export async function redrawer(
  system: System,
  terms: readonly Term[],
  redraw: Redrawing,
  { seed, unknowns, engine, valueAt }: RedrawingParts,
): Promise<Redrawer> {
  const { every, from = 1, adaptive = false, candidates = 4 } = redraw;
  const growth = growing(from);
  const evaluators = await Promise.all(
    system.sets.map((set) => {
      const fields = terms.filter(({ on }) => on === set).flatMap(residualsOf);
      return adaptive && set.isRandom ? evaluatorOf(fields, set.coordinates, unknowns, engine) : undefined;
    }),
  );
  /** Of the adaptive sets, as many points as the run works on, drawn by the same residuals. */
  const others: (Columns[number] | undefined)[] = system.sets.map(() => undefined);
  const draw = async (w: Vector, round: number): Promise<Columns> => {
    const fresh = system.draw(seed, round, growth.share);
    return Promise.all(
      system.sets.map(async (set, k) => {
        const evaluator = evaluators[k];
        if (!evaluator) return fresh[k];
        const stream = round * system.sets.length + k;
        const count = Math.ceil(growth.share * set.count);
        const pool = set.draw(seed, stream, Math.ceil(2 * candidates * count));
        const values = await evaluator.at(w, asColumns(pool));
        const width = values.length / pool[0].length;
        const sizes = pool[0].map((_, i) => Math.hypot(...values.subarray(i * width, (i + 1) * width)));
        const rows = chosen(sizes, 2 * count, redraw, makeRandom(seed, 2 ** 30 + stream));
        // Every other row: rows come in an order of their own.
        const half = (first: number) =>
          asColumns(pool.map((column) => Float64Array.from({ length: count }, (_, i) => column[rows[2 * i + first]])));
        others[k] = half(1);
        return half(0);
      }),
    );
  };
  return {
    async after(w, { step, loss, accepted, ratio = 0, modelDecrease = 0 }) {
      if (every !== undefined && step % every !== 0) return undefined;
      const left = accepted ? loss - ratio * modelDecrease : loss;
      const alike = system.draw(seed, step, growth.share).map((fresh, k) => others[k] ?? fresh);
      const isOutdated = growth.isOutdated(left, await valueAt(w, alike));
      return isOutdated || every !== undefined ? draw(w, step) : undefined;
    },
    dispose: () => {
      for (const evaluator of evaluators) evaluator?.dispose();
    },
  };
}
