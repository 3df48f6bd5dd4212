/** What every kind of committee is trained from, and what it gives. */
import type { Counts, Tensor } from "quadric";
import type { TrainConfig } from "../config.ts";
import type { Dataset, Examples } from "../data/datasets.ts";
import type { StepLine } from "../lines.ts";
import { type Prediction, predictsClasses } from "../predictions.ts";
import type { RunWriter } from "../run-folder.ts";
import { balanced } from "./folds.ts";
import type { EvidenceResult } from "./result.ts";
import type { Scores } from "./scores.ts";

export interface CommitteeParts {
  readonly config: TrainConfig;
  readonly dataset: Dataset;
  readonly folder: RunWriter;
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
  /** The error of the linear fits on the rows that they are held out from, before any network is trained. */
  onBaseline(scores: Baselines): void;
  onStep(line: StepLine, progress: { readonly member: number; readonly members: number }): void;
}

export interface Baselines {
  /** Always the mean, or the shares of the classes. */
  readonly constant: Scores;
  readonly linear: Scores;
}

/** Outputs [n, k], and for numbers by evidence the standard deviation of a new observation, in units of the target. */
export interface Predicted {
  readonly outputs: Tensor;
  readonly deviations?: Float64Array;
}

export interface Evidence {
  readonly told: EvidenceResult;
  /** Half the width, in deviations, of an interval that holds this share of new observations; undefined for classes. */
  interval?(level: number): number;
}

export interface Trained {
  /** Everything that predictions need. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Networks that are averaged. */
  readonly networks: number;
  /** Outputs of the linear fit of all training rows, and of the committee, on inputs [n, features]. */
  linear(inputs: Tensor): Tensor;
  predict(inputs: Tensor): Promise<Predicted>;
  /** The outputs of the committee, as cheaply as they can be had: tens of thousands are asked for. */
  means(inputs: Tensor): Promise<Tensor>;
  /** Of committees that know how sure they are. */
  readonly evidence?: Evidence;
  /** On the training rows, each by the networks that it is held out from. */
  readonly heldOut: { readonly network: Scores; readonly linear: Scores; readonly constant: Scores };
  readonly heldOutPredictions: readonly Prediction[];
  readonly heldOutTargets: readonly number[];
  readonly folds: Int32Array;
  /** The penalties λ tried, and the held-out error with each. */
  readonly decays: readonly { readonly decay: number; readonly error: number }[];
  readonly keepsLinear: boolean;
  /** False if no network ever had a finite loss. */
  readonly isSound: boolean;
  readonly steps: number;
  readonly epochs: number;
  readonly seconds: number;
  readonly counts: Counts;
  dispose(): void;
}

/** A prediction for each example that says the mean of the training rows, or the shares of their classes. */
export function constantPredictions(
  config: TrainConfig,
  targets: ArrayLike<number>,
  count: number,
): readonly Prediction[] {
  const n = targets.length;
  if (!predictsClasses(config)) {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += targets[i] / n;
    return new Array<Prediction>(count).fill({ values: [mean] });
  }
  const { target } = config.preparation!;
  const shares = new Array<number>(target.task === "classes" ? target.classes.length : 2).fill(0);
  for (let i = 0; i < n; i++) shares[targets[i]] += 1 / n;
  const probability = Math.max(...shares);
  return new Array<Prediction>(count).fill({
    class: shares.indexOf(probability),
    probability,
    probabilities: shares,
  });
}

/** Weights of a column, of balanced classes, or both. */
export function exampleWeights(
  { classWeights, preparation }: TrainConfig,
  { targets, weights }: Examples,
): Float64Array {
  const given = weights ?? new Float64Array(targets.data.length).fill(1);
  if (!classWeights || preparation?.target.task !== "classes") return given;
  const even = balanced(targets.data, preparation.target.classes.length);
  return given.map((weight, i) => weight * even[i]);
}
