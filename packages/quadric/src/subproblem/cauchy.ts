/**
 * The Cauchy point: the minimiser of the model along the steepest descent direction of the norm.
 *
 *   s = −τ A⁻¹g,   τ = argmin { m(−τA⁻¹g) : τγ ≤ Δ } = min{ γ²/κ, Δ/γ } if κ > 0, else Δ/γ
 *   m(0) − m(s) ≥ ½γ·min{ γ/(1 + ‖A^{-1/2}BA^{-1/2}‖), Δ }
 *
 * Symbols: γ = ‖g‖_{A⁻¹} = ‖A⁻¹g‖_A, κ = ⟨A⁻¹g, BA⁻¹g⟩. The least any solver must achieve for global convergence.
 * References: [ConnGouldToint2000, section 6.3], [Kohler2020].
 */
import { requireLength } from "../check.ts";
import { dot } from "../vector/kernels.ts";
import { dtypeOf, zeros } from "../vector/vector.ts";
import { type Model, requireSubproblem, type SubproblemOptions } from "./solver.ts";
import type { Step } from "./step.ts";

/**
 * The model's minimiser along −A⁻¹g within the region, for one curvature product (none at g = 0). `atRadius` needs no
 * memory beyond the direction and is always there.
 *
 * @param options - as for `steihaug`.
 * @returns outcome "interior" when the minimiser along the line lies inside; multiplier always undefined.
 * @throws {RangeError} if Δ ≤ 0; {ShapeError} if g, B and A disagree on d.
 * @example
 * const model = { gradient: Float64Array.of(3, 4), multiply: (v: Vector) => v.map((x) => 2 * x), norm: norms.euclidean() };
 * await cauchy({ ...model, radius: 10 }); // => step [-1.5, -2], modelDecrease 6.25, outcome "interior"
 */
export async function cauchy(options: Model & Pick<SubproblemOptions, "radius">): Promise<Step> {
  const { gradient, norm, radius } = options;
  requireSubproblem("cauchy", options);
  const stay = (outcome: "interior" | "nonfinite", products: number): Step => {
    const step = zeros(gradient.length, dtypeOf(gradient));
    return { step, stepNorm: 0, multiplier: undefined, modelDecrease: 0, outcome, products };
  };
  const direction = norm.solve(gradient);
  const square = dot(gradient, direction);
  if (square === 0) return stay("interior", 0);
  if (!Number.isFinite(square)) return stay("nonfinite", 0);
  const product = await options.multiply(direction);
  requireLength("cauchy", "product Bv", product, gradient.length);
  const kappa = dot(direction, product);
  if (!Number.isFinite(kappa)) return stay("nonfinite", 1);

  const at = (radius: number, products: number): Step => {
    const longest = radius / Math.sqrt(square);
    const tau = kappa > 0 ? Math.min(square / kappa, longest) : longest;
    const step = direction.map((x) => -tau * x);
    return {
      step,
      stepNorm: norm.norm(step),
      multiplier: undefined,
      modelDecrease: tau * square - 0.5 * tau * tau * kappa,
      outcome: tau < longest ? "interior" : kappa > 0 ? "boundary" : "negative-curvature",
      products,
      atRadius: async (radius) => at(radius, 0),
    };
  };
  return at(radius, 1);
}
