/**
 * Trial steps at one point, corrected where the valley bends:
 *
 *   s₂ ← s₂ − (JᵀJ + D + λA)⁻¹Jᵀ(r(w + s + s₂) − r(w) − Js)
 *
 * so that the residuals come to where the model sees them, while s₂ is no longer than s. Of the points on the way that
 * of the least loss is the trial; its ratio is of its decrease to that which the model predicts for s.
 *
 * Reference: [TranstrumSethna2012], there by a second derivative along s and one correction.
 */
import type { Evaluation, JacobianEvaluation, NormalEvaluation, Objective } from "../../objective/objective.ts";
import type { DenseGaussNewton, GaussNewtonStep } from "../../subproblem/gauss-newton.ts";
import { axpy, combineFinite, weightedDot } from "../../vector/kernels.ts";
import { type Vector, zeros } from "../../vector/vector.ts";
import { noiseSafeRatio, pairedDecrease } from "../ratio.ts";
import type { Trial, Trials } from "./damping.ts";

export interface Tried extends Trial {
  /** w + s + s₂. */
  readonly trial: Vector;
  readonly decrease: number;
  readonly atNoiseFloor: boolean;
}

interface Place {
  readonly w: Vector;
  readonly batch: unknown;
  readonly evaluation: JacobianEvaluation | NormalEvaluation;
  /** A. */
  readonly diagonal: Float64Array;
}

interface TrialOptions {
  readonly objective: Objective;
  readonly model: DenseGaussNewton;
  /** Of the loss. */
  readonly rounding: number;
  /** What steps are pulled to; undefined: 0. */
  readonly centre: Vector | undefined;
  readonly corrections: number;
}

interface Point {
  readonly u: Vector;
  readonly after: Evaluation & { readonly change?: Vector };
}

/** A step that does what the model says needs no correction. */
const isStraight = 0.9;
/** Trials refused in a row after which momentum is what is wrong. */
const patience = 5;

export function trialsAt(place: Place, options: TrialOptions): Pick<Trials, "damped" | "within"> {
  const { w, batch, evaluation, diagonal } = place;
  const { objective, model, rounding, corrections } = options;
  const changeTo = "changeTo" in evaluation && corrections > 0 ? evaluation.changeTo : undefined;
  let { centre } = options;
  let refused = 0;

  async function at(s: Vector): Promise<Point> {
    const u = zeros(w.length, objective.dtype);
    if (!combineFinite(1, w, 1, s, u)) return { u, after: { value: Number.NaN } };
    return { u, after: await (changeTo ? changeTo(u) : objective.value(u, batch)) };
  }

  async function corrected(solution: GaussNewtonStep, first: Point): Promise<Point> {
    let [best, last] = [first, first];
    const bend = new Float64Array(w.length);
    for (let k = 0; k < corrections && last.after.change && solution.correction; k++) {
      axpy(1, solution.correction(last.after.change), bend);
      if (!(weightedDot(diagonal, bend, bend) <= solution.stepNorm ** 2)) break;
      last = await at(bend.map((x, j) => x + solution.step[j]));
      if (last.after.value < best.after.value || !Number.isFinite(best.after.value)) best = last;
    }
    return best;
  }

  async function tried(solution: GaussNewtonStep): Promise<Tried> {
    // A model that is to rise is one that its factor has lost to rounding: the step is refused.
    const ratioOf = (decrease: number) =>
      noiseSafeRatio(solution.modelDecrease < -rounding ? -Infinity : decrease, Math.max(0, solution.modelDecrease), {
        ...{ rounding, noise: 0, eta1: 0.1 },
      });
    const decreaseOf = ({ after }: Point) => pairedDecrease(evaluation, after).decrease;
    let point: Point = { u: w, after: { value: Number.NaN } };
    if (solution.outcome !== "nonfinite") {
      const first = await at(solution.step);
      point = ratioOf(decreaseOf(first)).ratio < isStraight ? await corrected(solution, first) : first;
    }
    const decrease = decreaseOf(point);
    return { solution, trial: point.u, decrease, ...ratioOf(decrease) };
  }

  return {
    async damped(lambda) {
      const trial = await tried(await model.solve(lambda, centre));
      if (trial.ratio < 0.1 && ++refused === patience) centre = undefined;
      return trial;
    },
    within: async (radius, start) => tried(await model.solveWithin(radius, { start })),
  };
}
