/** `fitTfjs`: an existing LayersModel, trained in place. */
import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel, LayerVariable } from "@tensorflow/tfjs-layers";
import { requireInteger, requireOneOf } from "../check.ts";
import type { Backend } from "../compiler/backends/backend.ts";
import { compileObjective } from "../compiler/objective.ts";
import type { Objective } from "../objective/objective.ts";
import { type StepCallback, type TrainOptions, type TrainResult, train } from "../training/train.ts";
import { slice } from "../training/tree.ts";
import type { TensorTree } from "../vector/tensor.ts";
import type { Vector } from "../vector/vector.ts";
import type { WorkerLike } from "../web/run-in-worker.ts";
import { type ClassWeight, dataOf, splitOff, type TfjsData, tensorOf, weightsOf } from "./data.ts";
import { defaultBackend } from "./default-backend.ts";
import { type TfjsResult, trainedElsewhere } from "./elsewhere.ts";
import { layersOf } from "./layers/call.ts";
import { lossesOfModel, type PerOutput, type TfjsLoss, type TfjsMetric } from "./losses-of-model.ts";
import { makeMonitor, type TfjsCallback, type TfjsHistory } from "./monitor.ts";
import { closuresOfModel } from "./objective.ts";
import { compiledProblem, type OutputLoss, type TfjsBatch } from "./problem.ts";
import type { TfjsProducts } from "./products.ts";
import { setMovingAverages } from "./training-mode.ts";
import { assignWeights, weightsAt } from "./weights.ts";

/** Through jax-js and its compiler, or by TensorFlow.js's own gradients. */
export type TfjsRoute = "compiled" | "tfjs";

export interface TfjsFitOptions extends Pick<TrainOptions, "optimizer" | "steps" | "budget" | "seed" | "signal"> {
  /** A name of TensorFlow.js's or a function of targets and outputs; defaults to what the model was compiled with. */
  readonly loss?: PerOutput<TfjsLoss>;
  /** The share of each output's loss in the sum; defaults to 1 for each. */
  readonly lossWeights?: readonly number[] | { readonly [name: string]: number };
  /** What is evaluated after every epoch; defaults to what the model was compiled with. */
  readonly metrics?: PerOutput<TfjsMetric>;
  /**
   * Passes over the data, of ⌊n/batchSize⌋ steps each; an integer ≥ 0. Defaults to 10 when nothing else limits the run,
   * and to 100 with all examples in one batch.
   */
  readonly epochs?: number;
  /** Examples in a batch, an integer ≥ 1; defaults to 512. More than there are means all. */
  readonly batchSize?: number;
  /** The part of the examples, the last ones, that is only evaluated; in [0, 1), defaults to 0. */
  readonly validationSplit?: number;
  /** Inputs and targets that are only evaluated. */
  readonly validationData?: readonly [x: TfjsData, y: TfjsData];
  /** A factor for the losses of each class; every class in the data needs one. */
  readonly classWeight?: PerOutput<ClassWeight>;
  /** A factor for each example's loss, [n]. */
  readonly sampleWeight?: TfjsData;
  /** Callbacks of TensorFlow.js, or functions that are called after every step. The model has the current weights. */
  readonly callbacks?: TfjsCallback | readonly TfjsCallback[];
  /** 1 prints a line an epoch; defaults to 0. */
  readonly verbose?: number;
  /** Batches are drawn in a new random order every epoch: true, the default. */
  readonly shuffle?: boolean;
  /** Where the compiled route runs; defaults to onnxruntime-node if that is installed, in Node, else to `wasm()`. */
  readonly backend?: Backend;
  /**
   * Trains in a worker whose module calls `serveTfjs`, and leaves the page free; defaults to this thread. Losses are
   * given by name then, and backend and optimizer to `serveTfjs`.
   */
  readonly worker?: WorkerLike;
  /** Defaults to "compiled" if model and loss can be converted, else to "tfjs". */
  readonly route?: TfjsRoute;
}

