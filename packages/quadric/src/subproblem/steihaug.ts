/**
 * Steihaug–Toint truncated conjugate gradients for the ellipsoidal trust-region subproblem.
 *
 *   min_s  m(s) = gᵀs + ½ sᵀBs    subject to    ‖s‖_A = √(sᵀAs) ≤ Δ
 *
 * Symbols: g gradient [d], B curvature operator [d → d], A ellipsoid, Δ radius in ‖·‖_A, s step [d], r = g + Bs residual,
 * v = P⁻¹r, P preconditioner, p direction, γ = ⟨r, v⟩, κ = ⟨p, Bp⟩, ss = ‖s‖²_A, sp = ⟨s, Ap⟩, pp = ‖p‖²_A.
 * Differs from scipy's trust-ncg in (1) the A-norm and P = A, or P of A and the directions of earlier solves
 * (curvature-pairs.ts), (2) the stopping rules, (3) a path that can be cut again at a smaller radius without a product.
 * References: [Kohler2020, Algorithm 1], [ConnGouldToint2000, Alg. 7.5.1], [Steihaug1983], [Toint1981].
 */
import { requireLength } from "../check.ts";
import type { Norm } from "../norm/norm.ts";
import { axpby, axpy, dot, norm2, weightedSums } from "../vector/kernels.ts";
import { dtypeOf, type Vector, zeros } from "../vector/vector.ts";
import { preconditionerOf, type SeenDirection, withDirections } from "./curvature-pairs.ts";
import { type Model, requireSubproblem, type SubproblemOptions } from "./solver.ts";
import type { Outcome, Step } from "./step.ts";

/** Regions larger than this are treated as this large, so that Δ² stays far from overflow. */
export const largestRadius = 1e10;

/** All that decides how far to go along a direction of the path. */
export interface Direction {
  readonly gamma: number;
  readonly kappa: number;
  readonly ss: number;
  readonly sp: number;
  readonly pp: number;
}

/** The full CG step γ/κ along p, or the way to the boundary if p has no minimum in the region. */
export function advance(direction: Direction, radius: number): { tau: number; exit: Outcome | undefined } {
  const { gamma, kappa, ss, sp, pp } = direction;
  const alpha = gamma / kappa;
  if (kappa > 0 && ss + 2 * alpha * sp + alpha * alpha * pp < radius * radius) return { tau: alpha, exit: undefined };
  return { tau: toBoundary(direction, radius), exit: kappa > 0 ? "boundary" : "negative-curvature" };
}

/** The positive root of ‖s + τp‖_A = Δ, without cancellation. 0 where rounding has s beyond. */
export function toBoundary({ ss, sp, pp }: Pick<Direction, "ss" | "sp" | "pp">, radius: number): number {
  const room = Math.max(radius * radius - ss, 0);
  const root = Math.sqrt(sp * sp + pp * room);
  return sp < 0 ? (root - sp) / pp : room / (sp + root);
}

/** A direction of the path with its numbers. */
export type Segment = Direction & { readonly p: Vector };

/** How far a path goes in a region: s, its model decrease, and where it was cut; no exit where it ends inside. */
export function follow(
  path: readonly Segment[],
  radius: number,
  step: Vector,
): { readonly modelDecrease: number; readonly exit: Outcome | undefined } {
  let modelDecrease = 0;
  for (const { p, ...direction } of path) {
    const { tau, exit } = advance(direction, Math.min(radius, largestRadius));
    axpy(tau, p, step);
    modelDecrease += tau * direction.gamma - 0.5 * tau * tau * direction.kappa;
    if (exit !== undefined) return { modelDecrease, exit };
  }
  return { modelDecrease, exit: undefined };
}

/**
 * Approximate minimiser of the trust-region model; B may be indefinite.
 *
 * Leaves on the boundary when an iterate would leave the region or when pᵀBp ≤ 0. Preconditioned with A, ‖s‖_A grows
 * from one iterate to the next and the first exit is the last. The first direction is −A⁻¹g, so the step is never worse
 * than the Cauchy point; where B ⪰ 0, run to its exit, it gets at least half of the optimal decrease. With `pairs` the first
 * direction is −P⁻¹g and these bounds hold with the condition of P in A as a factor. At g = 0 the step is zero.
 * Cost: one curvature product per iteration; five vectors of length d, and one per iteration kept within `memoryBudget`;
 * with pairs two more an iteration.
 *
 * @param options.gradient - g, shape [d]; loss units per unit of parameter, mean over the batch.
 * @param options.multiply - v ↦ Bv, [d] → [d], symmetric, same batch as g.
 * @param options.norm - A, positive definite, size d.
 * @param options.radius - Δ > 0, a length in ‖·‖_A; treated as 1e10 when larger.
 * @param options.tolerance - κ in (0, 1), dimensionless; defaults to 0.1.
 * @param options.stoppingRule - "decrease" (default): stop once the last gain in model decrease is at most min(κ, √‖g‖) of
 *   the gains before it, first tested at the second product. "residual": once ‖r‖₂ ≤ min(κ, √‖g‖)·‖g‖₂.
 * @param options.maxProducts - integer ≥ 1; defaults to 50.
 * @param options.pairs - directions of earlier solves; the answer has them with its own. Defaults to none.
 * @param options.memoryBudget - bytes for the path that lets `resolve` cut the step at another radius; defaults to 0.
 * @returns step s [d], modelDecrease m(0) − m(s) ≥ 0 in loss units, outcome, products used; multiplier 0 inside the region,
 *   undefined on its boundary.
 * @throws {ShapeError} if g, B and A disagree on d.
 * @throws {RangeError} if Δ ≤ 0 or κ is outside (0, 1).
 * @example
 * const model = { gradient: Float64Array.of(4, 6), multiply: ([x, y]) => Float64Array.of(2 * x, 3 * y), norm: norms.euclidean() };
 * await steihaug({ ...model, radius: 10 });
 * // => step [-2, -2], modelDecrease 10, outcome "interior", 2 products
 * await steihaug({ ...model, radius: 1 });
 * // => step [-0.5547, -0.8321], modelDecrease 5.8649, outcome "boundary", 1 product
 */
