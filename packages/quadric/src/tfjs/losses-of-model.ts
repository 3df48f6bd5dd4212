/** Which loss and metrics belong to a model's outputs, and how TensorFlow.js evaluates them. */
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, model as modelOf } from "@tensorflow/tfjs-layers";
import { requirePositive } from "../check.ts";
import type { Tensor } from "../vector/tensor.ts";
import { ofOutput, tensorOf } from "./data.ts";
import { losses, type TfjsLossFunction, type TfjsLossName } from "./losses.ts";
import type { OutputLoss } from "./problem.ts";

export type TfjsLoss = TfjsLossName | TfjsLossFunction;
export type TfjsMetric = string | TfjsLossFunction;

/** One for all outputs, or one for each in their order or by their names. */
export type PerOutput<T> = T | readonly T[] | { readonly [name: string]: T };

export interface LossesOfModel {
  readonly outputs: readonly OutputLoss[];
  /** Names of metrics. */
  readonly metrics: readonly string[];
  /** Loss and metrics by name, at the model's weights and as for `predict`. */
  evaluate(x: readonly Tensor[], y: readonly Tensor[]): Record<string, number>;
}

/** What `compile` makes of losses and metrics, which TensorFlow.js keeps under these names. */
interface Compiled {
  readonly lossFunctions: readonly TfjsLossFunction[];
  readonly metricsNames: readonly string[];
  readonly metricsTensors: readonly (readonly [TfjsLossFunction, number])[];
}

/**
 * @param loss, metrics - default to those that the model was compiled with.
 * @param lossWeights - the share of each output's loss in the sum; default to 1.
 */
export function lossesOfModel(
  model: LayersModel,
  {
    loss = model.loss as PerOutput<TfjsLoss> | undefined,
    lossWeights,
    metrics = model.metrics as readonly TfjsMetric[] | undefined,
  }: {
    readonly loss?: PerOutput<TfjsLoss>;
    readonly lossWeights?: readonly number[] | { readonly [name: string]: number };
    readonly metrics?: PerOutput<TfjsMetric>;
  },
): LossesOfModel {
  // A sequential model has no names of inputs and outputs before.
  if (!model.built) model.build(undefined as never);
  const names = model.outputNames;
  const given = names.map((name, o) => {
    const own = loss === undefined ? undefined : ofOutput(loss, names, o);
    if (typeof own === "function" || (typeof own === "string" && own in losses)) return own;
    const known = Object.keys(losses).join(", ");
    throw new TypeError(
      own === undefined
        ? `fitTfjs: loss must be given for the output "${name}", or the model compiled with one, got neither.`
        : `fitTfjs: loss must be a function or one of ${known}, got ${JSON.stringify(own)}.`,
    );
  });
  const factors = names.map((name, o) => {
    const factor = lossWeights === undefined ? 1 : ofOutput(lossWeights as PerOutput<number>, names, o);
    requirePositive("fitTfjs", `lossWeights of "${name}"`, factor as number);
    return factor as number;
  });

  // A second model of the same layers, so that the user's stays compiled as it is.
  const twin = modelOf({ inputs: model.inputs, outputs: model.outputs });
  const optimizer = tf.train.sgd(1);
  twin.compile({ optimizer, loss: given as never, ...(metrics !== undefined && { metrics: metrics as never }) });
  optimizer.dispose();
  const { lossFunctions, metricsNames, metricsTensors } = twin as unknown as Compiled;

  return {
    outputs: given.map((own, o) => ({ loss: own, tensors: lossFunctions[o], factor: factors[o] })),
    metrics: metricsNames.slice(1),
    evaluate(x, y) {
      const values = tf.tidy(() => {
        const outputs = [twin.predict(x.map(tensorOf))].flat() as tf.Tensor[];
        const targets = y.map((tensor) => tf.cast(tensorOf(tensor), "float32"));
        const mean = ([of, o]: readonly [TfjsLossFunction, number]) => tf.mean(of(targets[o], outputs[o]));
        const terms = lossFunctions.map((of, o) => tf.mul(mean([of, o]), factors[o]));
        const total = terms.reduce((sum, term) => tf.add(sum, term));
        return Array.from(tf.stack([total, ...metricsTensors.map(mean)]).dataSync());
      });
      return Object.fromEntries(metricsNames.map((name, i) => [name, values[i]]));
    },
  };
}
