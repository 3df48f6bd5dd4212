/**
 * The page's side of `fitTfjs` in a worker: the model goes there as its topology and weights, steps come back and the
 * weights at the end.
 */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { StepCallback } from "../training/train.ts";
import type { Tensor } from "../vector/tensor.ts";
import type { Vector } from "../vector/vector.ts";
import { runInWorker, type WorkerLike } from "../web/run-in-worker.ts";
import type { TfjsFitOptions, TfjsRun } from "./fit.ts";
import type { OutputLoss, TfjsBatch } from "./problem.ts";

/** What training gives, wherever it ran. */
export interface TfjsResult
  extends Pick<TfjsRun, "loss" | "route" | "reason" | "products" | "status" | "message" | "counts" | "seconds"> {
  readonly parameters: Vector;
}

/** What the page sends: all of it can be cloned. */
export interface Job {
  readonly topology: object;
  /** All weights of the model in its order, those too that are not trained. */
  readonly weights: readonly Tensor[];
  readonly training: TfjsBatch;
  readonly options: TfjsFitOptions;
}

const passed = ["steps", "budget", "batchSize", "seed", "route"] as const satisfies readonly (keyof TfjsFitOptions)[];

/**
 * Trains in the worker, step after step with `afterStep` on this side.
 *
 * @throws {TypeError} if a loss is a function, or backend or optimizer is given, which cannot be sent.
 */
export async function trainedElsewhere(
  worker: WorkerLike,
  model: LayersModel,
  outputs: readonly OutputLoss[],
  training: TfjsBatch,
  options: TfjsFitOptions,
  afterStep: StepCallback,
): Promise<TfjsResult> {
  for (const key of ["backend", "optimizer"] as const) {
    if (options[key] !== undefined)
      throw new TypeError(`fitTfjs: ${key} must be given to serveTfjs in the worker, got one here.`);
  }
  const loss = outputs.map((output) => {
    if (typeof output.loss === "string") return output.loss;
    throw new TypeError("fitTfjs: loss must be a name when a worker trains, got a function.");
  });
  const settings = Object.fromEntries(
    passed.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])),
  );
  const lossWeights = outputs.map(({ factor }) => factor);
  const job: Job = {
    topology: JSON.parse(model.toJSON(undefined, true) as string) as object,
    weights: model.weights.map((weight) => ({
      shape: weight.shape as number[],
      data: weight.read().dataSync() as Float32Array,
    })),
    training,
    options: { ...settings, loss: loss as never, lossWeights },
  };
  return runInWorker<TfjsResult>(worker, job, {
    ...(options.signal && { signal: options.signal }),
    callback: ([event, w]: Parameters<StepCallback>) => afterStep(event, w),
  });
}
