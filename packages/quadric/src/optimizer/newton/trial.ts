/**
 * The trial of a step: the judge measures it, the region says whether it is accepted, and what is left to gain decides
 * whether it was the last one.
 *
 *   ρ ≥ η₁: w ← w + s
 */
import type { Norm } from "../../norm/norm.ts";
import type { CurvatureKind, Objective } from "../../objective/objective.ts";
import type { Step } from "../../subproblem/step.ts";
import { partOf, type State } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import type { Resolution } from "../convergence.ts";
import type { Iterate } from "../iterate.ts";
import { noiseFloor, nonfiniteAround } from "../noise-floor.ts";
import type { BatchSource, Ending, SecondOrderRecord } from "../optimizer.ts";
import { roundingOf } from "../ratio.ts";
import { stalled } from "../stall.ts";
import { type JudgeSettings, makeJudge } from "./judge.ts";
import type { LocalModel } from "./model.ts";
import type { Region } from "./region.ts";
import type { WholeStepTests } from "./whole-step.ts";

export interface Trial {
  readonly record: Pick<SecondOrderRecord, "ratio" | "decreaseStandardError" | "atNoiseFloor"> & {
    readonly accepted: boolean;
  };
  /** Why no step is worth trying after this one, if none is. */
  readonly verdict: "rounding" | "stalled" | undefined;
  /** How a run that has stalled ends. */
  stall(): Promise<Ending> | Ending;
}

export interface Trials {
  /** Tries w + s and, if it is accepted, moves there. */
  attempt(solution: Step, model: LocalModel, batches: BatchSource): Promise<Trial>;
  /** The model is given up. */
  forget(): void;
  /** What a restart has to evaluate again, and does. */
  pending(): State | undefined;
  resume(state: State | undefined, w: Vector, batches: BatchSource): Promise<void>;
  /** Parts of the run's state, which `restore` finds in it. */
  parts(): Readonly<Record<string, State>>;
  restore(whole: State): void;
}

export interface TrialSettings extends Omit<JudgeSettings, "eta1"> {
  readonly search: Pick<JudgeSettings, "eta1">;
  readonly keepsBatch: boolean;
  readonly kind: CurvatureKind;
  readonly resolution: Resolution;
}

export function makeTrials(
  objective: Objective,
  iterate: Iterate,
  { norm, region, tests }: { readonly norm: Norm; readonly region: Region; readonly tests: WholeStepTests },
  { search: { eta1 }, keepsBatch, resolution, kind, ...settings }: TrialSettings,
): Trials {
  const judge = makeJudge(objective, { ...settings, eta1 });
  const floor = noiseFloor();

  return {
    async attempt(solution, model, batches) {
      const { modelDecrease } = solution;
      const { gradientNorm, batch, linearization } = model;
      const point = { w: iterate.current, step: solution.step, trial: iterate.trial() };
      const isNear = tests.isNear(solution, model, point.w);
      const { largest } = tests;
      const place = { w: point.w, batch, gradient: linearization.gradient.slice(), a: norm.diagonal, kind, largest };
      const judgement = await judge.evaluate(point, modelDecrease, model, batches);
      const { decrease, ratio, atNoiseFloor, isBelowResolution: isLevel, standardError } = judgement;
      const hasMoved = point.trial.some((x, i) => x !== point.w[i]);

      const accepted = region.follow(judgement, solution);
      if (accepted) {
        iterate.accept(point.trial);
        judge.accepted(judgement);
      } else iterate.reject(point.trial);

      const isOver = !accepted && (!hasMoved || region.isExhausted);
      const descent = accepted ? decrease / judgement.resolution : 0;
      const verdict = floor.after({ isLevel, descent, gradientNorm, isNear });
      // A whole step that is refused for a rise within the noise of the loss's terms has nothing to gain either.
      const band = resolution.band * roundingOf(linearization, objective.dtype);
      const isNoise = !accepted && isNear && Math.max(modelDecrease, Math.abs(decrease)) <= band;
      return {
        record: { accepted, ratio, decreaseStandardError: standardError, atNoiseFloor },
        verdict: verdict ?? (isNoise && keepsBatch ? "rounding" : isOver ? "stalled" : undefined),
        stall: () => (decrease === -Infinity ? nonfiniteAround : stalled(objective, place)),
      };
    },
    forget: judge.forget,
    pending: judge.pending,
    resume: judge.resume,
    parts: () => ({ floor: floor.state() }),
    restore(whole) {
      judge.reset();
      floor.restore(partOf(whole, "floor")!);
    },
  };
}
