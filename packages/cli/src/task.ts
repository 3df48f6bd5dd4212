/** What a configuration asks to be minimised, compiled, and how well parameters do on data. */
import { numpy as np } from "@jax-js/jax";
import {
  type Backend,
  type CompiledObjective,
  ConfigError,
  compileObjective,
  jax,
  type Layout,
  type Loss,
  losses,
  makeBatches,
  type Regularizer,
  regularizers,
  supervised,
  type Tensor,
  type TensorTree,
  type Vector,
  wasm,
} from "quadric";
import { standardization } from "quadric/data";
import type { TrainConfig } from "./config.ts";
import type { Examples } from "./data/datasets.ts";
import { scaleInputs } from "./data/inputs.ts";
import type { Preparation } from "./data/preparation.ts";
import { type LossName, logLosses, makeTargets, scaledLosses } from "./data/targets.ts";
import { parseModel } from "./model.ts";
import { paperPreset } from "./optimizers.ts";
import { predictsClasses, readOutputs } from "./predictions.ts";

const backends: Readonly<Record<TrainConfig["backend"], (threads: number) => Backend | Promise<Backend>>> = {
  // Loaded here: the start of every command would pay for it.
  onnx: async (threads) => (await import("quadric/node")).onnx({ threads }),
  wasm,
  jax: () => jax(),
};

/** δ of Huber's loss, in standard deviations of the target. */
const huberDelta = 1;

/** The loss of a configuration, of one example. */
export function lossOf({ loss, quantile = 0.5 }: Pick<TrainConfig, "loss" | "quantile">): Loss {
  switch (loss) {
    case "cross-entropy":
      return losses.crossEntropy;
    case "mse":
      return losses.meanSquaredError;
    case "bce":
      return losses.binaryCrossEntropy;
    case "absolute":
      return losses.absoluteError;
    case "huber":
      return losses.huber(huberDelta);
    case "quantile":
      return losses.quantile(quantile);
    case "poisson":
      return losses.poisson;
    case "gamma":
      return losses.gamma;
  }
}

export const backendOf = async ({ backend, threads }: TrainConfig): Promise<Backend> => backends[backend](threads);

export async function compileTask(config: TrainConfig): Promise<CompiledObjective> {
  const { model, activation, initializer, seed } = config;
  const spec = parseModel(model);
  const network = spec.build({ activation, initializer });
  const problem = supervised(network, lossOf(config), { seed });
  const regularizer = regularizerOf(config);
  return compileObjective({ ...problem, ...(regularizer && { regularizer }) }, { backend: await backendOf(config) });
}

/** The penalty asked for, else the paper's. */
export function regularizerOf({ l2, penalty, preset }: TrainConfig): Regularizer | undefined {
  if (l2 !== undefined && penalty !== undefined) {
    throw new ConfigError("--penalty: must be given without --l2, got both.");
  }
  if (l2 !== undefined) return regularizers.l2(l2);
  const lambda = penalty ?? (preset === undefined ? 0 : paperPreset(preset).penalty);
  return lambda > 0 ? regularizers.tensorNorms(lambda) : undefined;
}

/**
 * The parameters of a file as the flat vector of an objective.
 *
 * @throws {ConfigError} if they are not those of the objective, one by one.
 */
export function flatten(tensors: ReadonlyMap<string, Tensor>, { size, tensors: slots }: Layout): Vector {
  const other = [...tensors.keys()].find((known) => !slots.some(({ name }) => name === known));
  if (other !== undefined) throw new ConfigError(`parameters: must be those of the model, got "${other}", too.`);
  const w = new Float32Array(size);
  for (const { name, shape, offset } of slots) {
    const tensor = tensors.get(name);
    if (!tensor || `${tensor.shape}` !== `${shape}`) {
      const found = tensor ? `shape [${tensor.shape}]` : "none";
      throw new ConfigError(`parameters: tensor "${name}" must have shape [${shape}], got ${found}.`);
    }
    w.set(tensor.data, offset);
  }
  return w;
}

/** Examples as the objective wants its batches, and what their classes or numbers are. */
export interface TaskData {
  readonly examples: number;
  readonly batch: TensorTree;
  readonly targets: ArrayLike<number>;
}

