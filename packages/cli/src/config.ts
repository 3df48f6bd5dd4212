/**
 * The configuration of a run: plain JSON with every default made explicit, so that run.json says what ran whatever
 * later versions default to, and `resume`, `evaluate` and `predict` need nothing else.
 */
import { type ActivationName, ConfigError, type InitializerName } from "quadric";
import { z } from "zod";
import { byEvidence, committeeFor, evidenceParts } from "./committee/defaults.ts";
import type { Dataset, Examples } from "./data/datasets.ts";
import { defaultInputsMode, fitScaling, inputsModes } from "./data/inputs.ts";
import { type Preparation, preparationSchema } from "./data/preparation.ts";
import { taskNames } from "./data/target.ts";
import { countClasses, lossNames } from "./data/targets.ts";
import { halves, parseModel } from "./model.ts";
import { optimizerNames, paperPreset, subproblemNames } from "./optimizers.ts";

export const activationNames = [
  "tanh",
  "sigmoid",
  "softplus",
  "relu",
  "gelu",
  "silu",
  "linear",
  halves,
] as const satisfies readonly (ActivationName | typeof halves)[];
export const initializerNames = ["fanIn", "lecun", "glorot", "he"] as const satisfies readonly InitializerName[];
export const backendNames = ["onnx", "wasm", "jax"] as const;
export const curvatureNames = ["hessian", "gauss-newton"] as const;
export const classWeightNames = ["balanced"] as const;
export const regularizeNames = ["evidence", "stopping"] as const;
export const ratioBatchNames = ["same", "independent", "full"] as const;

/** More of them take the memory of the machine before one computes. */
export const mostThreads = 1024;

const positive = z.number().positive();
const share = z.number().gt(0).lt(1);
const count = z.int().positive();
const perFeature = z.union([z.number(), z.array(z.number()).readonly()]);

/** What ends a run at the latest. */
export const limitsSchema = z.strictObject({
  steps: count.optional(),
  epochs: positive.optional(),
  budgetBackprops: count.optional(),
  budgetSeconds: positive.optional(),
});
export type Limits = z.infer<typeof limitsSchema>;

export const limitsOf = ({ steps, epochs, budgetBackprops, budgetSeconds }: Limits): Limits => ({
  ...(steps !== undefined && { steps }),
  ...(epochs !== undefined && { epochs }),
  ...(budgetBackprops !== undefined && { budgetBackprops }),
  ...(budgetSeconds !== undefined && { budgetSeconds }),
});

/** What run.json must hold under `config`; the flags of `quadric train` have the same names. */
export const configSchema = z.strictObject({
  data: z.string(),
  dataDir: z.string().optional(),
  target: z.string().optional(),
  task: z.enum(taskNames).optional(),
  columns: z.array(z.string()).optional(),
  drop: z.array(z.string()).optional(),
  header: z.boolean().optional(),
  missing: z.array(z.string()).optional(),
  decimal: z.enum([".", ","]).optional(),
  /** Of a table: how its columns become inputs and targets. */
  preparation: preparationSchema.optional(),
  /** 0 if nothing is kept for testing. */
  testFraction: z.number().gte(0).lt(1),
  /** A table of its own to test on. */
  testData: z.string().optional(),
  /** Of a table: the column with the weights of the rows. */
  weights: z.string().optional(),
  classWeights: z.enum(classWeightNames).optional(),
  /** Of a table without --model: what keeps its networks from over-fitting. */
  regularize: z.enum(regularizeNames).optional(),
  /** Of a committee: parts that the training rows are cut into, one held out from each network. */
  folds: z.int().min(2).optional(),
  /** Evaluations without a lower held-out loss after which a network is done. */
  patience: count.optional(),
  /** λ of a committee's penalty (λ/2)·‖w‖²/n on the weights of its perceptrons; that with the least held-out error. */
  decay: z.union([z.number().nonnegative(), z.literal("search")]).optional(),
  examples: count.optional(),
  inputs: z.enum(inputsModes),
  scaling: z.strictObject({ shift: perFeature, scale: perFeature }),
  model: z.string(),
  activation: z.enum(activationNames),
  initializer: z.enum(initializerNames).optional(),
  loss: z.enum(lossNames),
  /** τ of the quantile loss. */
  quantile: share.optional(),
  l2: z.number().nonnegative().optional(),
  penalty: z.number().nonnegative().optional(),
  optimizer: z.enum(optimizerNames),
  preset: z.string().optional(),
  warmStart: z.number().nonnegative().optional(),
  curvature: z.enum(curvatureNames).optional(),
  curvatureFraction: z.number().gt(0).lte(1).optional(),
  ratioBatch: z.enum(ratioBatchNames).optional(),
  subproblem: z.enum(subproblemNames).optional(),
  radius: positive.optional(),
  sigma: positive.optional(),
  maxProducts: count.optional(),
  lr: positive.optional(),
  momentum: share.optional(),
  beta: share.optional(),
  epsilon: positive.optional(),
  weightDecay: z.number().nonnegative().optional(),
  batchSize: count,
  ...limitsSchema.shape,
  seed: z.int().nonnegative(),
  backend: z.enum(backendNames),
  threads: count.max(mostThreads),
  shards: count.optional(),
  checkpointEvery: count,
  keepCheckpoints: count.optional(),
  evaluateEvery: z.int().nonnegative().optional(),
});

