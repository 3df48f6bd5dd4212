/**
 * Searches on the damping of a Gauss–Newton step: each turns the ratio ρ of actual to predicted decrease into the step
 * that is taken, and knows nothing of Jacobians. Trials are expensive in losses and factorisations only, so a search
 * may make several.
 */
import { requireBetween, requireOneOf } from "../../check.ts";
import type { GaussNewtonStep } from "../../subproblem/gauss-newton.ts";
import type { State } from "../../vector/state.ts";

/** A step and how the loss took it. */
export interface Trial {
  readonly solution: GaussNewtonStep;
  /** ρ; −Infinity if the loss was not finite there. */
  readonly ratio: number;
}

/** What a search may ask at one point. Every question costs a factorisation or a few, and a value of the loss. */
export interface Trials {
  /** The step of a damping λ > 0. */
  damped(lambda: number): Promise<Trial>;
  /** The step within a radius Δ > 0, in the norm of the step. */
  within(radius: number, start: number | undefined): Promise<Trial>;
  /** A λ of the curvature's size: the largest c_j/a_j of squared columns c and ellipsoid a. */
  readonly scale: number;
}

export interface DampingSearch {
  readonly name: string;
  /** As JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  begin(): DampingRun;
}

export interface DampingRun {
  /** The step to take; undefined if none was acceptable, however short. */
  search(trials: Trials): Promise<Trial | undefined>;
  state(): State;
  restore(state: State): void;
}

/** λ at the start and its least value, as parts of the curvature's scale, and trials before a point is given up. */
const first = 1e-3;
const least = 1e-20;
const maxTrials = 80;

/** Remembers one number between steps, undefined at the start. */
function remembering(
  search: (
    trials: Trials,
    known: number | undefined,
  ) => Promise<{ readonly trial: Trial | undefined; readonly next: number }>,
): DampingRun {
  let known: number | undefined;
  return {
    async search(trials) {
      const { trial, next } = await search(trials, known);
      known = next;
      return trial;
    },
    state: () => ({ scalars: { known: known ?? Number.NaN }, vectors: {} }),
    restore({ scalars }) {
      known = Number.isNaN(scalars.known) ? undefined : scalars.known;
    },
  };
}

export interface GreedyOptions {
  /** Least ρ of a step that is taken, in (0, 1); defaults to 0.1. */
  readonly ratio?: number;
}

/** How far below the last λ a step starts: at first, at least and at most. */
const [firstReach, leastReach, mostReach] = [8, 2, 64];

/**
 * The longest step that still decreases a little: each step starts at λ/f and doubles λ until ρ is reached.
 * If the first trial is taken, f doubles; if it takes more than two, f halves. That makes about 2.2 trials a step.
 *
 * @throws {RangeError} if the ratio is outside (0, 1).
 */
export function greedy({ ratio = 0.1 }: GreedyOptions = {}): DampingSearch {
  requireBetween("greedy", "ratio", ratio, 0, 1);
  return {
    name: "greedy",
    settings: { ratio },
    begin() {
      let reach = firstReach;
      const run = remembering(async (trials, known = first * trials.scale) => {
        let lambda = Math.max(known / reach, least * trials.scale);
        for (let k = 0; k < maxTrials; k++, lambda *= 2) {
          const trial = await trials.damped(lambda);
          if (!(trial.ratio >= ratio)) continue;
          if (k === 0) reach = Math.min(2 * reach, mostReach);
          if (k > 1) reach = Math.max(reach / 2, leastReach);
          return { trial, next: lambda };
        }
        return { trial: undefined, next: lambda };
      });
      return {
        search: (trials) => run.search(trials),
        state: () => ({ scalars: { ...run.state().scalars, reach }, vectors: {} }),
        restore(state) {
          run.restore(state);
          reach = state.scalars.reach ?? firstReach;
        },
      };
    },
  };
}

export interface TargetRatioOptions {
  /** The ρ that a step should have, in (0, 1); defaults to 0.1. */
  readonly target?: number;
  /** Factor between neighbouring trials, > 1; defaults to 3. */
  readonly factor?: number;
}

/**
 * The step whose ratio hits a target: λ moves by factors until two neighbours have the target between them, then once
 * to where the line through both has it. The better of the trials is taken.
 *
 * References: [WebbJeradCartis2026].
 * @throws {RangeError} if the target is outside (0, 1) or the factor is not above 1.
 */
