/** Calls a compiled Steihaug–Toint loop: flat vectors in, flat vectors and named numbers out. */
import { shiftedInverse } from "../linalg/triangular.ts";
import { type CurvaturePairs, inverseOf } from "../subproblem/curvature-pairs.ts";
import type { LoopEnd, LoopSettings } from "../subproblem/fused-steihaug.ts";
import type { StoppingRule } from "../subproblem/solver.ts";
import type { Segment } from "../subproblem/steihaug.ts";
import type { Layout } from "../vector/layout.ts";
import type { Tensor } from "../vector/tensor.ts";
import { type Dtype, type Vector, zeros } from "../vector/vector.ts";
import type { Executable } from "./backend.ts";
import { tensorsOf } from "./parameters.ts";

/** Below this many parameters the loop's vectors travel flat: fewer operations beat the copies to and from the tensors. */
const flatBelow = 2 ** 15;

/** Whether the loop holds its vectors as one flat block rather than as the parameters' tensors. */
export function travelsFlat(size: number): boolean {
  return size < flatBelow;
}

/** The order of the numbers that a loop takes beside vectors. */
export const loopSettings: readonly (keyof LoopSettings)[] = ["radius", "stop", "gradientNorm", "maxProducts"];

/** The order of the numbers that a loop returns: those of its last direction, and those by which it was left. */
export const loopStatistics = [
  "products",
  "gamma",
  "kappa",
  "decrease",
  "ss",
  "sp",
  "pp",
  "tau",
  "ssNext",
  "gammaNext",
  "measure",
] as const;

export type LoopStatistic = (typeof loopStatistics)[number];

/** The numbers of a segment of the path, in the order of a row of them: those of a Direction in subproblem/steihaug.ts. */
export const pathColumns = ["gamma", "kappa", "ss", "sp", "pp"] as const;

/** Why a loop was left, by the tests that it makes: see lowerSteihaugLoop. */
function exitOf(
  { kappa, ssNext, gammaNext, measure, decrease }: Record<LoopStatistic, number>,
  { radius, stop, gradientNorm }: LoopSettings,
  rule: StoppingRule,
): LoopEnd["exit"] {
  if (!Number.isFinite(kappa)) return "nonfinite-curvature";
  if (!(kappa > 0 && ssNext < radius * radius)) return "direction";
  if (!Number.isFinite(gammaNext)) return "nonfinite-residual";
  const target = stop * gradientNorm;
  const limit = rule === "residual" ? target * target : stop * decrease;
  return gammaNext > 0 && measure > limit ? "max-products" : "interior";
}

/** A loop's memory, reused from one solve to the next: fresh vectors of millions of numbers cost more than a product. */
export interface LoopBuffers {
  readonly step: Vector;
  readonly p: Vector;
}

export function loopBuffers(size: number, dtype: Dtype): LoopBuffers {
  return { step: zeros(size, dtype), p: zeros(size, dtype) };
}

export interface LoopInputs {
  /** What the product takes before v. */
  readonly fixed: readonly Tensor[];
  readonly gradient: Vector;
  readonly diagonal: Float64Array;
  readonly layout: Layout;
  readonly rule: StoppingRule;
}

/** The answer's vectors are those of the buffers. */
export async function runLoop(
  program: Executable,
  inputs: LoopInputs,
  settings: LoopSettings,
  { step, p }: LoopBuffers,
): Promise<LoopEnd> {
  const { layout, rule } = inputs;
  const numbers = new Float64Array(loopStatistics.length);
  await program.run(loopTensors(inputs, settings), [
    ...blocks(step, layout),
    ...blocks(p, layout),
    { shape: [numbers.length], data: numbers },
  ]);
  return endOf(numbers, settings, rule, step, p);
}

/** The same with pairs of earlier solves. All that it returns is new. */
export async function runLoopWithPairs(
  program: Executable,
  inputs: LoopInputs,
  settings: LoopSettings,
  pairs: CurvaturePairs,
): Promise<LoopEnd> {
  const { layout, rule } = inputs;
  const { capacity } = pairs;
  const shape = [capacity, layout.size];
  const inverse = inverseOf(pairs);
  const [step, p, numbers, s, y, columns, table] = await program.run([
    ...loopTensors(inputs, settings),
    { shape, data: pairs.s },
    { shape, data: pairs.y },
    { shape: [capacity, capacity], data: inverse },
  ]);
  const end = endOf(numbers.data, settings, rule, step.data as Vector, p.data as Vector);
  const next = { capacity, s: s.data as Vector, y: y.data as Vector };
  const added = (columns.data as Float64Array).subarray(0, Math.min(soundOf(end), capacity) * capacity);
  return {
    ...end,
    pairs: { ...next, inverse: shiftedInverse(inverse, capacity, added) },
    path: () => pathOf(next, table.data as Float64Array, end),
  };
}

/** How many directions had a curvature that pairs can hold: all, or all but the last. */
function soundOf({ kappa, products }: LoopEnd): number {
  return kappa > 0 && kappa < Infinity ? products : products - 1;
}

function blocks(v: Vector, layout: Layout): Tensor[] {
  return travelsFlat(layout.size) ? [{ shape: [layout.size], data: v }] : tensorsOf(v, layout);
}

function loopTensors({ fixed, gradient, diagonal, layout }: LoopInputs, settings: LoopSettings): Tensor[] {
  const numbers = Float64Array.from(loopSettings, (name) => settings[name]);
  return [
    ...fixed,
    ...blocks(gradient, layout),
    ...blocks(diagonal, layout),
    { shape: [numbers.length], data: numbers },
  ];
}

function endOf(
  numbers: ArrayLike<number>,
  settings: LoopSettings,
  rule: StoppingRule,
  step: Vector,
  p: Vector,
): LoopEnd {
  const statistics = Object.fromEntries(loopStatistics.map((name, i) => [name, numbers[i]])) as Record<
    LoopStatistic,
    number
  >;
  return { ...statistics, exit: exitOf(statistics, settings, rule), step, p };
}

/**
 * The segments before the last, of which the pairs hold the directions as p/√κ; undefined where there were more.
 *
 * @param table - the numbers of all segments, the newest last.
 */
function pathOf({ capacity, s }: CurvaturePairs, table: Float64Array, end: LoopEnd): Segment[] | undefined {
  const size = s.length / capacity;
  const held = soundOf(end);
  if (end.products > capacity) return undefined;
  return Array.from({ length: end.products - 1 }, (_, i) => {
    const [gamma, kappa, ss, sp, pp] = table.subarray((capacity - end.products + i) * pathColumns.length);
    const row = capacity - held + i;
    const p = s.subarray(row * size, (row + 1) * size).map((x) => x * Math.sqrt(kappa)) as Vector;
    return { gamma, kappa, ss, sp, pp, p };
  });
}