export interface TfjsRun extends TfjsHistory, Pick<TrainResult, "status" | "message" | "counts" | "seconds"> {
  /** The mean training loss at the weights that the model has now, with the regularizers. */
  readonly loss: number;
  /**
   * Metrics at these weights, on the training data and, with "val_" before their names and "val_loss", on those held
   * out.
   */
  readonly metrics: Readonly<Record<string, number>>;
  /** One row a step. */
  readonly steps: TrainResult["history"];
  readonly route: TfjsRoute;
  /** Why not the compiled route, in one sentence; undefined when it was taken or not asked for. */
  readonly reason: string | undefined;
  /** How Hessian products were made on the route "tfjs"; undefined on the other, or if none was. */
  readonly products: TfjsProducts | undefined;
}

// biome-ignore format: a list
const known = [
  "loss", "lossWeights", "metrics", "epochs", "steps", "batchSize", "validationSplit", "validationData", "classWeight",
  "sampleWeight", "callbacks", "verbose", "shuffle", "backend", "route", "optimizer", "budget", "seed", "signal", "worker",
] as const satisfies readonly (keyof TfjsFitOptions)[];

/**
 * Trains a model's trainable weights and leaves them in it, with moving averages of normalizations for inference at
 * these weights: what `model.fit` does, by a trust region instead of small steps.
 *
 * The loss is the one that TensorFlow.js trains, with the model's regularizers; batches are normalized by their own
 * statistics, and dropout and noise are off. The compiled route is the fast one; the other takes any layer and loss
 * that TensorFlow.js differentiates. No tensors are left behind.
 *
 * @param x - as for `model.fit`: tensors with n examples along the first axis, several in a list or by name.
 * @param y - the targets, likewise.
 * @throws {ShapeError} | {RangeError} | {TypeError} if data or an option do not fit the model, or something in it
 *   cannot be trained.
 * @example
 * model.compile({ optimizer: "adam", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
 * const { history, loss } = await fitTfjs(model, x, y, { epochs: 5 }); // instead of model.fit(x, y, { epochs: 5 })
 */
