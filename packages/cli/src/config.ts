/**
 * The configuration of a run: plain JSON with every default made explicit, so that run.json says what ran whatever later
 * versions default to, and `resume`, `evaluate` and `predict` need nothing else.
 */
import { type ActivationName, ConfigError } from "quadric";
import type { Dataset, DatasetOptions } from "./data/datasets.ts";
import { defaultInputsMode, fitScaling, type InputScaling, type InputsMode } from "./data/inputs.ts";
import { countClasses, type LossName } from "./data/targets.ts";
import { parseModel } from "./model.ts";
import { type OptimizerFlags, type OptimizerName, paperPreset } from "./optimizers.ts";

/** Flags of `quadric train`; an absent one has a default that depends on the data and the method. */
export interface TrainFlags extends DatasetOptions, OptimizerFlags {
  readonly inputs?: InputsMode;
  readonly model?: string;
  readonly activation?: ActivationName;
  readonly loss?: LossName;
  readonly l2?: number;
  readonly optimizer: OptimizerName;
  readonly batchSize?: number;
  readonly steps?: number;
  readonly epochs?: number;
  readonly budgetBackprops?: number;
  readonly budgetSeconds?: number;
  readonly seed: number;
  readonly backend: "onnx" | "jax";
  readonly threads: number;
  readonly checkpointEvery: number;
}

export interface TrainConfig extends TrainFlags {
  readonly scaling: InputScaling;
  readonly model: string;
  readonly activation: ActivationName;
  readonly loss: LossName;
  readonly batchSize: number;
}

/** Steps when nothing else limits a run. */
const defaultSteps = 300;

export function resolveConfig(flags: TrainFlags, { train }: Dataset): TrainConfig {
  const { inputs = defaultInputsMode(train.inputs) } = flags;
  const [examples] = train.inputs.shape;
  const features = train.inputs.data.length / examples;
  const classes = countClasses(train.targets);
  const { model = `mlp:${features}-64-${classes ?? 1}` } = flags;
  const spec = parseModel(model);
  const { activation = spec.isAutoencoder ? "sigmoid" : "tanh" } = flags;
  const { loss = spec.isAutoencoder ? "bce" : classes ? "cross-entropy" : "mse" } = flags;
  const preset = flags.preset === undefined ? undefined : paperPreset(flags.preset);
  const { batchSize = Math.min(preset?.batchSize ?? 512, examples) } = flags;
  if (batchSize > examples) {
    throw new ConfigError(`--batch-size: must be at most the ${examples} training examples, got ${batchSize}.`);
  }
  const { steps, epochs, budgetBackprops, budgetSeconds } = flags;
  const isLimited = [steps, epochs, budgetBackprops, budgetSeconds].some((limit) => limit !== undefined);
  return {
    ...flags,
    inputs,
    scaling: fitScaling(inputs, train.inputs),
    model,
    activation,
    loss,
    batchSize,
    ...(!isLimited && { steps: defaultSteps }),
  };
}
