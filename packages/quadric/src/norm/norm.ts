/**
 * The ellipsoid: a symmetric positive definite A with ‖s‖_A = √(sᵀAs) and dual norm ‖g‖_{A⁻¹} = √(gᵀA⁻¹g).
 *
 * A norm is a small machine fed with gradients of accepted points. `A` names the matrix of the norm itself, never its
 * inverse: `multiply` applies A, `solve` applies A⁻¹. A norm that `fresh` has not bound to a layout binds itself to the
 * length of the first vector it sees. Accumulators are float64 whatever the precision of the run.
 */
import type { Layout } from "../vector/layout.ts";
import type { State } from "../vector/state.ts";
import type { Vector } from "../vector/vector.ts";

export interface Norm {
  readonly name: string;
  /**
   * The diagonal of A, [d], when A is diagonal and bound to a size; undefined otherwise. Float64 whatever the precision
   * of the run. Read only; valid until `update`.
   */
  readonly diagonal: Float64Array | undefined;
  /** v ↦ Av, into `out` when given (which may be v itself). */
  multiply(v: Vector, out?: Vector): Vector;
  /** v ↦ A⁻¹v, into `out` when given (which may be v itself). */
  solve(v: Vector, out?: Vector): Vector;
  /** v ↦ A^{1/2}v, into `out` when given (which may be v itself): takes isotropic vectors to those isotropic in A⁻¹. */
  root(v: Vector, out?: Vector): Vector;
  /** ‖v‖_A. */
  norm(v: Vector): number;
  /** Feeds ∇L_S at an accepted point (the first iteration included), before the subproblem is solved. */
  update(gradient: Vector): void;
  /**
   * Offers products z ↦ Bz of the curvature at an accepted point, after `update` and before the subproblem. A norm made
   * of curvature draws its probes and awaits as many products as it wants (they are paid for); all others do nothing.
   */
  probe(multiply: (v: Vector) => Vector | Promise<Vector>, point?: ProbedPoint): Promise<void>;
  /** Extreme eigenvalues of A and μ = max{1, λ_min^{-1/2}, λ_max^{1/2}}, the constant of uniform equivalence. */
  bounds(): NormBounds;
  /** tr A. */
  trace(): number;
  /** An independent norm of the same settings with empty state, bound to a layout: what an optimizer starts from. */
  fresh(layout: Layout): Norm;
  /** Everything `restore` needs to continue bit for bit. */
  state(): State;
  restore(state: State): void;
}

/** Where probes are offered, for norms that begin with the problem's own units. */
export interface ProbedPoint {
  readonly w: Vector;
  readonly gradient: Vector;
  /** |f|₁, the sum of the loss's absolute terms. */
  readonly magnitude: number;
}

export interface NormBounds {
  readonly min: number;
  readonly max: number;
  readonly mu: number;
}
