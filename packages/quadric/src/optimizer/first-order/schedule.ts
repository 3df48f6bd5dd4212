/** Learning rates as functions of the step number t = 0, 1, … */
import { requireInteger, requirePositive } from "../../check.ts";

export interface Schedule {
  /** η_t > 0 or = 0. */
  at(step: number): number;
  /** For run.json. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface CosineOptions {
  /** η_0 > 0, the rate at the top. */
  readonly rate: number;
  /** T ≥ 1, steps from the top to the end; the rate stays at `final` afterwards. */
  readonly steps: number;
  /** Rate at the end, in [0, rate]; defaults to 0. */
  readonly final?: number;
  /** Steps of linear rise from rate/(warmup + 1) before the top, an integer ≥ 0; defaults to 0. */
  readonly warmup?: number;
}

export interface StepScheduleOptions {
  /** η_0 > 0. */
  readonly rate: number;
  /** Steps between two decays, an integer ≥ 1. */
  readonly every: number;
  /** Factor of a decay, in (0, 1]; defaults to 0.1. */
  readonly factor?: number;
}

/** η_t = η. */
function constant(rate: number): Schedule {
  requirePositive("schedules.constant", "rate", rate);
  return { at: () => rate, settings: { schedule: "constant", rate } };
}

/** η_t = final + (η − final)·(1 + cos(π·min(t/T, 1)))/2, after the warm-up. */
function cosine({ rate, steps, final = 0, warmup = 0 }: CosineOptions): Schedule {
  const where = "schedules.cosine";
  requirePositive(where, "rate", rate);
  requireInteger(where, "steps", steps, 1);
  requireInteger(where, "warmup", warmup, 0);
  if (!(final >= 0 && final <= rate)) throw new RangeError(`${where}: final must be in [0, rate], got ${final}.`);
  return {
    at(step) {
      if (step < warmup) return (rate * (step + 1)) / (warmup + 1);
      const progress = Math.min((step - warmup) / steps, 1);
      return final + ((rate - final) * (1 + Math.cos(Math.PI * progress))) / 2;
    },
    settings: { schedule: "cosine", rate, steps, final, warmup },
  };
}

/** η_t = η·factor^⌊t/every⌋. */
function step({ rate, every, factor = 0.1 }: StepScheduleOptions): Schedule {
  const where = "schedules.step";
  requirePositive(where, "rate", rate);
  requireInteger(where, "every", every, 1);
  if (!(factor > 0 && factor <= 1)) throw new RangeError(`${where}: factor must be in (0, 1], got ${factor}.`);
  return { at: (t) => rate * factor ** Math.floor(t / every), settings: { schedule: "step", rate, every, factor } };
}

export const schedules: {
  constant(rate: number): Schedule;
  cosine(options: CosineOptions): Schedule;
  step(options: StepScheduleOptions): Schedule;
} = { constant, cosine, step };

/** A bare number is a constant rate. */
export function toSchedule(rate: number | Schedule): Schedule {
  return typeof rate === "number" ? constant(rate) : rate;
}
