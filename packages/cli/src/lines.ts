/** The lines of metrics.jsonl and of `--json`, and the summary: their keys are a promise to other programs. */
import type { Counts, Outcome, Status } from "quadric";
import type { TableResult } from "./committee/result.ts";

export interface StepLine {
  readonly type: "step";
  /** 1 for the first step. */
  readonly step: number;
  /** Loss of the batch at the start of the step, regularizer included. */
  readonly loss: number;
  readonly gradientNorm: number;
  /** Δ or σ; null for first-order methods. */
  readonly radius: number | null;
  /** ρ; null for first-order methods. */
  readonly ratio: number | null;
  readonly accepted: boolean;
  /** Curvature products of this step. */
  readonly products: number;
  readonly outcome: Outcome | null;
  /** What the run has cost so far. */
  readonly counts: Counts;
  /** Examples drawn so far, divided by their number. */
  readonly epochs: number;
  /** Since the start, without monitoring. */
  readonly seconds: number;
  /** At the parameters after this step, once an epoch or as `--evaluate-every` asks; counted neither in counts nor in seconds. */
  readonly evaluation?: Monitored;
  /** Of the first step: the same at the parameters before it. */
  readonly initial?: Monitored;
  /** Of a committee: which network, from 0, and its loss on the rows held out from it, if it was evaluated. */
  readonly network?: number;
  readonly heldOutLoss?: number;
}

/** Mean losses on the full training and test data, without the penalty. */
export interface Monitored {
  readonly trainLoss: number;
  /** Absent if nothing was kept for testing. */
  readonly testLoss?: number;
  /** Share of test examples classified correctly; null if there are no classes. */
  readonly testAccuracy: number | null;
}

export interface Summary extends Monitored {
  readonly type: "result";
  readonly status: Status | "early-stopped";
  readonly message: string;
  readonly steps: number;
  readonly epochs: number;
  readonly counts: Counts;
  readonly seconds: number;
  /** Of a table: what the committee is worth. */
  readonly table?: TableResult;
}

/** A run without a result worth keeping. A stalled one has its best point, and says what it saw. */
export function isFailed(status: Summary["status"]): boolean {
  return status === "nonfinite";
}

const statusTexts: Readonly<Record<string, string>> = {
  converged: "converged",
  "second-order-converged": "converged, curvature included",
  stalled: "stalled: no step lowered the loss further",
  "max-iterations": "all steps taken",
  "budget-spent": "budget spent",
  stopped: "stopped",
  nonfinite: "the loss is not finite",
  "early-stopped": "stopped early: the held-out loss rose",
};

/** How a run ended, for people; what another version may say stays as it is. */
export const statusText = (status: string): string => statusTexts[status] ?? status;