export async function steihaug(options: Model & SubproblemOptions): Promise<Step> {
  // κ = 0.1, rule D and 50 products: the configurations released with [Kohler2020].
  const { gradient, norm, tolerance = 0.1, maxProducts = 50, stoppingRule = "decrease", memoryBudget = 0 } = options;
  requireSubproblem("steihaug", options);
  const size = gradient.length;
  const radius = Math.min(options.radius, largestRadius);
  const kept = Math.floor(memoryBudget / gradient.byteLength);
  const path: Segment[] = [];
  const { pairs } = options;
  const seen: SeenDirection[] = [];
  const precondition = pairs ? preconditionerOf(pairs, norm, size) : (r: Vector, out?: Vector) => norm.solve(r, out);

  const s = zeros(size, dtypeOf(gradient));
  const r = gradient.slice();
  const v = precondition(r);
  const p = v.map((x) => -x);
  let memory: Vector | undefined;
  const gradientNorm = norm2(gradient);
  const stop = Math.min(tolerance, Math.sqrt(gradientNorm));
  const square = dot(r, v);
  let direction: Omit<Direction, "kappa"> = { gamma: square, ss: 0, sp: 0, pp: pairs ? norm.norm(p) ** 2 : square };
  let decrease = 0;
  let products = 0;
  let outcome: Outcome | undefined;
  if (!Number.isFinite(direction.gamma)) outcome = "nonfinite";
  if (direction.gamma === 0) outcome = "interior";

  while (outcome === undefined) {
    const Bp = await options.multiply(p, memory);
    memory = Bp;
    products++;
    requireLength("steihaug", "product Bv", Bp, size);
    const { gamma } = direction;
    const kappa = dot(p, Bp);
    if (!Number.isFinite(kappa)) {
      outcome = "nonfinite";
      break;
    }
    if (path.length < kept) path.push({ ...direction, kappa, p: p.slice() });
    if (pairs && kappa > 0) seen.push({ p: p.slice(), Bp: Bp.slice(), kappa });
    const { tau, exit } = advance({ ...direction, kappa }, radius);
    const gain = tau * gamma - 0.5 * tau * tau * kappa;
    axpy(tau, p, s);
    decrease += gain;
    if (exit !== undefined) {
      outcome = exit;
      break;
    }

    axpy(tau, Bp, r);
    precondition(r, v);
    const next = dot(r, v);
    const small =
      stoppingRule === "residual" ? norm2(r) <= stop * gradientNorm : products > 1 && gain <= stop * (decrease - gain);
    if (!Number.isFinite(next)) outcome = "nonfinite";
    else if (small || next === 0) outcome = "interior";
    else if (products === maxProducts) outcome = "max-products";
    else {
      axpby(-1, v, next / gamma, p);
      const sums = norm.diagonal || pairs ? metricSums(norm, s, p) : turnedSums(direction, tau, next);
      direction = { gamma: next, ...sums };
    }
  }
  return { ...finish(outcome, s, decrease, products), ...(pairs && { pairs: withDirections(pairs, seen) }) };

  function finish(outcome: Outcome, step: Vector, modelDecrease: number, products: number): Step {
    const inside = outcome === "interior" || outcome === "max-products";
    return {
      step,
      stepNorm: norm.norm(step),
      multiplier: inside ? 0 : undefined,
      modelDecrease,
      outcome,
      products,
      ...(path.length > 0 && { resolve: cut }),
    };
  }

  /** The same path cut at another radius. Undefined where it would run beyond what is known or kept of it. */
  function cut(radius: number): Step | undefined {
    const step = zeros(size, dtypeOf(gradient));
    const { modelDecrease, exit } = follow(path, radius, step);
    if (exit !== undefined) return finish(exit, step, modelDecrease, 0);
    const ended = path.length === products && outcome !== "boundary";
    return ended ? finish(outcome!, step, modelDecrease, 0) : undefined;
  }
}

/** ss, sp and pp themselves. */
function metricSums(norm: Norm, s: Vector, p: Vector): Pick<Direction, "ss" | "sp" | "pp"> {
  if (norm.diagonal) {
    const [ss, sp, pp] = weightedSums(norm.diagonal, s, p);
    return { ss, sp, pp };
  }
  const Ap = norm.multiply(p);
  return { ss: norm.norm(s) ** 2, sp: dot(s, Ap), pp: dot(p, Ap) };
}

/** The same after s + αp and p = −v + βp, by recurrences: they need no product with A, but drift when CG loses conjugacy. */
export function turnedSums(
  { gamma, ss, sp, pp }: Omit<Direction, "kappa">,
  alpha: number,
  next: number,
): Pick<Direction, "ss" | "sp" | "pp"> {
  const beta = next / gamma;
  return {
    ss: ss + 2 * alpha * sp + alpha * alpha * pp,
    sp: beta * (sp + alpha * pp),
    pp: next + beta * beta * pp,
  };
}
