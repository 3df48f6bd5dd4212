/** The optimality system of a subproblem as numbers that should be zero, each relative to the size of its own terms. */
import type { Step } from "../../src/subproblem/step.ts";
import { denseProduct, weightedLength } from "./dense.ts";
import type { KnownProblem } from "./random-problems.ts";

export interface Certificate {
  /** ‖Bs + λAs + g‖ in ‖·‖_{A⁻¹}, relative to ‖Bs‖ + ‖λAs‖ + ‖g‖. */
  readonly stationarity: number;
  /** How far λ lies below max(0, −λ_min), relative to ‖A^{-1/2}BA^{-1/2}‖ + λ. */
  readonly semidefiniteness: number;
  /** (‖s‖_A − Δ)₊/Δ, and where λ > 0 the distance from the boundary; for cubic models |λ − σ‖s‖_A| relative to λ. */
  readonly complementarity: number;
}

export function certificate(problem: KnownProblem, step: Step, model: "ball" | "cubic"): Certificate {
  const { rows, gradient, metric, leftmost, spectralNorm, radius, sigma } = problem;
  const lambda = step.multiplier as number;
  const dual = metric.map((a) => 1 / a);
  const Bs = denseProduct(rows, step.step);
  const As = metric.map((a, i) => lambda * a * step.step[i]);
  const terms = [Bs, As, gradient].reduce((sum, term) => sum + weightedLength(dual, term), 0);
  const residual = weightedLength(dual, Bs.map((b, i) => b + As[i] + gradient[i])); // biome-ignore format: one formula
  const length = weightedLength(metric, step.step);
  const gap =
    model === "cubic"
      ? Math.abs(lambda - (sigma as number) * length) / (lambda || 1)
      : lambda > 1e-14 * spectralNorm
        ? Math.abs(length / radius - 1)
        : Math.max(0, length / radius - 1);
  return {
    stationarity: residual / (terms || 1),
    semidefiniteness: Math.max(0, -lambda, -leftmost - lambda) / (spectralNorm + lambda),
    complementarity: gap,
  };
}
