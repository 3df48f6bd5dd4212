/**
 * First-order steps whose length is measured: relaxed Cauchy steps in an adaptive norm.
 *
 *   s = −ηp     p = A⁻¹d     η = σ·exp⟨ln(dᵀp/|pᵀBp|)⟩
 *
 * Symbols: d average of gradients [d], A ellipsoid, B curvature on a part T of the batch, σ relaxation, ⟨·⟩ moving average over the
 * measurements, of logarithms, so that each counts alike however long the gradient was. With σ = 1 and no average s is the Cauchy
 * point, the minimiser of the model dᵀs + ½sᵀBs along −p; at σ = 2 the model is level again. Steps that minimise undershoot in the
 * long run: they make w settle where curvature is large, and the more so the shorter they are. On the edge, σ = 2, curvature adapts to
 * the steps instead.
 *
 * By [Kohler2020, Theorem 1] s minimises the linear model in the ellipsoid ‖s‖_A ≤ Δ of radius Δ = η‖d‖_{A⁻¹}: a trust region whose
 * radius curvature sets. Every measurement also tries the step on T: where the loss is further from its linear model than twice the
 * curvature and once the slope account for, η is halved,
 *
 *   L_T(w + s) − L_T(w) − ∇L_Tᵀs ≤ η·dᵀp + η²·|pᵀBp| + δ     δ rounding of L_T
 *
 * and η grows by at most `increase` a step. It starts at a tenth of the first Cauchy point. A watchdog looks after the losses of the
 * batches: where their mean over the last ten or so has lost a fiftieth of all that was gained, or a loss is not finite, w goes back to
 * the average of the iterates and η is halved.
 * Cost: a gradient a step, and one gradient, product and value on T a measurement: 4 % of a gradient with the defaults.
 * References: [RaydanSvaiter2002], [Roulet2024], [Kohler2020], [Chamberlain1982].
 */
import { requireInteger, requirePositive } from "../../check.ts";
import type { Norm } from "../../norm/norm.ts";
import * as secondMoment from "../../norm/second-moment.ts";
import type { Objective } from "../../objective/objective.ts";
import { combineFinite, dot } from "../../vector/kernels.ts";
import { zeros } from "../../vector/vector.ts";
import { meanRule, requireMomentum } from "../gradient-average.ts";
import { type CurvatureChoice, curvatureOf, requireCurvature } from "../newton/curvature-choice.ts";
import { roundingOf } from "../newton/ratio.ts";
import { partOfBatch, requireFraction } from "../newton/sampled-curvature.ts";
import { requireFactor } from "../newton/search.ts";
import type { Optimizer } from "../optimizer.ts";
import { type LearningRate, type Place, startDescent } from "./preconditioned-descent.ts";

export interface RelaxedCauchyOptions {
  /** σ > 0: η in units of the Cauchy point's; defaults to 2, where the model is level (docs/decisions/defaults.md, [Roulet2024]). */
  readonly relaxation?: number;
  /**
   * A, fed with gradients; a copy is made for every run. Defaults to `norms.adam({ beta: 0.99 })`; with β 0.999 it is level
   * (packages/lab/bench/results/relaxed.json).
   */
  readonly norm?: Norm;
  /**
   * β₁ in [0, 1): d is the bias-corrected average of the gradients so far; defaults to 0.9 ([KingmaBa2014]); with 0 it is 1.6
   * to 2.2 times as slow (the same runs).
   */
  readonly momentum?: number;
  /** B; defaults to "auto": "gauss-newton" where the problem gives model and loss apart, else "hessian". */
  readonly curvature?: CurvatureChoice;
  /** |T|/|S| in (0, 1]: the part of a batch that is measured on; defaults to 1/8, not tuned. */
  readonly curvatureFraction?: number;
  /**
   * Steps between two measurements, an integer ≥ 1; defaults to 8: 4 is no better, 1 slower (the same runs). Each of the first
   * ten steps is measured.
   */
  readonly measureEvery?: number;
  /** γ > 1: η grows by at most this factor a step; defaults to 1.1, the paper's γ_inc ([Kohler2020], released settings). */
  readonly increase?: number;
}

/** Weight of past measurements, and of past losses, in their averages. */
const past = 0.9;
/** Steps that are measured each, and in which losses are gathered, at the start and after going back. */
const watched = 10;
/** η before anything is known of how it fares, in Cauchy points. */
const firstShare = 0.1;
/** η where the loss has no curvature along the first direction: Adam's rate ([KingmaBa2014]). */
const unmeasured = 1e-3;
/** The part of what was gained since the start that the mean loss may lose again. */
const tolerated = 0.02;
/** How often a step may be halved at one measurement. */
const halvings = 10;

/**
 * Momentum in Adam's ellipsoid at a rate that curvature sets: nothing to tune. What `trustRegion()` does on noisy batches.
 *
 * The parameters of a run are the average of its iterates (iterate-average.ts), in which the noise of batches cancels.
 * Cost: a gradient a step and 4 % for measurements; beside Adam's three vectors of length d, four more.
 *
 * @throws {RangeError} if an option is outside its domain.
 * @example
 * await fit(problem, data, { optimizer: relaxedCauchy({ relaxation: 1.5 }), epochs: 10 });
 */