export async function fitTfjs(
  model: LayersModel,
  x: TfjsData,
  y: TfjsData,
  options: TfjsFitOptions = {},
): Promise<TfjsRun> {
  requireOptions(options);
  const { validationSplit, validationData, optimizer, budget, seed, signal, verbose = 0, callbacks = [] } = options;
  const losses = lossesOfModel(model, options);
  requireTrainable(model);
  const all = await dataOf(model, losses.outputs, x, y);
  const weights = await weightsOf(model, all.y, options.classWeight, options.sampleWeight);
  const parts = splitOff({ ...all, ...(weights && { weights }) }, validationSplit ?? 0);
  const { training } = parts;
  const held = validationData
    ? await dataOf(model, losses.outputs, validationData[0], validationData[1], "validationData's ")
    : validationSplit
      ? parts.held
      : undefined;
  const n = training.x[0].shape[0];
  if (n === 0)
    throw new RangeError(`fitTfjs: validationSplit must leave examples to train on, got ${validationSplit}.`);
  const batchSize = Math.min(options.batchSize ?? 512, n);
  const stepsPerEpoch = Math.max(1, Math.floor(n / batchSize));
  const isLimited = options.steps !== undefined || budget !== undefined;
  const { epochs = isLimited ? Number.POSITIVE_INFINITY : batchSize === n ? 100 : 10 } = options;
  const steps = Math.min(epochs * stepsPerEpoch, options.steps ?? Number.POSITIVE_INFINITY);

  const initial = weightsAt(model);
  const rows: TrainResult["history"][number][] = [];
  let reached: Vector = initial;
  const assign = (w: Vector) => assignWeights(model, w);
  const evaluate = (): Record<string, number> => {
    const isWanted = losses.metrics.length > 0 || held !== undefined;
    if (!isWanted) return {};
    refreshAverages(model, training, batchSize);
    const { loss: _, ...metrics } = losses.metrics.length > 0 ? losses.evaluate(training.x, training.y) : {};
    const ofHeld = held === undefined ? [] : Object.entries(losses.evaluate(held.x, held.y));
    return { ...metrics, ...Object.fromEntries(ofHeld.map(([name, value]) => [`val_${name}`, value])) };
  };
  const monitor = makeMonitor(model, {
    ...{ epochs, stepsPerEpoch, batchSize, callbacks, verbose, assign, evaluate },
    examples: n,
    metrics: losses.metrics,
  });
  const afterStep: StepCallback = (event, w) => {
    rows.push(event);
    reached = w.slice();
    return monitor.afterStep(event, w);
  };
  const limits = { ...(Number.isFinite(steps) && { steps }), ...(budget && { budget }) };
  await monitor.begin();
  const { parameters, ...result } = await (options.worker
    ? trainedElsewhere(options.worker, model, losses.outputs, training, { ...options, ...limits, batchSize }, afterStep)
    : trainedHere());
  assign(parameters);
  await monitor.end();
  assign(parameters);
  refreshAverages(model, training, batchSize);
  return { ...result, steps: rows, metrics: evaluate(), epoch: monitor.epoch, history: monitor.history };

  async function trainedHere(): Promise<TfjsResult> {
    const evaluator = await evaluatorOf(model, losses.outputs, training, batchSize, options);
    const { objective, route, reason } = evaluator;
    try {
      const { parameters, status, message, seconds } = await trained(evaluator);
      const loss = await meanLoss(objective, parameters, training, batchSize);
      const outcome = { status, message, seconds, counts: objective.ledger.counts() };
      return { ...outcome, parameters, loss, route, reason, products: evaluator.products() };
    } finally {
      evaluator.dispose();
    }
  }

  async function trained(
    evaluator: Evaluator,
  ): Promise<Pick<TrainResult, "parameters" | "status" | "message" | "seconds">> {
    // A run that can be aborted lets timers and messages through, as `model.fit` does.
    const within = signal ?? new AbortController().signal;
    const settings = { ...limits, optimizer, batchSize, seed, signal: within, callbacks: [afterStep], history: false };
    const given = Object.fromEntries(
      Object.entries(settings).filter(([, value]) => value !== undefined),
    ) as TrainOptions;
    try {
      return await evaluator.within(() =>
        train(evaluator.objective as Objective<TensorTree>, initial, training as unknown as TensorTree, given),
      );
    } catch (error) {
      if (!(error instanceof OutOfTime)) throw error;
      const { seconds = 0 } = rows.at(-1) ?? {};
      return { parameters: reached, status: error.status, message: error.message, seconds };
    }
  }
}

/** Ends a run within a step. */
class OutOfTime extends Error {
  readonly status: TrainResult["status"];
  constructor(status: TrainResult["status"], message: string) {
    super(message);
    this.status = status;
  }
}

interface Evaluator {
  readonly objective: Objective<never>;
  readonly route: TfjsRoute;
  readonly reason: string | undefined;
  products(): TfjsProducts | undefined;
  /** The clock of the budget runs within `body`. */
  within<T>(body: () => Promise<T>): Promise<T>;
  dispose(): void;
}

/** The objective by the route that was asked for, or by the better one that there is. */
async function evaluatorOf(
  model: LayersModel,
  outputs: readonly OutputLoss[],
  training: TfjsBatch,
  batchSize: number,
  { route, backend, budget, signal }: TfjsFitOptions,
): Promise<Evaluator> {
  let reason: string | undefined;
  if (route !== "tfjs") {
    try {
      const shapes = training.x.map(({ shape }) => [batchSize, ...shape.slice(1)]);
      const problem = compiledProblem(model, outputs, shapes);
      const objective = await compileObjective(problem as never, { backend: backend ?? (await defaultBackend()) });
      return {
        objective: objective as Objective<never>,
        ...{ route: "compiled", reason, products: () => undefined, within: (body) => body() },
        dispose() {
          objective.dispose();
          for (const array of problem.params) array.dispose();
        },
      };
    } catch (error) {
      if (route === "compiled" || !(error instanceof TypeError)) throw error;
      reason = error.message;
    }
  }
  let [isRunning, end] = [false, 0];
  const objective = closuresOfModel(model, outputs, () => {
    if (!isRunning) return;
    if (signal?.aborted) throw new OutOfTime("stopped", "Stopped by its signal, within a step.");
    if (performance.now() > end) throw new OutOfTime("budget-spent", "The budget of seconds is spent, within a step.");
  });
  return {
    objective: objective as Objective<never>,
    ...{ route: "tfjs", reason, products: () => objective.products, dispose() {} },
    async within(body) {
      [isRunning, end] = [true, performance.now() + 1000 * (budget?.seconds ?? Number.POSITIVE_INFINITY)];
      try {
        return await body();
      } finally {
        isRunning = false;
      }
    },
  };
}

