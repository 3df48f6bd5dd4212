/**
 * What Newton's method for few parameters knows at a point: loss, gradient and all of the curvature, from the Jacobian
 * of residuals if there is one and it fits, else from d products.
 *
 *   g = Jᵀr, B = JᵀJ      or      g = ∇L, B = (Be₁ … Be_d), made symmetric
 */
import { assemble } from "../../curvature/dense.ts";
import { columnSquares } from "../../norm/column-norms.ts";
import type { CurvatureKind, Objective } from "../../objective/objective.ts";
import { type EigenModel, eigenModelOf, residualModelOf } from "../../subproblem/eigen-model.ts";
import { allFinite } from "../../vector/kernels.ts";
import type { State } from "../../vector/state.ts";
import { type Dtype, type Vector, zeros } from "../../vector/vector.ts";
import { sampleIndices } from "../batch-indices.ts";
import type { BatchIndices, BatchSource } from "../optimizer.ts";
import { roundingOf } from "../ratio.ts";

/** Bytes that a Jacobian may take. */
const maxBytes = 2 ** 29;

export interface DensePoint {
  readonly indices: BatchIndices;
  readonly batch: unknown;
  readonly loss: number;
  readonly losses?: Vector;
  readonly magnitude: number;
  readonly gradient: Vector;
  readonly rounding: number;
  /** |B_jj|. */
  readonly diagonal: Float64Array;
  modelIn(a: Float64Array): EigenModel;
}

export interface DensePoints {
  /** Compiles what points of batches of this size are asked for. */
  prepare(batches: BatchSource): Promise<void>;
  at(w: Vector, batches: BatchSource, indices: BatchIndices): Promise<DensePoint>;
  /** Whether J is asked for: that it does not fit is learnt, and paid for, once. */
  state(): State;
  restore(state: State): void;
}

export function densePoints(objective: Objective, kind: CurvatureKind): DensePoints {
  const { dtype } = objective;
  const d = objective.layout.size;
  let usesJacobian = kind === "gauss-newton" && objective.jacobian !== undefined;

  /** From J, or undefined. */
  async function fromJacobian(w: Vector, batch: unknown) {
    const evaluation = await objective.jacobian!(w, batch, { maxBytes });
    // A regularizer is part of the curvature's products, not of J; a J too large to hold is a matter of products as
    // well.
    if (!evaluation || !("jacobian" in evaluation) || evaluation.penalty !== undefined) return undefined;
    const { value: loss, losses, magnitude = Math.abs(loss), jacobian, residuals } = evaluation;
    const gradient = zeros(d, dtype);
    for (let j = 0; j < d; j++) {
      let sum = 0;
      for (let i = 0, k = j; i < residuals.length; i++, k += d) sum += jacobian[k] * residuals[i];
      gradient[j] = sum;
    }
    return {
      ...{ loss, losses, magnitude, gradient },
      rounding: roundingOf({ ...evaluation, magnitude }, dtype),
      diagonal: columnSquares(jacobian, d),
      modelIn: (a: Float64Array) => residualModelOf(jacobian, residuals, a),
    };
  }

  async function fromProducts(w: Vector, batch: unknown) {
    const linearization = await objective.linearize(w, batch, kind);
    const { value: loss, losses, magnitude = Math.abs(loss), curvature } = linearization;
    const gradient = linearization.gradient.slice();
    const B =
      Number.isFinite(loss) && allFinite(gradient)
        ? await assemble({ size: d, dtype, multiply: (v) => curvature.multiply(v) }, "denseNewton")
        : new Float64Array(d * d);
    linearization.dispose();
    for (let i = 0; i < d; i++)
      for (let j = 0; j < i; j++) B[i * d + j] = B[j * d + i] = 0.5 * (B[i * d + j] + B[j * d + i]);
    return {
      ...{ loss, losses, magnitude, gradient },
      rounding: roundingOf({ ...linearization, magnitude }, dtype),
      diagonal: Float64Array.from({ length: d }, (_, j) => Math.abs(B[j * d + j])),
      modelIn: (a: Float64Array) => eigenModelOf(B, gradient, a),
    };
  }

  return {
    async prepare(batches) {
      const matrix = usesJacobian ? { jacobian: { maxBytes } } : { curvature: kind, products: true };
      await objective.prepare?.(batches.batch(sampleIndices(batches)), { value: true, gradient: true, ...matrix });
    },
    async at(w, batches, indices) {
      const batch = batches.batch(indices);
      const known = usesJacobian ? await fromJacobian(w, batch) : undefined;
      usesJacobian = known !== undefined;
      return { indices, batch, ...(known ?? (await fromProducts(w, batch))) };
    },
    state: () => ({ scalars: { usesJacobian: Number(usesJacobian) }, vectors: {} }),
    restore({ scalars }) {
      usesJacobian = scalars.usesJacobian === 1;
    },
  };
}

/** What the rounding of w itself makes of the loss: Σ|g_j|δ_j + 2‖δ‖²_A, δ = ε_mach·|w|. */
export function roundingOfPoint(w: Vector, { gradient, diagonal }: DensePoint, dtype: Dtype): number {
  const epsilon = dtype === "float64" ? 2 ** -52 : 2 ** -23;
  let [slope, square] = [0, 0];
  for (let j = 0; j < w.length; j++) {
    const delta = epsilon * w[j];
    slope += Math.abs(gradient[j] * delta);
    square += diagonal[j] * delta * delta;
  }
  return slope + 2 * square;
}
