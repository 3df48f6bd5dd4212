/**
 * What is minimised, at a point and on a batch:
 *
 *   L_S(w) = (1/|S|) Σ_{i∈S} ℓ_i(w) + R(w)
 *
 * Symbols: w parameters [d], S batch, ℓ_i loss of one example, R regularizer, B curvature of L_S at w.
 */
import type { LinearOperator } from "../curvature/operator.ts";
import type { MatrixEngine } from "../linalg/matrix-engine.ts";
import type { NormalEquations, ResidualModel } from "../subproblem/gauss-newton.ts";
import type { StoppingRule, SubproblemOptions } from "../subproblem/solver.ts";
import type { Step } from "../subproblem/step.ts";
import type { Layout } from "../vector/layout.ts";
import type { Dtype, Vector } from "../vector/vector.ts";
import type { Ledger } from "./ledger.ts";

/** Which matrix stands for B: the Hessian ∇²L_S, or the Gauss–Newton matrix JᵀH_ℓJ + ∇²R. */
export type CurvatureKind = "hessian" | "gauss-newton";

/** What a run will ask of an objective, so that it can be compiled before the run. */
export interface Uses {
  readonly value?: boolean;
  readonly gradient?: boolean;
  /** Linearizations with this curvature. */
  readonly curvature?: CurvatureKind;
  /** Products with it outside a solve; defaults to true if there is no `solve`. */
  readonly products?: boolean;
  /** Solves by this rule, preconditioned by so many correction pairs. */
  readonly solve?: { readonly stoppingRule: StoppingRule; readonly memory: number };
  /** Jacobians of this size. */
  readonly jacobian?: JacobianLimit;
}

export interface Evaluation {
  /** L_S(w), regularizer included; NaN or ±Infinity are possible and must be handled by the caller. */
  readonly value: number;
  /**
   * ℓ_i(w) for the examples of the batch, [|S|], without the regularizer; undefined when the loss is one scalar.
   * Belongs to the caller.
   */
  readonly losses?: Vector;
  /** Σ |terms| when the loss is a sum of terms: its rounding is relative to that. */
  readonly magnitude?: number;
}

export interface GradientEvaluation extends Evaluation {
  /** ∇L_S(w), [d]. Belongs to the caller; that of a linearization until it is disposed. */
  readonly gradient: Vector;
}

/** The quadratic model of L_S at w. Products see the function of this very batch until `dispose`. */
export interface Linearization extends GradientEvaluation {
  /** ‖∇L_S(w)‖₂, worked out once for all who ask. */
  gradientNorm?(): number;
  /** B. Each `multiply` books one hvp or ggnvp. Its result belongs to the caller. */
  readonly curvature: LinearOperator;
  /**
   * A whole Steihaug–Toint solve, in one native call where the backend has it or among ranks; `diagonal` is that of A.
   * Books its products. Same meaning of every option as `steihaug`. The step, and what its `atRadius` returns, is valid
   * until the next solve or `dispose`. `gradient`: the model's, if it is another.
   */
  solve?(diagonal: Float64Array, options: SubproblemOptions, gradient?: Vector): Promise<Step>;
  /** Frees what the products kept. Idempotent. */
  dispose(): void;
}

/** The Gauss–Newton model with its Jacobian: L_S(w + s) ≈ L_S(w) + m(s) − m(0), m as in subproblem/gauss-newton.ts. */
export interface JacobianEvaluation extends Evaluation, ResidualModel {
  /**
   * At another point u of the same batch the loss and, with S of w, Sᵀ(z(u) − z(w)), which for squares is r(u) − r(w).
   * Books a value. Absent: z is not known.
   */
  changeTo?(u: Vector): Promise<ChangeEvaluation>;
}

export interface ChangeEvaluation extends Evaluation {
  /** [n]; J(u − w) to first order. */
  readonly change: Vector;
}

/** The same model by JᵀJ, without the rows. */
export interface NormalEvaluation extends Evaluation, NormalEquations {}

export interface JacobianLimit {
  /** Bytes that J may take, > 0; defaults to Infinity. A larger one is summed up by blocks of examples. */
  readonly maxBytes?: number;
  /** Whether `changeTo` will be asked for; defaults to false. */
  readonly changes?: boolean;
}

/**
 * An objective bound to a kind of batch. `Batch` is opaque to optimizers: whoever makes the batches (training/) and
 * whoever evaluates on them (the objective) agree on it; `minimize` uses `undefined`.
 */
export interface Objective<Batch = unknown> {
  readonly layout: Layout;
  readonly dtype: Dtype;
  readonly ledger: Ledger;
  /**
   * What a method takes for B that was not told: Gauss–Newton where model and convex loss are given separately. Absent:
   * the Hessian.
   */
  readonly preferredCurvature?: CurvatureKind;
  /** False if there is no curvature to ask for. */
  readonly hasCurvature?: boolean;
  /** Number of examples in a batch, for the ledger and for weighting sums over batches; 1 without batches. */
  examples(batch: Batch): number;
  /**
   * True when points and batches are not kept beyond a call or a linearization: their memory may then be written over.
   */
  readonly retainsNothing?: boolean;
  /**
   * Refuses data that no function of batches of this shape could take: labels beyond the outputs, tokens beyond the
   * table. Absent: there is nothing to ask of them.
   *
   * @throws {RangeError}
   */
  requireData?(batch: Batch, data: Batch): void;
  /**
   * Compiles what a run needs for batches of this shape; without `uses` values, gradients and products of the preferred
   * curvature. What is not prepared is compiled when it is first asked for. Books nothing. Absent: there is nothing to
   * compile.
   */
  prepare?(batch: Batch, uses?: Uses): Promise<void>;
  value(w: Vector, batch: Batch): Promise<Evaluation>;
  /** The gradient may be written into `out`, which saves the memory of a new vector; read it from the answer. */
  gradient(w: Vector, batch: Batch, out?: Vector): Promise<GradientEvaluation>;
  /** `w` must stay as it is until `dispose`: the products read it. */
  linearize(w: Vector, batch: Batch, curvature: CurvatureKind): Promise<Linearization>;
  /**
   * The Jacobian at once, if the loss is composite; undefined if its curvature is not of a form that has residuals.
   * Books the gradients that its rows are, one for every output of an example, or d products if examples mix and
   * columns have to do.
   *
   * @throws {RangeError} if J is larger than it may be and has to be whole: it has fewer rows than columns, the loss is
   *   one scalar, or examples mix.
   */
  jacobian?(w: Vector, batch: Batch, limit?: JacobianLimit): Promise<JacobianEvaluation | NormalEvaluation | undefined>;
  /**
   * How many rows a Jacobian has, and whether they are had at once rather than by a product a column; undefined if the
   * loss has no residual form. Compiles and books nothing.
   */
  residualShape?(batch: Batch): { readonly rows: number; readonly hasRows: boolean } | undefined;
  /**
   * Which operation, at which entry, makes the loss or its gradient NaN or infinite at w, as a sentence; undefined if
   * none does. Computes and holds every intermediate value once. Books nothing. Absent: the functions cannot be looked
   * into.
   */
  explainNonfinite?(w: Vector, batch: Batch): Promise<string | undefined>;
  /** Who multiplies matrices as fast as products of the objective are. */
  readonly matrices?: MatrixEngine;
  /** Frees native sessions. Idempotent. */
  dispose(): void;
}
