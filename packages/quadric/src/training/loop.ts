/** Steps until something says stop: the loop under `train` and `minimize`. */
import type { Counts, Ledger } from "../objective/ledger.ts";
import type { BatchSource, Ending, OptimizerRun, StepRecord } from "../optimizer/optimizer.ts";

/** One row of the history of a run. */
export type StepEvent = StepRecord & {
  /** Number of this step, from 1. */
  readonly step: number;
  /** Examples drawn so far, divided by n. */
  readonly epochs: number;
  /** Everything spent so far, this step included. */
  readonly counts: Counts;
  /** Time in steps so far; monitoring, callbacks and checkpoints stop the clock. */
  readonly seconds: number;
  /** L on the validation data, if it was evaluated after this step. */
  readonly validationLoss?: number;
};

export interface Limits {
  readonly steps?: number;
  readonly epochs?: number;
  readonly backprops?: number;
  readonly seconds?: number;
}

/** What the loop itself has to remember. */
export interface LoopState {
  step: number;
  seconds: number;
  /** Successive batches on which no step was possible. */
  failedBatches: number;
  /** How the method has ended the run, if it has: nothing may be stepped after that. */
  ending?: Ending;
}

export interface LoopParts {
  readonly run: OptimizerRun;
  readonly batches: BatchSource;
  readonly ledger: Ledger;
  readonly limits: Limits;
  readonly state: LoopState;
  readonly signal?: AbortSignal;
  /** A limit of the caller's own, asked before every step as the others are. */
  limit?(): Ending | undefined;
  /** After every step; a reason to stop, or undefined. */
  afterStep(event: StepEvent): Promise<Ending | undefined>;
}

/** Batches in a row without a finite model after which a run gives up. */
const maxFailedBatches = 10;

/** Milliseconds after which a run that can be aborted lets timers and messages through. */
const yieldEvery = 50;

/**
 * Everything that waits gets its turn. Engines that compute at once, as wasm does, would keep an abort waiting for
 * ever.
 */
function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

export async function runLoop(parts: LoopParts): Promise<Ending> {
  const { run, batches, ledger, limits, state, signal, limit, afterStep } = parts;
  let yielded = performance.now();
  for (;;) {
    if (state.ending) return state.ending;
    if (signal && performance.now() - yielded > yieldEvery) {
      await yieldToEventLoop();
      yielded = performance.now();
    }
    if (signal?.aborted) return { status: "stopped", message: "Stopped by its signal." };
    const spent = limit?.() ?? limitReached(limits, state, batches, ledger);
    if (spent) return spent;
    const begin = performance.now();
    const record = await run.step(batches);
    state.seconds += (performance.now() - begin) / 1000;
    state.step++;
    state.failedBatches = hasFailed(record) ? state.failedBatches + 1 : 0;
    state.ending = endingOf(record, state.failedBatches, batches);
    const { step, seconds } = state;
    const ending = await afterStep({ ...record, step, epochs: batches.epochs, counts: ledger.counts(), seconds });
    if (state.ending ?? ending) return (state.ending ?? ending)!;
  }
}

/** How the method ends the run with this step, if it does. */
function endingOf(
  { status, reason, message = "" }: StepRecord,
  failedBatches: number,
  { batchSize, examples }: BatchSource,
): Ending | undefined {
  if (status) return { status, ...(reason && { reason }), message };
  const otherBatchesExist = batchSize < examples;
  if (failedBatches < (otherBatchesExist ? maxFailedBatches : 1)) return undefined;
  const where = otherBatchesExist ? `on ${failedBatches} batches in a row` : "at the current point";
  return { status: "nonfinite", message: `The loss, its gradient or its curvature was not finite ${where}.` };
}

/** True when the batch gave nothing to step on. */
function hasFailed({ loss, gradientNorm, accepted, outcome, stepNorm }: StepRecord): boolean {
  if (accepted) return false;
  return !Number.isFinite(loss) || !Number.isFinite(gradientNorm) || (outcome === "nonfinite" && stepNorm === 0);
}

function limitReached(
  limits: Limits,
  { step, seconds }: LoopState,
  batches: BatchSource,
  ledger: Ledger,
): Ending | undefined {
  const { steps = Infinity, epochs = Infinity, backprops = Infinity, seconds: time = Infinity } = limits;
  if (step >= steps) return { status: "max-iterations", message: `All ${steps} steps are taken.` };
  if (batches.epochs >= epochs) return { status: "max-iterations", message: `All ${epochs} epochs are over.` };
  if (ledger.counts().backprops >= backprops) {
    return { status: "budget-spent", message: `The budget of ${backprops} backprops is spent.` };
  }
  if (seconds >= time) return { status: "budget-spent", message: `The budget of ${time} seconds is spent.` };
  return undefined;
}