function requireTrainable(model: LayersModel): void {
  if (model.trainableWeights.length === 0)
    throw new TypeError("fitTfjs: model must have weights to train, got one in which every layer is frozen.");
  for (const layer of layersOf(model)) {
    if (layer.stateful)
      throw new TypeError(
        `fitTfjs: layers must start each batch from zero, got the stateful layer "${layer.name}". Build it with stateful: false.`,
      );
    const constrained = layer.weights.find((weight) => (weight as LayerVariable & { constraint?: unknown }).constraint);
    if (constrained !== undefined)
      throw new TypeError(
        `fitTfjs: weights must be free, got a constraint on "${constrained.name}" of layer "${layer.name}", which model.fit leaves out too.`,
      );
  }
}

function requireOptions(options: TfjsFitOptions): void {
  for (const key of Object.keys(options)) requireOneOf("fitTfjs", "an option", key, known);
  const { route, epochs, batchSize, validationSplit = 0, validationData, shuffle = true, optimizer } = options;
  if (route !== undefined) requireOneOf("fitTfjs", "route", route, ["compiled", "tfjs"]);
  if (epochs !== undefined) requireInteger("fitTfjs", "epochs", epochs, 0);
  if (batchSize !== undefined) requireInteger("fitTfjs", "batchSize", batchSize, 1);
  if (!(validationSplit >= 0 && validationSplit < 1))
    throw new RangeError(`fitTfjs: validationSplit must be in [0, 1), got ${validationSplit}.`);
  if (validationData !== undefined && validationData.length !== 2)
    throw new TypeError(`fitTfjs: validationData must be [x, y], got ${validationData.length} entries.`);
  if (shuffle !== true) throw new TypeError(`fitTfjs: shuffle must be true, got ${shuffle}.`);
  if (optimizer !== undefined && typeof optimizer?.start !== "function")
    throw new TypeError(
      `fitTfjs: optimizer must be one of quadric's, such as trustRegion(), got ${JSON.stringify(optimizer)}. Leave it out for the default.`,
    );
}

/** Over all examples, `batchSize` at a time; booked nowhere. */
function meanLoss(objective: Objective<never>, w: Vector, data: TfjsBatch, batchSize: number): Promise<number> {
  const n = data.x[0].shape[0];
  return objective.ledger.aside(async () => {
    let sum = 0;
    for (const batch of batchesOf(data, n, batchSize)) {
      const { value } = await objective.value(w, batch as never);
      sum += value * batch.x[0].shape[0];
    }
    return sum / n;
  });
}

function* batchesOf(data: TfjsBatch, n: number, size: number): Generator<TfjsBatch> {
  for (let from = 0; from < n; from += size) {
    const cut = (tensors: TfjsBatch["x"]) => tensors.map((tensor) => slice(tensor, from, Math.min(from + size, n)));
    yield { x: cut(data.x), y: cut(data.y), ...(data.weights && { weights: cut(data.weights) }) };
  }
}

/** On whole batches, as training had them. */
function refreshAverages(model: LayersModel, data: TfjsBatch, size: number): void {
  const n = data.x[0].shape[0];
  function* inputs(): Generator<tf.Tensor[]> {
    for (const { x } of batchesOf(data, n - (n % size), size)) yield x.map(tensorOf);
  }
  setMovingAverages(model, inputs());
}
