/** A compiled Steihaug–Toint solve as it is called: flat vectors in, flat vectors and named numbers out. */
import { shiftedInverse } from "../linalg/triangular.ts";
import { append, inverseOf, type LbfgsMemory, requireMemoryOf } from "../subproblem/lbfgs-memory.ts";
import type { CgEnd, Segment } from "../subproblem/steihaug/path.ts";
import { type CgNumbers, type CgSettings, cgNumbers, cgSettings } from "../subproblem/steihaug/recurrence.ts";
import type { Layout } from "../vector/layout.ts";
import type { Tensor } from "../vector/tensor.ts";
import type { Vector } from "../vector/vector.ts";
import type { Executable } from "./backends/backend.ts";
import { tensorsOf } from "./parameters.ts";
import type { BlockLayout } from "./staged-blocks.ts";
import { segmentNumbers } from "./staged-steihaug.ts";

/** A program of stagedSteihaug(). */
export interface SolveProgram {
  readonly executable: Executable;
  readonly blocks: BlockLayout;
}

export interface SolveInputs {
  /** What the product takes before v. */
  readonly fixed: readonly Tensor[];
  readonly gradient: Vector;
  /** That of A. */
  readonly diagonal: Float64Array;
  readonly layout: Layout;
  /** Memory for the answer of a solve without a preconditioner, [d] each. */
  readonly step: Vector;
  readonly p: Vector;
}

/** With a preconditioner if the program was made for one of its size; then all that it returns is new. */
export async function runSolve(
  { executable, blocks }: SolveProgram,
  inputs: SolveInputs,
  settings: CgSettings,
  preconditioner: LbfgsMemory | undefined,
): Promise<CgEnd> {
  const { fixed, gradient, diagonal, layout, step, p } = inputs;
  const inBlocks = (v: Vector): Tensor[] => {
    if (blocks.isFlat) return [{ shape: [layout.size], data: v }];
    return tensorsOf(v, layout).map(({ data }, i) => ({ shape: blocks.shapes[i], data }));
  };
  const numbers = (values: Float64Array): Tensor => ({ shape: [values.length], data: values });
  const given = [
    ...fixed,
    ...inBlocks(gradient),
    ...inBlocks(diagonal),
    numbers(Float64Array.from(cgSettings, (name) => settings[name])),
  ];
  if (preconditioner) return runPreconditioned(executable, given, preconditioner, layout.size);
  const end = new Float64Array(cgNumbers.length);
  await executable.run(given, [...inBlocks(step), ...inBlocks(p), numbers(end)]);
  return { ...named(end), step, p, keepsLast: true };
}

function named(numbers: Vector): CgNumbers<number> {
  return Object.fromEntries(cgNumbers.map((name, i) => [name, numbers[i]])) as CgNumbers<number>;
}

async function runPreconditioned(
  executable: Executable,
  given: readonly Tensor[],
  pairs: LbfgsMemory,
  size: number,
): Promise<CgEnd> {
  requireMemoryOf(pairs, size);
  const { memory } = pairs;
  const inverse = inverseOf(pairs);
  const results = await executable.run([
    ...given,
    { shape: [memory, size], data: pairs.s },
    { shape: [memory, size], data: pairs.y },
    { shape: [memory, memory], data: inverse },
  ]);
  const [step, p, numbers, s, y, columns, path] = results.map(({ data }) => data as Vector);
  const end = named(numbers);
  const preconditioner = withPath(pairs, inverse, end, { s, y, columns });
  return { ...end, step, p, keepsLast: true, preconditioner, path: () => pathOf(s, path, end.products - 1, size) };
}

/** The pairs followed by the directions of a path, the last only if its κ is positive; more than m are possible. */
function withPath(
  pairs: LbfgsMemory,
  inverse: Float64Array,
  { products, kappa }: CgNumbers<number>,
  { s, y, columns }: Record<"s" | "y" | "columns", Vector>,
): LbfgsMemory {
  const { memory } = pairs;
  const size = pairs.s.length / memory;
  const sound = kappa > 0 && kappa < Number.MAX_VALUE ? products : products - 1;
  const count = Math.min(sound, memory);
  const newest = (rows: Vector) => rows.subarray((sound - count) * size, sound * size);
  // Column t holds ⟨s_i, y_t⟩ for the m rows s_i before the path, then for its own.
  const added = new Float64Array(count * memory);
  for (let k = 0; k < count; k++) {
    const t = sound - count + k;
    const begin = t * (memory + products) + sound;
    added.set(columns.subarray(begin, begin + memory), k * memory);
  }
  return append(pairs, newest(s), newest(y), shiftedInverse(inverse, memory, added));
}

/**
 * The first segments of a path.
 *
 * @param rows - their directions as p/√κ, [k × d].
 * @param numbers - those of all segments, a row each.
 */
function pathOf(rows: Vector, numbers: Vector, count: number, size: number): Segment[] {
  return Array.from({ length: Math.max(count, 0) }, (_, i) => {
    const [gamma, kappa, ss, sp, pp] = numbers.subarray(i * segmentNumbers.length);
    const p = rows.subarray(i * size, (i + 1) * size).map((x) => x * Math.sqrt(kappa)) as Vector;
    return { gamma, kappa, ss, sp, pp, p };
  });
}