export function targetRatio({ target = 0.1, factor = 3 }: TargetRatioOptions = {}): DampingSearch {
  requireBetween("targetRatio", "target", target, 0, 1);
  if (!(factor > 1 && factor < Infinity)) throw new RangeError(`targetRatio: factor must be > 1, got ${factor}.`);
  return {
    name: "target-ratio",
    settings: { target, factor },
    begin: () =>
      remembering(async (trials, known = first * trials.scale) => {
        const floor = least * trials.scale;
        let lambda = Math.max(known, floor);
        let trial = await trials.damped(lambda);
        const isBold = trial.ratio < target;
        for (let k = 0; k < maxTrials; k++) {
          if (!isBold && lambda <= floor) return { trial, next: lambda };
          const nextLambda = isBold ? lambda * factor : Math.max(lambda / factor, floor);
          const next = await trials.damped(nextLambda);
          if (next.ratio < target === isBold) {
            [lambda, trial] = [nextLambda, next];
            continue;
          }
          const [bold, safe] = isBold
            ? [
                { lambda, trial },
                { lambda: nextLambda, trial: next },
              ]
            : [
                { lambda: nextLambda, trial: next },
                { lambda, trial },
              ];
          const span = safe.trial.ratio - bold.trial.ratio;
          const share = Number.isFinite(span) && span > 0 ? (target - bold.trial.ratio) / span : 0.5;
          const between = bold.lambda * (safe.lambda / bold.lambda) ** share;
          const third = await trials.damped(between);
          return third.ratio >= target / 2 ? { trial: third, next: between } : { trial: safe.trial, next: safe.lambda };
        }
        return { trial: undefined, next: lambda };
      }),
  };
}

export interface RadiusSearchOptions {
  /**
   * Δ grows by `grow` above the second ratio and falls to a part `shrink` below the first; default to 0.25 and 0.75.
   */
  readonly ratios?: readonly [number, number];
  /** > 1; defaults to 2. */
  readonly grow?: number;
  /** In (0, 1); defaults to 0.5. */
  readonly shrink?: number;
}

/**
 * The classical trust region: one radius a step, kept or changed by thresholds of ρ; a step is taken if ρ ≥ 10⁻⁴.
 *
 * References: [More1978], [ConnGouldToint2000, section 17.1].
 * @throws {RangeError} if an option is outside its domain.
 */
export function classical({ ratios = [0.25, 0.75], grow = 2, shrink = 0.5 }: RadiusSearchOptions = {}): DampingSearch {
  const [low, high] = ratios;
  if (!(0 < low && low < high && high < 1)) {
    throw new RangeError(`classical: need 0 < ratios[0] < ratios[1] < 1, got ${low} and ${high}.`);
  }
  if (!(grow > 1 && grow < Infinity)) throw new RangeError(`classical: grow must be > 1, got ${grow}.`);
  requireBetween("classical", "shrink", shrink, 0, 1);
  return {
    name: "classical",
    settings: { ratios, grow, shrink },
    begin: () =>
      remembering(async (trials, known) => {
        let radius = known ?? (await trials.damped(first * trials.scale)).solution.stepNorm;
        let start: number | undefined;
        for (let k = 0; k < maxTrials && radius > 0; k++) {
          const trial = await trials.within(radius, start);
          const { stepNorm, outcome, multiplier } = trial.solution;
          if (trial.ratio < low) radius = shrink * Math.min(radius, stepNorm || radius);
          else if (trial.ratio > high && outcome === "boundary") radius = grow * radius;
          if (trial.ratio >= 1e-4) return { trial, next: radius };
          start = multiplier;
        }
        return { trial: undefined, next: radius };
      }),
  };
}

/** The searches on the damping, with their defaults. */
export type DampingSearchName = "greedy" | "target-ratio" | "classical";

const searches: Readonly<Record<DampingSearchName, () => DampingSearch>> = {
  greedy,
  "target-ratio": targetRatio,
  classical,
};

/** @throws {RangeError} if the name is none of those. */
export function dampingSearch(search: DampingSearchName | DampingSearch): DampingSearch {
  if (typeof search !== "string") return search;
  requireOneOf("gaussNewton", "search", search, Object.keys(searches));
  return searches[search]();
}
