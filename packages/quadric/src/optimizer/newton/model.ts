/**
 * The quadratic model of the loss at the iterate, from one batch:
 *
 *   m(s) = gᵀs + ½sᵀBs      g = ∇L_S(w), or the average of gradients so far      B = curvature of L_T at w, T ⊆ S
 */
import type { Norm } from "../../norm/norm.ts";
import type { CurvatureKind, Linearization, Objective, Uses } from "../../objective/objective.ts";
import type { Model } from "../../subproblem/solver.ts";
import { norm2 } from "../../vector/kernels.ts";
import { dtypeOf, type Vector, zeros } from "../../vector/vector.ts";
import { sampleIndices } from "../batch-indices.ts";
import type { BatchIndices, BatchSource } from "../optimizer.ts";
import { partOfBatch, sampledCurvature } from "../sampled-curvature.ts";
import { curvatureFraction } from "./defaults.ts";

/** A linearization and the batch that it is of. */
export interface LocalModel {
  readonly indices: BatchIndices;
  readonly batch: unknown;
  readonly linearization: Linearization;
  readonly gradientNorm: number;
}

export interface LocalModels {
  /** Compiles what models of batches of this size are asked for. */
  prepare(batches: BatchSource, uses: Pick<Uses, "solve" | "products">): Promise<void>;
  at(w: Vector, batches: BatchSource, indices: BatchIndices): Promise<LocalModel>;
  /** Frees a model; the next one gets the memory of its batch. */
  release(model: LocalModel): void;
}

/** @param fraction - |T|/|S|, "auto" by the part of the data that the batch holds. */
export function localModels(objective: Objective, kind: CurvatureKind, fraction: number | "auto"): LocalModels {
  const linearizeSampled = sampledCurvature(objective);
  let reuse: unknown;
  /** T, the examples that the curvature is taken on. */
  const sampleOf = (batches: BatchSource, indices: BatchIndices): BatchIndices => {
    const share = fraction === "auto" ? curvatureFraction(indices.size / batches.examples) : fraction;
    return partOfBatch(batches, indices, share);
  };
  return {
    async prepare(batches, uses) {
      const indices = sampleIndices(batches);
      const part = sampleOf(batches, indices);
      const isSampled = part.size < indices.size;
      await objective.prepare?.(batches.batch(indices), {
        value: true,
        ...(isSampled ? { gradient: true } : { curvature: kind, ...uses }),
      });
      if (isSampled) await objective.prepare?.(batches.batch(part), { curvature: kind, ...uses });
    },
    async at(w, batches, indices) {
      const batch = batches.batch(indices, reuse);
      reuse = undefined;
      const part = sampleOf(batches, indices);
      const linearization =
        part.size >= indices.size
          ? await objective.linearize(w, batch, kind)
          : await linearizeSampled(w, batch, batches.batch(part), kind);
      const gradientNorm = linearization.gradientNorm?.() ?? norm2(linearization.gradient);
      return { indices, batch, linearization, gradientNorm };
    },
    release({ linearization, batch }) {
      linearization.dispose();
      if (objective.retainsNothing) reuse = batch;
    },
  };
}

/** gᵀs + ½sᵀBs. */
export function modelOf({ gradient, curvature }: Linearization, norm: Norm): Model {
  return { gradient, multiply: (v, out) => curvature.multiply(v, out), norm };
}

/**
 * ½sᵀBs: its minimiser in ‖s‖_A ≤ Δ lies along the leftmost eigenvector of the pencil (B, A), with multiplier −λ_min.
 */
export function curvatureModelOf(linearization: Linearization, norm: Norm): Model {
  const { gradient } = linearization;
  return { ...modelOf(linearization, norm), gradient: zeros(gradient.length, dtypeOf(gradient)) };
}

/** Relative accuracy of that eigenvector, and the products it may cost. */
export const curvatureAccuracy = { tolerance: 1e-4, maxProducts: 500 } as const;
