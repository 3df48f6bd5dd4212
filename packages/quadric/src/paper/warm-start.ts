/**
 * A warm start: another method takes the first epochs, then the method proper starts from its parameters.
 *
 * In [Kohler2020] the steps are −η·A⁻¹g with an own Adagrad or RMSProp state on batches of 128.
 */
import { requireInteger } from "../check.ts";
import type { BatchSource, Optimizer, OptimizerRun } from "../optimizer/optimizer.ts";
import { joinStates, partOf } from "../vector/state.ts";
import { withSetting } from "./settings.ts";

export interface WarmStartOptions {
  /** E > 0: epochs before the method proper. */
  readonly epochs: number;
  readonly optimizer: Optimizer;
  /** Defaults to 128 ([Kohler2020]). */
  readonly batchSize?: number;
}

export function warmStarted(main: Optimizer, { epochs, optimizer, batchSize = 128 }: WarmStartOptions): Optimizer {
  if (!(epochs > 0)) throw new RangeError(`warmStart: epochs must be > 0, got ${epochs}.`);
  requireInteger("warmStart", "batchSize", batchSize, 1);
  return {
    ...withSetting("warmStart", { epochs, batchSize, optimizer: optimizer.name, ...optimizer.settings }, main),
    start(objective, parameters, options) {
      let warm: OptimizerRun | undefined = optimizer.start(objective, parameters, options);
      let run: OptimizerRun = warm;
      const proceed = (from: OptimizerRun): OptimizerRun => {
        warm = undefined;
        return main.start(objective, from.parameters, options);
      };
      return {
        get parameters() {
          return run.parameters;
        },
        get norm() {
          return run.norm;
        },
        prepare: async (batches) => run.prepare?.(warm ? resized(batches, batchSize) : batches),
        async step(batches) {
          if (warm && batches.epochs >= epochs) run = proceed(warm);
          return run.step(warm ? resized(batches, batchSize) : batches);
        },
        state: () => joinStates({ [warm ? "warm" : "main"]: run.state() }),
        restore(w, state) {
          const later = partOf(state, "main");
          if (warm && later) run = proceed(warm);
          run.restore(w, later ?? partOf(state, "warm")!);
        },
        dispose: () => run.dispose(),
      };
    },
  };
}

/** The same source with another batch size. */
function resized(batches: BatchSource, size: number): BatchSource {
  return {
    draw: () => batches.draw(size),
    batch: (indices, reuse) => batches.batch(indices, reuse),
    full: () => batches.full(),
    examples: batches.examples,
    minBatchSize: batches.minBatchSize,
    epochs: batches.epochs,
    batchSize: size,
  };
}
