/** `solve`: adjusts networks and unknown numbers until equations hold at points. */
import { numpy as np } from "@jax-js/jax";
import { requireInteger, requireKnown } from "../check.ts";
import { compileObjective } from "../compiler/objective.ts";
import { inPointBlocks } from "../compiler/point-blocks.ts";
import { ConfigError } from "../errors.ts";
import type { ResumableBatches } from "../training/batches.ts";
import type { StepEvent } from "../training/loop.ts";
import {
  type CompiledMinimizeOptions,
  type MinimizeResult,
  minimizeObjective,
  minimizeOptions,
} from "../training/minimize.ts";
import type { Tensor } from "../vector/tensor.ts";
import type { Vector } from "../vector/vector.ts";
import { type Comparison, exactValues, relativeError, requireComparison } from "./comparison.ts";
import { type Engine, evaluatorOf } from "./evaluator.ts";
import { Field } from "./field.ts";
import type { Unknown } from "./place.ts";
import { type PointSet, points as pointSets } from "./points.ts";
import { type Redrawing, redrawer, requireRedrawing } from "./redraw.ts";
import { asColumns, type Columns, requireCoordinates, residualsOf, systemOf, type Term } from "./system.ts";

/** Those of `minimize`, with "float64" for `dtype`, which equations need. */
export interface SolveOptions extends Omit<CompiledMinimizeOptions, "callback"> {
  /** Decides the points and where networks start, an integer ≥ 0; defaults to 0. */
  readonly seed?: number;
  /** A solution whose unknowns are where those of this run start that it has, too; defaults to a draw. */
  readonly start?: Pick<Solution, "arrays">;
  /** Redraws points during the run; defaults to never. */
  readonly redraw?: Redrawing;
  /** What is compared with an exact solution during the run; not part of the time. */
  readonly compare?: Comparison;
  /** After every step, with a copy of all unknowns; "stop" ends the run. */
  readonly callback?: (event: SolveEvent, unknowns: Vector) => unknown;
}

export type SolveEvent = StepEvent & {
  /** ‖u − u*‖₂/‖u*‖₂ on the points of `compare`, if it was evaluated after this step. */
  readonly error?: number;
};

export interface Solution extends Omit<MinimizeResult<Vector>, "history"> {
  readonly history: readonly SolveEvent[];
  /** The relative error at the end; undefined without `compare`. */
  readonly error: number | undefined;
  /** Values of a field of these unknowns at points, [n]: a set of points, or columns by coordinate. */
  evaluate(field: Field, on: PointSet | Readonly<Record<string, ArrayLike<number>>>): Promise<Float64Array>;
  /** The value of an unknown number. */
  valueOf(unknown: Field): number;
  /** What the unknowns are. */
  readonly arrays: ReadonlyMap<Unknown, readonly Tensor[]>;
}

/**
 * Finds networks and numbers with which residuals are 0 at points, in the sense of least squares:
 *
 *   L = ½ Σⱼ wⱼ · mean over the points of rⱼ²
 *
 * Cost: that of the method, whose default is that of `minimizeLeastSquares`; the choice and its reason are in the result.
 *
 * @param terms - what is to be 0, and at which points.
 * @throws {ConfigError} if points lack a coordinate of a residual; {RangeError} if an option is outside its domain.
 * @example
 * const [x, t] = coordinates("x", "t");
 * const u = network([x, t], [20, 20]);
 * const solution = await solve([
 *   { residual: derivative(u, t).sub(derivative(u, x, x).mul(0.1)), on: points.sobol({ x: [0, 1], t: [0, 1] }, 500) },
 *   { residual: u.sub(x.mul(Math.PI).sin()), on: points.grid({ x: [0, 1], t: 0 }, 50) },
 *   { residual: u, on: points.boundary({ x: [0, 1], t: [0, 1] }, 50, { of: ["x"] }) },
 * ], { method: gaussNewton(), maxIterations: 40 });
 * await solution.evaluate(u, { x: [0.5], t: [1] }); // => [0.373]
 */
