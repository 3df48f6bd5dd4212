/** Learning rates: a number, a schedule of the step number, or a rule that looks at the step it is for. */
import type { Objective } from "../../objective/objective.ts";
import { emptyState, type State } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import type { BatchIndices, BatchSource } from "../optimizer.ts";
import { type Schedule, toSchedule } from "./schedule.ts";

/** The step that a rate is for. */
export interface StepContext {
  /** Steps before this one. */
  readonly t: number;
  /** w, [d]. */
  readonly w: Vector;
  /** p, [d]: the step is −ηp. */
  readonly p: Vector;
  /** ‖p‖²_A = ⟨d, p⟩. */
  readonly squaredNorm: number;
  readonly batches: BatchSource;
  readonly indices: BatchIndices;
}

/** η of one run. */
export interface LearningRate {
  /** Compiles what `at` will ask of the objective. */
  prepare?(batches: BatchSource): Promise<void>;
  /** η ≥ 0, and the curvature products that it took. */
  at(step: StepContext): Promise<{ readonly rate: number; readonly products: number }>;
  /** Half the rate from now on: the run has diverged. */
  halve(): void;
  state(): State;
  restore(state: State): void;
}

/** A learning rate as a setting; each run starts its own. */
export interface RateRule {
  /** For run.json. */
  readonly settings: Readonly<Record<string, unknown>>;
  start(objective: Objective): LearningRate;
}

export type LearningRateOption = number | Schedule | RateRule;

/** @throws {RangeError} if a number is not > 0. */
export function toRateRule(option: LearningRateOption): RateRule {
  return typeof option === "object" && "start" in option ? option : scheduled(toSchedule(option));
}

/** A rate that depends on the number of the step alone. */
function scheduled(schedule: Schedule): RateRule {
  return {
    settings: schedule.settings,
    start() {
      let factor = 1;
      return {
        at: async ({ t }) => ({ rate: factor * schedule.at(t), products: 0 }),
        halve() {
          factor /= 2;
        },
        state: () => (factor === 1 ? emptyState : { scalars: { factor }, vectors: {} }),
        restore({ scalars }) {
          factor = scalars.factor ?? 1;
        },
      };
    },
  };
}