export type TrainConfig = z.infer<typeof configSchema>;

/** Defaults that depend on data and method. */
type Derived = "inputs" | "model" | "activation" | "loss" | "batchSize";

export interface CommitteeFlags {
  /** Folds. */
  readonly cv?: number;
  /** Networks. */
  readonly ensemble?: number;
}

export type TrainFlags = Omit<TrainConfig, Derived | "scaling" | "preparation" | "folds"> &
  Partial<Pick<TrainConfig, Derived>> &
  CommitteeFlags;

/** Steps when nothing else limits a run. */
const defaultSteps = 300;

function countAllClasses(...parts: readonly Examples[]): number | undefined {
  const counts = parts.map(({ targets }) => countClasses(targets));
  return counts.reduce((most, count) => most && count && Math.max(most, count));
}

export function resolveConfig(flags: TrainFlags, { train, test, table }: Dataset): TrainConfig {
  if (table && flags.inputs && flags.inputs !== "raw") {
    throw new ConfigError(
      `--inputs: means nothing to a table, whose columns are prepared one by one, got ${flags.inputs}.`,
    );
  }
  const { inputs = table ? "raw" : defaultInputsMode(train.inputs) } = flags;
  const [examples] = train.inputs.shape;
  const features = train.inputs.data.length / examples;
  // Those of all rows: the first ones (--examples) may lack a class that is tested on.
  const classes = table ? classesOf(table.preparation) : countAllClasses(train, test);
  const { cv, ensemble, ...asked } = flags;
  const facts = { features, outputs: classes ?? 1, examples };
  if (!table && flags.regularize) throw new ConfigError("--regularize: must be of a table, got other data.");
  if (table && byEvidence(flags, facts)) {
    return {
      ...asked,
      preparation: table.preparation,
      regularize: "evidence",
      folds: evidenceParts(cv, examples),
      inputs,
      scaling: fitScaling(inputs, train.inputs),
      model: `evidence:${features}-${classes ?? 1}`,
      activation: "tanh",
      loss: flags.loss ?? (classes ? "cross-entropy" : "mse"),
      batchSize: examples,
    };
  }
  const committee = table && committeeFor({ ...flags, ...facts });
  const { model = committee?.model ?? `mlp:${features}-64-${classes ?? 1}` } = flags;
  const spec = parseModel(model);
  const { activation = spec.activation } = flags;
  const { loss = spec.isAutoencoder ? "bce" : classes ? "cross-entropy" : "mse" } = flags;
  const preset = flags.preset === undefined ? undefined : paperPreset(flags.preset);
  const { batchSize = committee?.batchSize ?? Math.min(preset?.batchSize ?? 512, examples) } = flags;
  if (batchSize > examples) {
    throw new ConfigError(`--batch-size: must be at most the ${examples} training examples, got ${batchSize}.`);
  }
  if (flags.decay === "search" && (!committee || flags.l2 !== undefined || flags.penalty !== undefined)) {
    throw new ConfigError("--decay search: must be of a table with networks held out, without --l2 or --penalty.");
  }
  const { steps, epochs, budgetBackprops, budgetSeconds } = flags;
  const isLimited = [steps, epochs, budgetBackprops, budgetSeconds].some((limit) => limit !== undefined);
  return {
    ...asked,
    ...(table && { preparation: table.preparation }),
    ...(committee && {
      regularize: "stopping",
      folds: committee.folds,
      patience: asked.patience ?? committee.patience,
      decay: asked.decay ?? committee.decay,
    }),
    inputs,
    scaling: fitScaling(inputs, train.inputs),
    model,
    activation,
    loss,
    batchSize,
    ...(!isLimited && (committee?.limit ?? { steps: defaultSteps })),
  };
}

function classesOf({ target }: Preparation): number | undefined {
  return target.task === "classes" ? target.classes.length : undefined;
}
