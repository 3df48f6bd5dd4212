/** The steps of a run: what decides them, and the line that each becomes. */
import type { StepEvent, TrainOptions } from "quadric";
import type { TrainConfig } from "./config.ts";
import type { StepLine } from "./lines.ts";
import { makeOptimizer } from "./optimizers.ts";

/** What decides the numbers of a run; on every rank the same. */
export function trainOptionsOf(config: TrainConfig): TrainOptions {
  return {
    optimizer: makeOptimizer(config.optimizer, config),
    batchSize: config.batchSize,
    steps: config.steps,
    epochs: config.epochs,
    budget: { backprops: config.budgetBackprops, seconds: config.budgetSeconds },
    seed: config.seed,
    // The run folder has it.
    history: false,
  };
}

export function toLine(event: StepEvent): StepLine {
  const { step, loss, gradientNorm, radius = null, ratio = null, accepted, products, counts } = event;
  const { outcome = null, epochs, seconds } = event;
  const asked = { step, loss, gradientNorm, radius, ratio, accepted, products, counts };
  return { type: "step", ...asked, outcome, epochs, seconds };
}
