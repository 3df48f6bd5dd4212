/**
 * One interface for all methods, first and second order. An `Optimizer` is settings; `start` makes a run, which owns the
 * iterate and all state of the method.
 */
import type { Objective } from "../objective/objective.ts";
import type { Outcome } from "../subproblem/step.ts";
import type { Vector } from "../vector/vector.ts";

export type Status =
  | "converged"
  | "second-order-converged"
  | "radius-collapsed"
  | "noise-floor"
  | "max-iterations"
  | "budget-spent"
  | "stopped"
  | "nonfinite";

/** Where an optimizer gets its batches from. Deterministic problems use a source whose batches are `undefined`. */
export interface BatchSource<Batch = unknown> {
  /** A fresh batch; `size` overrides the source's own batch size (a warm start uses 128). */
  next(size?: number): Batch;
  /** All data in chunks, in order, for full-data values; charged by whoever evaluates them. */
  full(): Iterable<Batch>;
  /** n, the number of training examples. */
  readonly examples: number;
  /** Examples drawn by `next` so far, divided by n. */
  readonly epochs: number;
  /** The batch size of `next`; pivots enlarge it. */
  batchSize: number;
}

export interface StepRecord {
  /** L_S(w) at the point the step started from. */
  readonly loss: number;
  /** ‖∇L_S(w)‖₂ there. */
  readonly gradientNorm: number;
  /** False when the iterate stayed where it was. First-order steps are always accepted unless non-finite. */
  readonly accepted: boolean;
  /** Curvature products of this step. */
  readonly products: number;
  /** Δ (or σ) with which the step was computed; undefined for first-order methods. */
  readonly radius?: number;
  /** ρ; undefined for first-order methods. */
  readonly ratio?: number;
  /** ‖s‖_A. */
  readonly stepNorm?: number;
  readonly modelDecrease?: number;
  readonly multiplier?: number;
  readonly outcome?: Outcome;
  /** sd(d_i)/√b of the per-example differences d_i = ℓ_i(w) − ℓ_i(w + s), where the loss gives them. */
  readonly decreaseStandardError?: number;
  /** μ of the norm that shaped the step. */
  readonly normMu?: number;
  /** Set when the method cannot or need not go on; the loop stops with it. */
  readonly status?: Status;
  /** One sentence for `status`. */
  readonly message?: string;
}

export interface OptimizerRun {
  /** The current iterate w, [d]: always finite. Read only; replaced, not overwritten, by accepted steps. */
  readonly parameters: Vector;
  step(batches: BatchSource): Promise<StepRecord>;
  /** Everything but the parameters that `restore` needs to continue bit for bit. */
  state(): OptimizerState;
  restore(parameters: Vector, state: OptimizerState): void;
  /** Frees what the run holds (a kept linearization). Idempotent. */
  dispose(): void;
}

/** Plain data, ready for a checkpoint. */
export interface OptimizerState {
  readonly scalars: Readonly<Record<string, number>>;
  readonly vectors: Readonly<Record<string, Vector>>;
}

export interface Optimizer {
  /** As the command line spells it, such as "tr-rmsprop". */
  readonly name: string;
  /** Resolved settings as JSON, for run.json. */
  readonly settings: Readonly<Record<string, unknown>>;
  start(objective: Objective, parameters: Vector, options: StartOptions): OptimizerRun;
}

export interface StartOptions {
  /** Seeds whatever the method draws (start vectors, probes). */
  readonly seed: number;
  /** 1 where the parameter may move, 0 where it is frozen, [d]; absent: all move. */
  readonly mask?: Uint8Array;
}
