/** Calls a compiled Steihaug–Toint loop: flat vectors in, flat vectors and named numbers out. */
import type { LoopEnd, LoopSettings } from "../subproblem/fused-steihaug.ts";
import type { StoppingRule } from "../subproblem/solver.ts";
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

/** The answer's vectors are those of the buffers. */
export async function runLoop(
  program: Executable,
  fixed: readonly Tensor[],
  gradient: Vector,
  diagonal: Float64Array,
  layout: Layout,
  settings: LoopSettings,
  rule: StoppingRule,
  { step, p }: LoopBuffers,
): Promise<LoopEnd> {
  const blocks = (v: Vector): Tensor[] =>
    travelsFlat(layout.size) ? [{ shape: [layout.size], data: v }] : tensorsOf(v, layout);
  const numbers = new Float64Array(loopStatistics.length);
  const input = Float64Array.from(loopSettings, (name) => settings[name]);
  await program.run(
    [...fixed, ...blocks(gradient), ...blocks(diagonal), { shape: [input.length], data: input }],
    [...blocks(step), ...blocks(p), { shape: [numbers.length], data: numbers }],
  );
  const statistics = Object.fromEntries(loopStatistics.map((name, i) => [name, numbers[i]])) as Record<
    LoopStatistic,
    number
  >;
  return { ...statistics, exit: exitOf(statistics, settings, rule), step, p };
}