export async function solve(terms: readonly Term[], options: SolveOptions = {}): Promise<Solution> {
  requireKnown("solve", options, [...minimizeOptions, "seed", "start", "redraw", "compare"]);
  const { seed = 0, start, redraw, compare, callback, backend, dtype = "float64", ...rest } = options;
  requireInteger("solve", "seed", seed, 0);
  if (redraw) requireRedrawing(redraw);
  if (compare) requireComparison(compare);
  const system = systemOf(terms);
  const drawn = system.init(seed);
  const initial = system.unknowns.map((unknown, k) => start?.arrays.get(unknown) ?? drawn[k]);
  const engine: Engine = { backend, dtype };
  const unknowns = system.unknowns.map((unknown, k) => [unknown, initial[k]] as const);
  const source = pointSource(system.draw(seed, 0, redraw?.from));
  const whole = await compileObjective(
    {
      model: (arrays: np.Array[][], columns: np.Array[][]) => system.residuals(arrays, columns),
      loss: (r: np.Array) => np.multiply(0.5, np.sum(np.square(r))),
      params: initial,
    },
    engine,
  );
  const setOfFields = terms.flatMap((term) => residualsOf(term).map(() => system.sets.indexOf(term.on)));
  const objective = inPointBlocks(whole, setOfFields);
  const monitor = compare && (await errorMonitor(compare, unknowns, engine));
  const points =
    redraw &&
    (await redrawer(system, terms, redraw, {
      seed,
      unknowns,
      engine,
      valueAt: async (w, columns) => (await objective.value(w, columns)).value,
    }));
  const history: SolveEvent[] = [];
  try {
    const result = await minimizeObjective(
      objective,
      whole.initial,
      {
        ...rest,
        dtype,
        async callback(event, w) {
          const error = monitor && event.step % monitor.every === 0 ? await monitor.error(w) : undefined;
          const own: SolveEvent = error === undefined ? event : { ...event, error };
          history.push(own);
          const fresh = await points?.after(w, event);
          if (fresh) source.replace(fresh);
          return callback?.(own, w);
        },
      },
      source.batches,
    );
    const error = await monitor?.error(result.x);
    const arrays = new Map(system.unknowns.map((unknown, k) => [unknown, arraysAt(result.x, initial, k)]));
    return { ...result, history, error, arrays, ...readers(arrays, engine) };
  } finally {
    monitor?.dispose();
    points?.dispose();
    objective.dispose();
  }
}

/** One set of columns as the batch of every step, until it is replaced. */
function pointSource(first: Columns): {
  readonly batches: ResumableBatches<Columns>;
  replace(columns: Columns): void;
} {
  let current = first;
  let drawn = 0;
  return {
    replace(columns) {
      current = columns;
    },
    batches: {
      examples: 1,
      batchSize: 1,
      get epochs() {
        return drawn;
      },
      draw: () => ({ epoch: drawn++, offset: 0, size: 1 }),
      batch: () => current,
      full: () => [current],
      state: () => ({ epoch: drawn, offset: 0, drawn, batchSize: 1 }),
      restore(state) {
        drawn = state.drawn;
      },
    },
  };
}

/** The arrays of unknown k in a vector of all. */
function arraysAt(w: Vector, initial: readonly (readonly Tensor[])[], k: number): Tensor[] {
  const sizeOf = (tensors: readonly Tensor[]) => tensors.reduce((sum, { data }) => sum + data.length, 0);
  let offset = initial.slice(0, k).reduce((sum, tensors) => sum + sizeOf(tensors), 0);
  return initial[k].map(({ shape, data }) => {
    offset += data.length;
    return { shape, data: w.slice(offset - data.length, offset) };
  });
}

type Unknowns = readonly (readonly [Unknown, readonly Tensor[]])[];

/** That of points to compare at, so that they are other ones than those of a term with the same set. */
const heldStream = 2 ** 28;

async function errorMonitor({ field, exact, on, every = 10 }: Comparison, unknowns: Unknowns, engine: Engine) {
  requireCoordinates("the points of compare", field, on.coordinates);
  const data = on.draw(0, heldStream);
  const columns = asColumns(data);
  const evaluator = await evaluatorOf([field], on.coordinates, unknowns, engine);
  const target =
    exact instanceof Field
      ? await once(exact, on.coordinates, columns, unknowns, engine)
      : exactValues(exact, on.coordinates, data);
  return {
    every,
    error: async (w: Vector) => relativeError(await evaluator.at(w, columns), target),
    dispose: () => evaluator.dispose(),
  };
}

/** A field evaluated once. */
async function once(
  field: Field,
  coordinates: readonly string[],
  columns: readonly Tensor[],
  unknowns: Unknowns,
  engine: Engine,
): Promise<Float64Array> {
  requireCoordinates("the points", field, coordinates);
  for (const unknown of field.source.unknowns) {
    if (!unknowns.some(([known]) => known === unknown)) {
      throw new ConfigError(
        "solve: a field to evaluate must be made of unknowns of this solution, got another network.",
      );
    }
  }
  const evaluator = await evaluatorOf([field], coordinates, unknowns, engine);
  try {
    const w = Float64Array.from(unknowns.flatMap(([, arrays]) => arrays.flatMap(({ data }) => [...data])));
    return await evaluator.at(engine.dtype === "float32" ? Float32Array.from(w) : w, columns);
  } finally {
    evaluator.dispose();
  }
}

/** What reads a solution. */
function readers(
  arrays: ReadonlyMap<Unknown, readonly Tensor[]>,
  engine: Engine,
): Pick<Solution, "evaluate" | "valueOf"> {
  const unknowns = [...arrays];
  return {
    evaluate(field, on) {
      if (!(field instanceof Field)) throw new TypeError(`evaluate: must be given a field, got ${typeof field}.`);
      const set =
        "draw" in on && typeof on.draw === "function"
          ? (on as PointSet)
          : pointSets.at(on as Readonly<Record<string, ArrayLike<number>>>);
      return once(field, set.coordinates, asColumns(set.draw(0)), unknowns, engine);
    },
    valueOf(unknown) {
      const [first] = unknown.source.unknowns;
      const [tensor] = arrays.get(first) ?? [];
      if (tensor?.shape.length !== 0) throw new TypeError("valueOf: must be an unknown number of this solution.");
      return tensor.data[0];
    },
  };
}
