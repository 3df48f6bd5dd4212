/** What a committee is worth: kept in summary.json under `table`, told at the end of a run, drawn by the report. */
import type { Calibration } from "./calibration.ts";
import type { Dependence, Importance } from "./insight.ts";
import type { Scores } from "./scores.ts";

export interface Judged {
  readonly rows: number;
  readonly network: Scores;
  readonly linear: Scores;
  /** The mean of the training rows, or the shares of their classes. */
  readonly constant: Scores;
}

/** What is told of networks by evidence, besides what is told of every committee. */
export interface EvidenceResult {
  /** What was chosen and why, in a line. */
  readonly because: string;
  readonly logEvidence: number;
  /** How many parameters the data determine. */
  readonly effectiveParameters: number;
  readonly networks: readonly {
    /** Hidden units; 0 of a linear model. */
    readonly width: number;
    readonly logEvidence: number;
    readonly effectiveParameters: number;
    /** In the mean; 0 if it is not among those that are kept. */
    readonly weight: number;
    readonly steps: number;
  }[];
  /** The share of each column in what is predicted, the largest first. */
  readonly relevance: readonly { readonly column: string; readonly share: number }[];
  /** Standard deviation of the noise, in units of the target; absent for classes and counts. */
  readonly noise?: number;
}

export interface TableResult {
  readonly target: string;
  readonly classes?: readonly string[];
  readonly networks: number;
  readonly folds: number;
  /** On the test rows; absent if none were kept. */
  readonly test?: Judged;
  /** On the training rows, each by the networks that it is held out from; the spread over the folds of the error. */
  readonly heldOut: Judged & { readonly spread: number };
  /** Of a search: the penalties λ tried, and the held-out error of the committee with each. */
  readonly decays?: readonly { readonly decay: number; readonly error: number }[];
  /** True if the networks were no better than their linear fits on held-out rows. */
  readonly keepsLinear: boolean;
  /** Of the test rows, of held-out rows if there are none: how often a class [row] is taken for each [column]. */
  readonly confusion?: readonly (readonly number[])[];
  /** On the test rows, on held-out rows if there are none. */
  readonly calibration?: Calibration;
  readonly evidence?: EvidenceResult;
  /** The most important first. */
  readonly importances: readonly Importance[];
  readonly dependences: readonly Dependence[];
}
