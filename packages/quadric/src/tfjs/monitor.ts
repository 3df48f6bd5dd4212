/** Epochs, callbacks and history as `model.fit` has them, over a training that knows steps. */
import { CallbackList, CustomCallback, type CustomCallbackArgs, type LayersModel } from "@tensorflow/tfjs-layers";
import type { StepCallback } from "../training/train.ts";

/** A callback of TensorFlow.js, the functions of one, or a function of ours that is called after every step. */
export type TfjsCallback = CustomCallbackArgs | BaseCallback | StepCallback;
type BaseCallback = ConstructorParameters<typeof CallbackList>[0] extends (infer C)[] | undefined ? C : never;

/** As TensorFlow.js's: one entry an epoch, under "loss", the names of metrics, and these with "val_" before them. */
export interface TfjsHistory {
  readonly epoch: number[];
  readonly history: Record<string, number[]>;
}

export interface MonitorOptions {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  readonly examples: number;
  readonly callbacks: TfjsCallback | readonly TfjsCallback[];
  readonly metrics: readonly string[];
  readonly verbose: number;
  /** What is known at the end of an epoch besides the loss. */
  evaluate(): Record<string, number>;
  /** Brings the model to w. */
  assign(w: Parameters<StepCallback>[1]): void;
}

export interface Monitor extends TfjsHistory {
  begin(): Promise<void>;
  readonly afterStep: StepCallback;
  end(): Promise<void>;
}

/**
 * An epoch is ⌊n/batchSize⌋ steps. Its loss is the mean of its batches', each before the step, as TensorFlow.js has it.
 */
export function makeMonitor(model: LayersModel, options: MonitorOptions): Monitor {
  const { epochs, stepsPerEpoch, batchSize, examples, metrics, verbose, evaluate, assign } = options;
  const given = [options.callbacks].flat() as TfjsCallback[];
  const ours = given.filter((callback): callback is StepCallback => typeof callback === "function");
  const theirs = given
    .filter((callback): callback is Exclude<TfjsCallback, StepCallback> => typeof callback !== "function")
    .map((one) => ("setModel" in one ? one : new CustomCallback(one as CustomCallbackArgs, "never")) as BaseCallback);
  const list = new CallbackList(theirs);
  const epoch: number[] = [];
  const history: Record<string, number[]> = {};
  let batchLosses: number[] = [];
  let isOpen = false;

  const open = async (e: number) => {
    await list.onEpochBegin(e);
    isOpen = true;
  };
  const close = async (e: number) => {
    isOpen = false;
    const loss = batchLosses.reduce((sum, one) => sum + one, 0) / batchLosses.length;
    batchLosses = [];
    const logs: Record<string, number> = { loss, ...evaluate() };
    epoch.push(e);
    for (const [name, value] of Object.entries(logs)) {
      history[name] ??= [];
      history[name].push(value);
    }
    if (verbose > 0) {
      const values = Object.entries(logs).map(([name, value]) => `${name} ${value.toPrecision(4)}`);
      console.log(`epoch ${e + 1}/${epochs}: ${values.join(", ")}`);
    }
    // TensorFlow.js clears what it hands out.
    await list.onEpochEnd(e, { ...logs });
  };
  return {
    epoch,
    history,
    async begin() {
      const names = ["loss", ...metrics];
      const all = [...names, ...names.map((name) => `val_${name}`)];
      list.setParams({
        epochs,
        initialEpoch: 0,
        samples: examples,
        steps: null,
        batchSize,
        verbose,
        metrics: all,
      } as never);
      list.setModel(model);
      model.stopTraining = false;
      await list.onTrainBegin();
      if (epochs > 0) {
        await open(0);
        await list.onBatchBegin(0);
      }
    },
    async afterStep(event, parameters) {
      const batch = (event.step - 1) % stepsPerEpoch;
      const e = Math.floor((event.step - 1) / stepsPerEpoch);
      const isLast = batch === stepsPerEpoch - 1;
      if (given.length > 0 || isLast) assign(parameters);
      batchLosses.push(event.loss);
      await list.onBatchEnd(batch, { batch, size: batchSize, loss: event.loss });
      if (isLast) await close(e);
      let stop = model.stopTraining;
      for (const callback of ours) stop = (await callback(event, parameters)) === "stop" || stop;
      if (stop) return "stop";
      if (isLast && e + 1 < epochs) await open(e + 1);
      if (!isLast || e + 1 < epochs) await list.onBatchBegin(isLast ? 0 : batch + 1);
    },
    async end() {
      if (isOpen && batchLosses.length > 0) await close(epoch.length);
      await list.onTrainEnd();
    },
  };
}
