/**
 * Jacobians that are larger than they may be: JᵀJ and Jᵀr as sums over blocks of examples.
 *
 *   L = Σ_k (b_k/n) L_k      JᵀJ = Σ_k (b_k/n) J_kᵀJ_k      Jᵀr = Σ_k (b_k/n) J_kᵀr_k      p = Σ_k (b_k/n) p_k
 *
 * Symbols: n examples, b_k those of block k, L_k the mean loss of a block, whose rows are J_k and residuals r_k.
 */
import { gramOfColumns } from "../linalg/gram.ts";
import type { MatrixEngine } from "../linalg/matrix-engine.ts";
import type { JacobianEvaluation, NormalEvaluation } from "../objective/objective.ts";
import { transposedTimes } from "../subproblem/damped-factor.ts";
import { axpy } from "../vector/kernels.ts";
import { isTensor, type TensorTree } from "../vector/tensor.ts";
import { flattenTree } from "../vector/tree.ts";
import { type Dtype, type Vector, zeros } from "../vector/vector.ts";

/** What decides on the blocks of a Jacobian. */
export interface JacobianSize {
  /** Rows and columns of J. */
  readonly rows: number;
  readonly d: number;
  readonly dtype: Dtype;
  readonly examples: number;
  /** Whether the loss of a part of the examples is known: it is one value an example, and no example sees others. */
  isSeparable(): boolean;
}

/**
 * Examples of a block whose Jacobian takes at most so many bytes; all of them if that does.
 *
 * @throws {RangeError} if J has to be whole and is larger, or JᵀJ is.
 */
export function examplesOfBlock({ rows, d, dtype, examples, isSeparable }: JacobianSize, maxBytes: number): number {
  const bytes = dtype === "float64" ? 8 : 4;
  if (rows * d * bytes <= maxBytes) return examples;
  const refuse = (what: string, shape: string, size: number) =>
    new RangeError(
      `jacobian: maxBytes must hold ${what} of ${shape}, ${size} bytes, got ${maxBytes}. Raise it, or use trustRegion().`,
    );
  const whole = `[${rows}, ${d}]`;
  if (d > rows) throw refuse("all of J, which has fewer rows than columns,", whole, rows * d * bytes);
  if (!isSeparable()) {
    const what = "all of J, whose rows cannot be had by blocks (give examples as a batch and one loss for each),";
    throw refuse(what, whole, rows * d * bytes);
  }
  if (d * d * bytes > maxBytes) throw refuse("JᵀJ", `[${d}, ${d}]`, d * d * bytes);
  const ofExample = (rows / examples) * d * bytes;
  const largest = Math.floor(maxBytes / ofExample);
  if (largest === 0) throw refuse("the rows of an example", `[${rows / examples}, ${d}]`, ofExample);
  return Math.ceil(examples / Math.ceil(examples / largest));
}

/** A batch in parts of `size` examples, in order, the last one perhaps smaller; views of its memory. */
export function* blocksOf(batch: TensorTree, size: number): Iterable<TensorTree> {
  const { leaves, unflatten } = flattenTree(batch, isTensor);
  const [n] = leaves[0].shape;
  for (let from = 0; from < n; from += size) {
    const to = Math.min(from + size, n);
    yield unflatten(
      leaves.map(({ shape, data }) => ({
        shape: [to - from, ...shape.slice(1)],
        data: data.subarray((from * data.length) / n, (to * data.length) / n),
      })),
    );
  }
}

/** The sum over blocks, of which one Jacobian is held at a time. */
export async function normalEquations(
  blocks: Iterable<TensorTree>,
  evaluate: (block: TensorTree) => Promise<JacobianEvaluation>,
  { examples, d, dtype, engine }: Pick<JacobianSize, "examples" | "d" | "dtype"> & { readonly engine: MatrixEngine },
): Promise<NormalEvaluation> {
  const gram = zeros(d * d, dtype);
  const projection = new Float64Array(d);
  const losses: Vector = zeros(examples, dtype);
  let [done, value] = [0, 0];
  let penalty: JacobianEvaluation["penalty"];
  for (const block of blocks) {
    const { jacobian, residuals, ...evaluation } = await evaluate(block);
    const count = evaluation.losses!.length;
    const share = count / examples;
    axpy(share, await gramOfColumns(jacobian, d, engine), gram);
    axpy(share, transposedTimes(jacobian, residuals, d), projection);
    losses.set(evaluation.losses!, done);
    value += share * evaluation.value;
    if (evaluation.penalty) {
      const { gradient, curvature } = evaluation.penalty;
      penalty ??= { gradient: zeros(d, dtype), ...(curvature && { curvature }) };
      axpy(share, gradient, penalty.gradient);
    }
    done += count;
  }
  return { value, losses, gram, projection, ...(penalty && { penalty }) };
}