export function makeTaskData(config: TrainConfig, { inputs, targets }: Examples): TaskData {
  const { scaling, model, loss, preparation } = config;
  const { inputs: features, isAutoencoder, outputs } = parseModel(model);
  requireFeatures(model, features, inputs);
  const x = scaleInputs(scaling, inputs);
  const batch: TensorTree = isAutoencoder
    ? { x }
    : { x, y: makeTargets(loss, outputs, scaled(loss, preparation, targets)) };
  return { examples: inputs.shape[0], batch, targets: targets.data };
}

/** Examples to predict on: of targets that nobody looks at, 1 for amounts, which are > 0, and 0 otherwise. */
export function withoutTargets(config: TrainConfig, inputs: Tensor): TaskData {
  const [n] = inputs.shape;
  const targets = { shape: [n], data: new Uint8Array(n).fill(Number(config.loss === "gamma")) };
  return makeTaskData(config, { inputs, targets });
}

/** Numbers of a table on the scale of their preparation; counts and amounts relative to their mean. */
function scaled(loss: LossName, preparation: Preparation | undefined, targets: Tensor): Tensor {
  if (preparation?.target.task !== "numbers") return targets;
  const { target } = preparation;
  if (scaledLosses.includes(loss)) {
    return { shape: targets.shape, data: Float64Array.from(targets.data, (y) => standardization.apply(target, y)) };
  }
  if (!logLosses.includes(loss)) return targets;
  const bad = targets.data.findIndex((y) => !(y >= 0) || (loss === "gamma" && y === 0));
  if (bad >= 0) {
    const must = loss === "gamma" ? "> 0" : "≥ 0";
    throw new ConfigError(`--loss ${loss}: each target must be ${must}, got ${targets.data[bad]}.`);
  }
  return { shape: targets.shape, data: Float64Array.from(targets.data, (y) => y / target.shift) };
}

function requireFeatures(model: string, features: number, { shape: [n], data }: Tensor): void {
  const found = data.length / n;
  if (n > 0 && found !== features)
    throw new ConfigError(`data: must have the ${features} features that ${model} takes, got ${found}.`);
}

/** The mean of ℓ over examples, from outputs that are there already. */
export function meanLoss(config: TrainConfig, outputs: Tensor, examples: Examples): number {
  const { batch } = makeTaskData(config, examples);
  const { y } = batch as { readonly y: Tensor };
  const { shape, data } = outputs;
  let sum = 0;
  if (config.loss === "mse" && shape[1] === 1) {
    // Evaluated here: the first function of jax-js that runs takes a tenth of a second.
    for (let i = 0; i < data.length; i++) sum += (data[i] - y.data[i]) ** 2;
  } else if (config.loss === "cross-entropy") {
    readOutputs(config, outputs).forEach((prediction, i) => {
      if ("class" in prediction) sum -= Math.log(Math.max(prediction.probabilities![y.data[i]], 1e-15));
    });
  } else {
    const losses = lossOf(config)(np.array(Float32Array.from(data), { shape: [...shape] }), arrayOf(y));
    for (const loss of losses.dataSync()) sum += loss;
  }
  return sum / shape[0];
}

function arrayOf({ shape, data }: Tensor): np.Array {
  const numbers = data instanceof Int32Array ? data : Float32Array.from(data);
  return np.array(numbers as Int32Array<ArrayBuffer>, { shape: [...shape] });
}

export interface Evaluation {
  readonly examples: number;
  /** Mean over the examples, without the penalty. */
  readonly loss: number;
  /** Share of examples classified correctly; null if there are no classes. */
  readonly accuracy: number | null;
}

/** Loss and accuracy of w on data, `config.batchSize` examples at a time. */
export async function evaluate(
  objective: CompiledObjective,
  w: Vector,
  config: TrainConfig,
  { examples, batch, targets }: TaskData,
): Promise<Evaluation> {
  let loss = 0;
  let seen = 0;
  let correct = 0;
  const hasClasses = predictsClasses(config);
  for (const chunk of makeBatches(batch, { batchSize: Math.min(config.batchSize, examples), seed: 0 }).full()) {
    const { losses } = await objective.value(w, chunk);
    // A loss for each example: without the penalty.
    for (const own of losses!) loss += own;
    if (!hasClasses) continue;
    for (const prediction of readOutputs(config, await objective.predict!(w, chunk))) {
      if ("class" in prediction && prediction.class === targets[seen++]) correct++;
    }
  }
  return { examples, loss: loss / examples, accuracy: hasClasses ? correct / examples : null };
}
