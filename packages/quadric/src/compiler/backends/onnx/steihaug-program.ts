/** Calls a Steihaug–Toint program: flat vectors in, flat vectors and named numbers out. */
import { shiftedInverse } from "../../../linalg/triangular.ts";
import { type CurvaturePairs, inverseOf, withRows } from "../../../subproblem/curvature-pairs.ts";
import type { LoopEnd, LoopSettings } from "../../../subproblem/fused-steihaug.ts";
import type { StoppingRule } from "../../../subproblem/solver.ts";
import type { Segment } from "../../../subproblem/steihaug.ts";
import type { Layout } from "../../../vector/layout.ts";
import type { Tensor } from "../../../vector/tensor.ts";
import type { Vector } from "../../../vector/vector.ts";
import { tensorsOf } from "../../parameters.ts";
import { type Executable, flatBelow, type LoopInputs, type SteihaugLoop } from "../backend.ts";

/** Whether the loop holds its vectors as one flat block rather than as the parameters' tensors. */
export function travelsFlat(size: number): boolean {
  return size < flatBelow;
}

/** The shape of a tensor of parameters as a block of the loop: a scalar is a vector of one, since the loop's own scalars are. */
export function blockShape(shape: readonly number[]): readonly number[] {
  return shape.length === 0 ? [1] : shape;
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

export function steihaugLoop(program: Executable, rule: StoppingRule): SteihaugLoop {
  return {
    run: (inputs, settings, pairs) =>
      pairs ? runWithPairs(program, inputs, settings, rule, pairs) : run(program, inputs, settings, rule),
    dispose: () => program.dispose(),
  };
}

async function run(
  program: Executable,
  inputs: LoopInputs,
  settings: LoopSettings,
  rule: StoppingRule,
): Promise<LoopEnd> {
  const { layout, step, p } = inputs;
  const numbers = new Float64Array(loopStatistics.length);
  await program.run(loopTensors(inputs, settings), [
    ...blocks(step, layout),
    ...blocks(p, layout),
    { shape: [numbers.length], data: numbers },
  ]);
  return endOf(numbers, settings, rule, step, p);
}

async function runWithPairs(
  program: Executable,
  inputs: LoopInputs,
  settings: LoopSettings,
  rule: StoppingRule,
  pairs: CurvaturePairs,
): Promise<LoopEnd> {
  const { capacity } = pairs;
  const shape = [capacity, inputs.layout.size];
  const inverse = inverseOf(pairs);
  const results = await program.run([
    ...loopTensors(inputs, settings),
    { shape, data: pairs.s },
    { shape, data: pairs.y },
    { shape: [capacity, capacity], data: inverse },
  ]);
  const [step, p, numbers, s, y, columns, table] = results.map(({ data }) => data as Vector);
  const end = endOf(numbers, settings, rule, step, p);
  return { ...end, pairs: withPath(pairs, inverse, s, y, columns), path: () => pathOf(s, table, end) };
}

/** The pairs with the new rows [k × d], of which more than m are possible, and columns [k × (m + k)] of a path. */
function withPath(pairs: CurvaturePairs, inverse: Float64Array, s: Vector, y: Vector, columns: Vector): CurvaturePairs {
  const { capacity } = pairs;
  const size = pairs.s.length / capacity;
  const all = s.length / size;
  const count = Math.min(all, capacity);
  const newest = (rows: Vector) => rows.subarray((all - count) * size);
  const added = new Float64Array(count * capacity);
  for (let t = 0; t < count; t++) {
    const end = (all - count + t + 1) * (capacity + all);
    added.set(columns.subarray(end - capacity, end), t * capacity);
  }
  return withRows(pairs, newest(s), newest(y), shiftedInverse(inverse, capacity, added));
}

function blocks(v: Vector, layout: Layout): Tensor[] {
  if (travelsFlat(layout.size)) return [{ shape: [layout.size], data: v }];
  return tensorsOf(v, layout).map(({ shape, data }) => ({ shape: blockShape(shape), data }));
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
 * The segments before the last.
 *
 * @param rows - their directions as p/√κ, [k × d].
 * @param table - the numbers of all segments, a row each.
 */
function pathOf(rows: Vector, table: Vector, { products, step: { length } }: LoopEnd): Segment[] {
  return Array.from({ length: products - 1 }, (_, i) => {
    const [gamma, kappa, ss, sp, pp] = table.subarray(i * pathColumns.length);
    const p = rows.subarray(i * length, (i + 1) * length).map((x) => x * Math.sqrt(kappa)) as Vector;
    return { gamma, kappa, ss, sp, pp, p };
  });
}
