/** One door to all subproblem solvers, for plain arrays as well as norms. */
import { requireLength } from "../check.ts";
import type { Norm } from "../norm/norm.ts";
import { norms } from "../norm/norms.ts";
import type { Vector } from "../vector/vector.ts";
import { cauchy } from "./cauchy.ts";
import { type CubicOptions, cubic } from "./cubic.ts";
import { exact } from "./exact.ts";
import { type GltrOptions, gltr } from "./gltr.ts";
import type { SubproblemOptions } from "./solver.ts";
import { steihaug } from "./steihaug/steihaug.ts";
import type { Step } from "./step.ts";

export type SubproblemMethod = "cauchy" | "steihaug" | "gltr" | "exact" | "cubic";

/** All options of the method chosen, which ignores those of the others. */
export interface SolveSubproblemOptions
  extends Omit<GltrOptions, "radius">,
    Pick<SubproblemOptions, "stoppingRule">,
    Pick<CubicOptions, "rule"> {
  /** g, [d]. Its precision is that of the vectors given to `multiply` and of the step. */
  readonly gradient: Vector;
  /** v ↦ Bv, symmetric; may return its vector or a promise. */
  multiply(v: Vector): Vector | Promise<Vector>;
  /** A: a norm, the diagonal of A [d], or absent for the Euclidean norm. */
  readonly norm?: Norm | ArrayLike<number>;
  /** Defaults to "gltr" for a radius, "cubic" for a σ. */
  readonly method?: SubproblemMethod;
  /** Δ > 0: minimise the model in ‖s‖_A ≤ Δ. Exactly one of `radius` and `sigma` is given. */
  readonly radius?: number;
  /** σ > 0: minimise the model plus (σ/3)‖s‖³_A; "cubic" and "exact" only. */
  readonly sigma?: number;
}

/**
 * Minimises the model gᵀs + ½sᵀBs in the region ‖s‖_A ≤ Δ, or with a cubic term.
 *
 * @throws {RangeError} if an option is out of range or does not belong to the method; {ShapeError} if g, B and A
 *   disagree on d.
 * @example
 * const multiply = ([x, y, z]: Vector) => Float64Array.of(x + 4 * z, 2 * y, 4 * x + 3 * z);
 * await solveSubproblem({ gradient: Float64Array.of(0, 2, 0), multiply, radius: 1, method: "gltr", tolerance: 1e-10 });
 * // => multiplier 2.1231, modelDecrease 1.5466, outcome "hard-case"
 */
export async function solveSubproblem(options: SolveSubproblemOptions): Promise<Step> {
  const { gradient, radius, sigma, method = sigma === undefined ? "gltr" : "cubic" } = options;
  if (!(gradient instanceof Float64Array || gradient instanceof Float32Array)) {
    const got = (gradient as object | undefined)?.constructor.name;
    throw new TypeError(`solveSubproblem: gradient must be a Float32Array or Float64Array, got ${got}.`);
  }
  if ((radius === undefined) === (sigma === undefined)) {
    throw new RangeError(`solveSubproblem: need either radius or sigma, got radius = ${radius}, sigma = ${sigma}.`);
  }
  const norm = ellipsoid(options.norm, gradient.length);
  const multiply = (v: Vector) => options.multiply(v);
  if (sigma !== undefined) {
    switch (method) {
      case "cubic":
        return cubic({ ...options, multiply, norm, sigma });
      case "exact":
        return exact({ ...options, multiply, norm, radius: undefined, sigma });
      default:
        throw new RangeError(`solveSubproblem: method must be cubic or exact with sigma, got ${method}.`);
    }
  }
  const problem = { ...options, multiply, norm, radius: radius as number };
  switch (method) {
    case "cauchy":
      return cauchy(problem);
    case "steihaug":
      return steihaug(problem);
    case "gltr":
      return gltr(problem);
    case "exact":
      return exact({ ...problem, sigma: undefined });
    case "cubic":
      throw new RangeError("solveSubproblem: method cubic needs sigma, got a radius.");
    default:
      throw new RangeError(`solveSubproblem: method must be cauchy, steihaug, gltr, exact or cubic, got ${method}.`);
  }
}

function ellipsoid(norm: Norm | ArrayLike<number> | undefined, size: number): Norm {
  if (norm === undefined) return norms.euclidean();
  if ("multiply" in norm) return norm;
  requireLength("solveSubproblem", "norm", norm, size);
  return norms.diagonal(norm);
}
