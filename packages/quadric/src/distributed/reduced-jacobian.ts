/**
 * The Gauss–Newton model of a batch on many ranks, by its normal equations:
 *
 *   JᵀJ = Σ_i (b_i/b) J_iᵀJ_i      Jᵀr = Σ_i (b_i/b) J_iᵀr_i      p = Σ_i (b_i/b) p_i
 *
 * One message of d(d + 1)/2 + 2d numbers and the losses. Every rank then solves the same system on the same bits. The
 * rows of J stay where they are, so sample space, which needs all of them for JA⁻¹Jᵀ, is out of reach.
 *
 * Symbols: b examples of the batch, b_i of shard i, J_i its Jacobian of the mean loss of the shard.
 */
import { gramOfColumns } from "../linalg/gram.ts";
import { type MatrixEngine, plainEngine } from "../linalg/matrix-engine.ts";
import type { JacobianEvaluation, JacobianLimit, NormalEvaluation } from "../objective/objective.ts";
import { transposedTimes } from "../subproblem/damped-factor.ts";
import { type Dtype, type Vector, zeros } from "../vector/vector.ts";

/** Places of a message in front of its losses: the upper triangle of JᵀJ by rows, Jᵀr, p. */
export const normalLength = (d: number): number => (d * (d + 1)) / 2 + 2 * d;

/** @throws {RangeError} if JᵀJ is larger than J may be. */
export function requireNormal(d: number, dtype: Dtype, { maxBytes = Infinity }: JacobianLimit): void {
  const bytes = d * d * (dtype === "float64" ? 8 : 4);
  if (bytes <= maxBytes) return;
  throw new RangeError(
    `jacobian: on ranks, where JᵀJ is summed up and sample space is not known, maxBytes must hold JᵀJ of [${d}, ${d}], ` +
      `${bytes} bytes, got ${maxBytes}. Raise it, or use trustRegion().`,
  );
}

/** What a shard adds to a message, times `weight`. */
export async function packNormal(
  evaluation: JacobianEvaluation | NormalEvaluation,
  into: Vector,
  { d, weight, engine = plainEngine }: { readonly d: number; readonly weight: number; readonly engine?: MatrixEngine },
): Promise<void> {
  const isWhole = "jacobian" in evaluation;
  const gram = isWhole ? await gramOfColumns(evaluation.jacobian, d, engine) : evaluation.gram;
  const projection = isWhole ? transposedTimes(evaluation.jacobian, evaluation.residuals, d) : evaluation.projection;
  const p = evaluation.penalty?.gradient;
  let k = 0;
  for (let i = 0; i < d; i++) for (let j = i; j < d; j++) into[k++] = weight * gram[i * d + j];
  for (let j = 0; j < d; j++) into[k++] = weight * projection[j];
  for (let j = 0; j < d; j++) into[k++] = p ? weight * p[j] : 0;
}

/** The model from a message that has been summed up; D is that of the regularizer, alike everywhere. */
export function unpackNormal(
  message: Vector,
  d: number,
  dtype: Dtype,
  own: NormalEvaluation["penalty"],
): Pick<NormalEvaluation, "gram" | "projection" | "penalty"> {
  const gram = zeros(d * d, dtype);
  let k = 0;
  for (let i = 0; i < d; i++) for (let j = i; j < d; j++) gram[i * d + j] = message[k++];
  const projection = Float64Array.from(message.subarray(k, k + d));
  return { gram, projection, ...(own && { penalty: { ...own, gradient: message.slice(k + d, k + 2 * d) } }) };
}
