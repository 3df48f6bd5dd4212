/**
 * One interface for all methods, first and second order. An `Optimizer` is settings; `start` makes a run, which owns
 * the iterate and all state of the method.
 */
import type { Norm } from "../norm/norm.ts";
import type { Objective } from "../objective/objective.ts";
import type { Outcome } from "../subproblem/step.ts";
import type { Layout } from "../vector/layout.ts";
import type { State } from "../vector/state.ts";
import type { Vector } from "../vector/vector.ts";

export type Status =
  | "converged"
  | "second-order-converged"
  | "stalled"
  | "max-iterations"
  | "budget-spent"
  | "stopped"
  | "nonfinite";

/** What a run that has converged found small: convergence.ts. */
export type ConvergenceReason = "gradient" | "step" | "loss" | "rounding";

/** How a run ends: its status and one sentence for it. */
export interface Ending {
  readonly status: Status;
  /** With the two statuses of convergence. */
  readonly reason?: ConvergenceReason;
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

/** What every step says of itself. */
interface StepBase {
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
  /** ‖s‖_A. */
  readonly stepNorm?: number;
  /** True when actual and predicted decrease were both below the rounding of the loss: accepted, Δ kept. */
  readonly atNoiseFloor?: boolean;
  /** What the pivot that preceded this step decided; absent when there was none. */
  readonly pivot?: "kept" | "rolled-back";
  /** Set when the method cannot or need not continue; the loop stops with it. */
  readonly status?: Status;
  readonly reason?: ConvergenceReason;
  /** One sentence for `status`. */
  readonly message?: string;
}

interface FirstOrderFields {
  /** η. */
  readonly learningRate?: number;
}

interface SecondOrderFields {
  /** Δ (or σ) with which the step was computed. */
  readonly radius: number;
  /** ρ; undefined when no trial point was evaluated. */
  readonly ratio?: number;
  /** m(0) − m(s), the predicted decrease. */
  readonly modelDecrease?: number;
  /** λ of (B + λA)s = −g, if the solver knows it. */
  readonly multiplier?: number;
  readonly outcome?: Outcome;
  /** sd(d_i)/√b of the per-example differences d_i = ℓ_i(w) − ℓ_i(w + s), if the loss gives them. */
  readonly decreaseStandardError?: number;
  /** −λ_min of B in the norm if it was asked for (second-order test), 0 when no negative curvature was found. */
  readonly negativeCurvature?: number;
}

type Absent<Fields> = { readonly [Name in keyof Fields]?: undefined };

export type FirstOrderRecord = StepBase & FirstOrderFields & Absent<SecondOrderFields>;
export type SecondOrderRecord = StepBase & SecondOrderFields & Absent<FirstOrderFields>;

/** A step of a method without a model has no radius, one of a method with a model has one. */
export type StepRecord = FirstOrderRecord | SecondOrderRecord;

export interface OptimizerRun {
  /**
   * What the run has found, [d]: the current iterate w, or the average of iterates of a method that has one. Always
   * finite. Read only; once read here, replaced and not overwritten by accepted steps.
   */
  readonly parameters: Vector;
  /** The norm in which steps are measured, as the last step left it; absent from methods without one. Read only. */
  readonly norm?: Norm;
  /** What runs, where `prepare` found it out by measurement; else `choose` of the optimizer tells. */
  readonly choice?: Choice;
  /** Compiles what steps will ask of the objective on batches of this size; draws no batch and books nothing. */
  prepare?(batches: BatchSource): Promise<void>;
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

/** How much of the data a batch holds. */
export type Sampling = Pick<BatchSource, "batchSize" | "examples">;

/** What a method may look at before it starts. */
export interface ProblemFacts {
  /** d. */
  readonly parameters: number;
  /** |S|/n in (0, 1], 1 for full batches; undefined for a function without data. */
  readonly samplingFraction: number | undefined;
}

/** What runs, and why. */
export interface Choice {
  /** As the command line spells it, such as "tr-rmsprop". */
  readonly method: string;
  /** One phrase, such as "full batch, 1217 parameters". */
  readonly because: string;
  /** Every setting of the method, defaults included, as JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Optimizer {
  /** As the command line spells it, such as "tr-rmsprop". */
  readonly name: string;
  /** What it was made with, as JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What will run on this objective and these batches (undefined for a function without data), and why. */
  choose(objective: Described, batches: Sampling | undefined): Choice;
  start(objective: Objective, parameters: Vector, options: StartOptions): OptimizerRun;
}

export interface StartOptions {
  /**
   * The batches that the run will be given, of which only the sizes are read; undefined for a function without data.
   */
  readonly batches: Sampling | undefined;
}

/** What of an objective a choice may depend on. */
export type Described = { readonly layout: Pick<Layout, "size"> } & Pick<Objective, "preferredCurvature">;

export function factsOf({ layout }: Described, batches: Sampling | undefined): ProblemFacts {
  return {
    parameters: layout.size,
    samplingFraction: batches && batches.batchSize / batches.examples,
  };
}

/** A method that does not look at the problem: what runs is this method with these settings. */
export function asGiven(optimizer: Omit<Optimizer, "choose">): Optimizer {
  const { name, settings } = optimizer;
  return { ...optimizer, choose: () => ({ method: name, because: "as given", settings }) };
}
