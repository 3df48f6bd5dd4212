/**
 * One interface for all methods, first and second order. An `Optimizer` is settings; `start` makes a run, which owns the
 * iterate and all state of the method.
 */
import type { Norm } from "../norm/norm.ts";
import type { Objective } from "../objective/objective.ts";
import type { Outcome } from "../subproblem/step.ts";
import type { State } from "../vector/state.ts";
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

/** How a run ends: its status and one sentence for it. */
export interface Ending {
  readonly status: Status;
  readonly message: string;
}

/**
 * Which examples a batch holds: `size` positions from `offset` on in the order of one epoch. Plain numbers, so that a
 * run that kept a batch over a rejection can be resumed with the same batch.
 */
export interface BatchIndices {
  readonly epoch: number;
  readonly offset: number;
  readonly size: number;
}

/** Where an optimizer gets its batches from. Deterministic problems use a source whose batches are `undefined`. */
export interface BatchSource<Batch = unknown> {
  /** The next examples in line; `size` overrides the source's own batch size (a warm start uses 128). */
  draw(size?: number): BatchIndices;
  /**
   * The batch of these indices, drawn by this source or by one of the same seed and data before a restart.
   *
   * @param reuse - an earlier batch of this source that nobody needs any more: its memory may be written over.
   */
  batch(indices: BatchIndices, reuse?: Batch): Batch;
  /** All data in chunks, in order, for full-data values; charged by whoever evaluates them. */
  full(): Iterable<Batch>;
  /** n, the number of training examples. */
  readonly examples: number;
  /** Fewest examples of a batch, one for each shard; 1 if absent. */
  readonly minBatchSize?: number;
  /** Examples drawn so far, divided by n. */
  readonly epochs: number;
  /** The batch size of `draw`; pivots enlarge it. */
  batchSize: number;
}

export interface StepRecord {
  /** L_S(w) at the point the step started from. */
  readonly loss: number;
  /** ‖∇L_S(w)‖₂ there. */
  readonly gradientNorm: number;
  /**
   * False when the iterate stayed where it was. First-order steps are always accepted unless non-finite. When `loss` or
   * `gradientNorm` is not finite, or no curvature product was (outcome "nonfinite", step 0), the batch gave nothing to
   * step on: the loop draws another and gives up after several in a row.
   */
  readonly accepted: boolean;
  /** Curvature products of this step. */
  readonly products: number;
  /** Δ (or σ) with which the step was computed; undefined for first-order methods. */
  readonly radius?: number;
  /** ρ; undefined for first-order methods. */
  readonly ratio?: number;
  /** ‖s‖_A. */
  readonly stepNorm?: number;
  /** η of a first-order step; undefined for second-order ones. */
  readonly learningRate?: number;
  readonly modelDecrease?: number;
  readonly multiplier?: number;
  readonly outcome?: Outcome;
  /** sd(d_i)/√b of the per-example differences d_i = ℓ_i(w) − ℓ_i(w + s), where the loss gives them. */
  readonly decreaseStandardError?: number;
  /** True when actual and predicted decrease were both below the rounding of the loss: accepted, Δ kept. */
  readonly atNoiseFloor?: boolean;
  /** μ of the norm that shaped the step. */
  readonly normMu?: number;
  /** −λ_min of B in the norm where it was asked for (second-order test), 0 when no negative curvature was found. */
  readonly negativeCurvature?: number;
  /** What the pivot that preceded this step decided; absent when there was none. */
  readonly pivot?: "kept" | "rolled-back";
  /** Set when the method cannot or need not go on; the loop stops with it. */
  readonly status?: Status;
  /** One sentence for `status`. */
  readonly message?: string;
}

export interface OptimizerRun {
  /**
   * What the run has found, [d]: the current iterate w, or the average of iterates of a method that has one. Always finite. Read only;
   * once read here, replaced and not overwritten by accepted steps.
   */
  readonly parameters: Vector;
  /** The ellipsoid in which steps are measured, as the last step left it; absent from methods without one. Read only. */
  readonly norm?: Norm;
  step(batches: BatchSource): Promise<StepRecord>;
  /**
   * Everything but the parameters that `restore` needs to continue bit for bit. Names under "pending." are work already
   * paid for that `restore` has to repeat; it does so off the ledger.
   */
  state(): State;
  restore(parameters: Vector, state: State): void;
  /** Frees what the run holds (a kept linearization). Idempotent. */
  dispose(): void;
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
  /** The part of the data that a batch holds, in (0, 1]; 1: losses are exact. Defaults to 0, a small part. */
  readonly batchShare?: number;
}
