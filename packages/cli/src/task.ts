/** What a configuration asks to be minimised, compiled, and how well parameters do on data. */
import {
  type Backend,
  type CompiledObjective,
  ConfigError,
  compileObjective,
  jax,
  type Layout,
  losses,
  makeBatches,
  type Regularizer,
  reconstruction,
  regularizers,
  supervised,
  type Tensor,
  type TensorTree,
  type Vector,
  wasm,
} from "quadric";
import { onnx } from "quadric/node";
import type { TrainConfig } from "./config.ts";
import type { Examples } from "./data/datasets.ts";
import { scaleInputs } from "./data/inputs.ts";
import type { Preparation } from "./data/preparation.ts";
import { standardize } from "./data/standardization.ts";
import { makeTargets } from "./data/targets.ts";
import { parseModel } from "./model.ts";
import { paperPreset } from "./optimizers.ts";
import { predictsClasses, readOutputs } from "./predictions.ts";

const backends: Readonly<Record<TrainConfig["backend"], (threads: number) => Backend>> = {
  onnx: (threads) => onnx({ threads }),
  wasm,
  jax: () => jax(),
};

const lossOf = { "cross-entropy": losses.crossEntropy, mse: losses.meanSquaredError, bce: losses.binaryCrossEntropy };

export async function compileTask(config: TrainConfig): Promise<CompiledObjective> {
  const { model, activation, initializer, loss, seed, backend, threads } = config;
  const spec = parseModel(model);
  const network = spec.build({ activation, initializer });
  const problem = spec.isAutoencoder
    ? reconstruction(network, lossOf[loss], { seed })
    : supervised(network, lossOf[loss], { seed });
  const regularizer = regularizerOf(config);
  return compileObjective({ ...problem, ...(regularizer && { regularizer }) }, { backend: backends[backend](threads) });
}

/** The penalty asked for, else the paper's. */
function regularizerOf({ l2, penalty, preset }: TrainConfig): Regularizer | undefined {
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
    : { x, y: makeTargets(loss, outputs, loss === "mse" ? scaled(preparation, targets) : targets) };
  return { examples: inputs.shape[0], batch, targets: targets.data };
}

/** Numbers of a table on the scale of their preparation. */
function scaled(preparation: Preparation | undefined, targets: Tensor): Tensor {
  if (preparation?.target.task !== "numbers") return targets;
  const { target } = preparation;
  return { shape: targets.shape, data: Float64Array.from(targets.data, (y) => standardize(target, y)) };
}

function requireFeatures(model: string, features: number, { shape: [n], data }: Tensor): void {
  const found = data.length / n;
  if (found !== features)
    throw new ConfigError(`data: must have the ${features} features that ${model} takes, got ${found}.`);
}

export interface Evaluation {
  readonly examples: number;
  /** Mean over the examples, regularizer included. */
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
    loss += objective.examples(chunk) * (await objective.value(w, chunk)).value;
    if (!hasClasses) continue;
    for (const prediction of readOutputs(config, await objective.predict!(w, chunk))) {
      if ("class" in prediction && prediction.class === targets[seen++]) correct++;
    }
  }
  return { examples, loss: loss / examples, accuracy: hasClasses ? correct / examples : null };
}