export function relaxedCauchy(options: RelaxedCauchyOptions = {}): Optimizer {
  const where = "relaxedCauchy";
  const { relaxation = 2, norm = secondMoment.adam({ beta: 0.99 }), momentum = 0.9, curvature = "auto" } = options;
  const { curvatureFraction = 1 / 8, measureEvery = 8, increase = 1.1 } = options;
  requirePositive(where, "relaxation", relaxation);
  requireMomentum(where, momentum);
  requireCurvature(where, curvature);
  requireFraction(where, curvatureFraction);
  requireInteger(where, "measureEvery", measureEvery, 1);
  requireFactor(where, "increase", increase);
  const measurement = { relaxation, curvature, curvatureFraction, measureEvery, increase };
  return {
    name: "relaxed-cauchy",
    settings: { norm: norm.name, momentum, ...measurement },
    start: (objective, start) =>
      startDescent(objective, start, {
        name: where,
        norm,
        average: meanRule(momentum),
        decay: 0,
        rate: measuredRate(objective, measurement),
        averaged: true,
      }),
  };
}

type Measurement = Required<Omit<RelaxedCauchyOptions, "norm" | "momentum">>;

function measuredRate(objective: Objective, options: Measurement): LearningRate {
  const { relaxation, curvatureFraction, measureEvery, increase } = options;
  const kind = curvatureOf(objective, options.curvature);
  const { layout, dtype } = objective;
  const newVector = () => zeros(layout.size, dtype);
  const Bp = newVector();
  const memory = objective.borrowsInputs ? newVector() : undefined;
  let spent: unknown;
  let rate: number | undefined;
  /** ⟨ln(dᵀp/|pᵀBp|)⟩·weight, and the weight of what was measured in it. */
  let [logarithms, weight] = [0, 0];
  /** Steps since the last measurement, and how many of the next are measured each. */
  let [since, left] = [0, watched];
  /** The first loss; the average of those since going back, short of a factor, their number, and the least mean so far. */
  let first: number | undefined;
  let [recent, seen, least] = [0, 0, Infinity];

  const measure = async ({ w, p, square, batches, ticket }: Place): Promise<void> => {
    const part = batches.batch(partOfBatch(batches, ticket, curvatureFraction), spent);
    const linearization = await objective.linearize(w, part, kind);
    const bend = Math.abs(dot(p, await linearization.curvature.multiply(p, Bp)));
    const { value, gradient } = linearization;
    const gain = dot(gradient, p);
    linearization.dispose();
    if (objective.borrowsInputs) spent = part;
    if (!Number.isFinite(bend + value + gain)) return;

    if (bend > 0) {
      logarithms = past * logarithms + (1 - past) * Math.log(square / bend);
      weight = past * weight + (1 - past);
    }
    const cauchy = weight > 0 ? Math.exp(logarithms / weight) : Infinity;
    const start = weight > 0 ? firstShare * cauchy : unmeasured;
    let next = rate === undefined ? start : Math.min(relaxation * cauchy, rate * increase ** since);
    const rounding = roundingOf(linearization, dtype);
    /** Whether L_T(w + s) − L_T(w) − ∇L_Tᵀs is no more than it may be. */
    const holds = async () => {
      const trial = memory ?? newVector();
      if (!combineFinite(-next, p, 1, w, trial)) return false;
      const remainder = (await objective.value(trial, part)).value - value + next * gain;
      return remainder <= next * square + next * next * bend + rounding;
    };
    for (let k = 0; k < halvings && !(await holds()); k++) next /= 2;
    [rate, since] = [next, 0];
  };

  return {
    async at(place) {
      since++;
      const isDue = place.square > 0 && (left > 0 || since >= measureEvery);
      if (isDue) {
        left = Math.max(left - 1, 0);
        await measure(place);
      }
      return { rate: rate ?? 0, products: Number(isDue) };
    },
    isLost(loss) {
      if (Number.isFinite(loss)) {
        first ??= loss;
        seen++;
        recent = past * recent + (1 - past) * loss;
        const mean = recent / (1 - past ** seen);
        if (seen < watched) return false;
        least = Math.min(least, mean);
        if (mean - least <= tolerated * Math.abs(first - least)) return false;
      }
      [recent, seen, since, left] = [0, 0, 0, watched];
      if (rate !== undefined) rate /= 2;
      return true;
    },
    state: () => ({
      scalars: {
        ...{ logarithms, weight, since, left, recent, seen, least },
        ...(rate !== undefined && { rate }),
        ...(first !== undefined && { first }),
      },
      vectors: {},
    }),
    restore({ scalars }) {
      ({ rate, logarithms, weight, since, left, recent, seen, least, first } = scalars);
    },
  };
}
