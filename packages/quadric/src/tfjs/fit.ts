/** `fitTfjs`: an existing LayersModel, trained in place. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { requireOneOf } from "../check.ts";
import { chunks } from "../training/batches.ts";
import { type FitOptions, fit } from "../training/fit.ts";
import { type TrainResult, train } from "../training/train.ts";
import type { Tensor } from "../vector/tensor.ts";
import { type ConvertedModel, convertTfjs } from "./convert.ts";
import { losses, type TfjsLossFunction, type TfjsLossName } from "./losses.ts";
import { type TfjsProducts, tensorOf, tfjsObjective } from "./objective.ts";
import { setMovingAverages } from "./training-mode.ts";

/** Through jax-js and its compiler, or by TensorFlow.js's own gradients. */
export type TfjsRoute = "compiled" | "tfjs";

export interface TfjsFitOptions extends Omit<FitOptions, "dtype" | "frozen"> {
  /** "compiled" or "tfjs"; defaults to "compiled" where model and loss can be converted, else "tfjs". */
  readonly route?: TfjsRoute;
}

export interface TfjsRun extends TrainResult {
  readonly route: TfjsRoute;
  /** Why not the compiled route, in one sentence; undefined where it was taken or not asked for. */
  readonly reason: string | undefined;
  /** How Hessian products were made on the route "tfjs"; undefined on the other, or if none was. */
  readonly products: TfjsProducts | undefined;
}

/** Tensors of TensorFlow.js, only read, or of ours. */
export interface TfjsData {
  readonly x: tf.Tensor | Tensor;
  readonly y: tf.Tensor | Tensor;
}

/**
 * Trains a model's trainable weights and leaves them in it, with moving averages of normalizations for inference at these weights.
 *
 * Training sees batches normalized by their own statistics, and neither dropout nor noise. The compiled route is the fast one; the other takes
 * any model, and Hessian products only. No tensors are left behind.
 *
 * @param loss - A name; or a function of targets and outputs, for which the route is "tfjs".
 * @param data - n examples along every first axis; for "sparseCategoricalCrossentropy" y holds classes, [n] or [n, 1].
 * @throws {TypeError} if the route is "compiled" and something has no form in jax-js, saying what.
 * @example
 * const { history } = await fitTfjs(model, "categoricalCrossentropy", { x, y }, { epochs: 5, backend: onnx() });
 * model.predict(x);
 */
export async function fitTfjs(
  model: LayersModel,
  loss: TfjsLossName | TfjsLossFunction,
  data: TfjsData,
  { route, ...options }: TfjsFitOptions = {},
): Promise<TfjsRun> {
  if (route !== undefined) requireOneOf("fitTfjs", "route", route, ["compiled", "tfjs"]);
  if (typeof loss === "string") requireOneOf("fitTfjs", "loss", loss, Object.keys(losses) as TfjsLossName[]);
  const batch = { x: hostTensor(data.x), y: targetsOf(loss, hostTensor(data.y)) };
  const conversion = route === "tfjs" ? undefined : convert(model, loss);
  if (route === "compiled" && conversion?.compiled === undefined) throw new TypeError(`fitTfjs: ${conversion?.reason}`);

  const objective = tfjsObjective(model, loss);
  const { result, took } = await run();
  objective.assign(result.parameters);
  refreshAverages(model, batch.x, Math.min(options.batchSize ?? 512, batch.x.shape[0]));
  return { ...result, route: took, reason: conversion?.reason, products: objective.products };

  async function run(): Promise<{ result: TrainResult; took: TfjsRoute }> {
    if (conversion?.compiled === undefined) {
      return { result: await train(objective, objective.initial, batch, options), took: "tfjs" };
    }
    const { params, ...result } = await fit(conversion.compiled, batch, options);
    for (const array of [...params, ...conversion.compiled.params]) array.dispose();
    return { result, took: "compiled" };
  }
}

/** The problem for `fit`, or what stands in its way. */
function convert(model: LayersModel, loss: TfjsLossName | TfjsLossFunction) {
  if (typeof loss === "function") return { reason: "A loss that is a function of tensors has no form in jax-js." };
  let converted: ConvertedModel;
  try {
    converted = convertTfjs(model);
  } catch (error) {
    if (error instanceof TypeError) return { reason: error.message };
    throw error;
  }
  const { params, logits, apply } = converted;
  const { link, jax } = losses[loss];
  if (link !== "none" && link !== converted.link) {
    return { reason: `Loss "${loss}" needs a model that ends with a ${link}, got one that ends otherwise.` };
  }
  type Batch = { x: Parameters<typeof apply>[1]; y: Parameters<typeof apply>[1] };
  const forward = link === "none" ? apply : logits;
  return {
    compiled: {
      model: (weights: typeof params, { x }: Batch) => forward(weights, x),
      loss: (outputs: Batch["x"], { y }: Batch) => jax(outputs, y),
      params,
    },
  };
}

function hostTensor(value: tf.Tensor | Tensor): Tensor {
  if (!(value instanceof tf.Tensor)) return value;
  return { shape: [...value.shape], data: value.dataSync() as Float32Array };
}

/** Classes are integers. */
function targetsOf(loss: TfjsLossName | TfjsLossFunction, y: Tensor): Tensor {
  return loss === "sparseCategoricalCrossentropy" ? { ...y, data: Int32Array.from(y.data) } : y;
}

/** On whole batches, as training had them. */
function refreshAverages(model: LayersModel, x: Tensor, size: number): void {
  const n = x.shape[0];
  function* batches(): Generator<tf.Tensor> {
    for (const chunk of chunks(x, n - (n % size), size)) yield tensorOf(chunk as Tensor);
  }
  setMovingAverages(model, batches());
}
