/**
 * A learning rate from curvature, the curvature-aware tuner CDAT [Roulet2024]:
 *
 *   η = σ·exp⟨ln(dᵀp/|pᵀBp|)⟩     step −ηp     p = A⁻¹d
 *
 * Symbols: d average of gradients [d], A ellipsoid, B curvature on a part T of the batch, σ scale, ⟨·⟩ moving average
 * over the measurements. It averages logarithms: each counts alike however long the gradient was. With σ = 1 and no
 * average the step ends at the Cauchy point, the minimiser of the model dᵀs + ½sᵀBs along −p; at σ = 2 the model is
 * level again. Exact minimisation (σ = 1) is greedy: short steps drift into regions of high curvature, which shortens
 * them further. At σ = 2, the edge of stability, curvature adapts to the step instead.
 *
 * By [Kohler2020, Theorem 1] the step minimises the linear model in the ellipsoid ‖s‖_A ≤ Δ of radius Δ = η‖d‖_{A⁻¹}: a
 * trust region whose radius curvature sets. Every measurement also tries the step on T (sufficient-decrease.ts), η
 * starts at a tenth of the first Cauchy point and grows by at most `growth` a step.
 * Cost of a measurement: one gradient, product and value on T; with the defaults 4 % of a gradient a step.
 * References: [Roulet2024], [RaydanSvaiter2002], [Kohler2020].
 */

import { requireFactor, requireInteger, requireKnown, requirePositive } from "../../check.ts";
import type { Objective } from "../../objective/objective.ts";
import { combineFinite, dot } from "../../vector/kernels.ts";
import { zeros } from "../../vector/vector.ts";
import { sampleIndices } from "../batch-indices.ts";
import { type CurvatureChoice, curvatureOf, requireCurvature } from "../curvature-choice.ts";
import { roundingOf } from "../ratio.ts";
import { partOfBatch, requireFraction } from "../sampled-curvature.ts";
import type { LearningRate, RateRule, StepContext } from "./learning-rate.ts";
import { sufficientDecrease } from "./sufficient-decrease.ts";

export interface CdatOptions {
  /** σ > 0: η in units of the Cauchy point's; defaults to 2, where the model is level. */
  readonly scale?: number;
  /** Steps between two measurements, an integer ≥ 1; defaults to 8. Each of the first ten steps is measured. */
  readonly every?: number;
  /** γ > 1: η grows by at most this factor a step; defaults to 1.1. */
  readonly growth?: number;
  /** B; defaults to "auto": "gauss-newton" if the problem gives model and convex loss, else "hessian". */
  readonly curvature?: CurvatureChoice;
  /** |T|/|S| in (0, 1]: the part of a batch that is measured on; defaults to 1/8. */
  readonly curvatureFraction?: number;
}

/** Weight of past measurements in their average. */
const past = 0.9;
/** Steps that are measured each, at the start and after a rollback. */
const warmupSteps = 10;
/** η before anything is known of how it fares, in Cauchy points. */
const initialFraction = 0.1;
/** η if the loss has no curvature along the first direction: Adam's rate ([KingmaBa2014]). */
const fallbackRate = 1e-3;

/**
 * The rate as a setting of any first-order method.
 *
 * @throws {RangeError} if an option is outside its domain.
 * @example
 * await fit(problem, data, { optimizer: adam({ learningRate: cdat({ scale: 1.5 }) }), epochs: 10 });
 */
export function cdat(options: CdatOptions = {}): RateRule {
  requireKnown("cdat", options, ["scale", "every", "growth", "curvature", "curvatureFraction"]);
  const { scale = 2, every = 8, growth = 1.1, curvature = "auto", curvatureFraction = 1 / 8 } = options;
  requirePositive("cdat", "scale", scale);
  requireInteger("cdat", "every", every, 1);
  requireFactor("cdat", "growth", growth);
  requireCurvature("cdat", curvature);
  requireFraction("cdat", curvatureFraction);
  const settings = { scale, every, growth, curvature, curvatureFraction };
  return {
    settings: { schedule: "cdat", ...settings },
    start: (objective) => startCdat(objective, settings),
  };
}

function startCdat(objective: Objective, settings: Required<CdatOptions>): LearningRate {
  const { scale, every, growth, curvatureFraction } = settings;
  const kind = curvatureOf(objective, settings.curvature);
  const { layout, dtype } = objective;
  const newVector = () => zeros(layout.size, dtype);
  const Bp = newVector();
  const memory = objective.retainsNothing ? newVector() : undefined;
  let reuse: unknown;
  let rate: number | undefined;
  /** ⟨ln(dᵀp/|pᵀBp|)⟩·weight, and the weight of what was measured in it. */
  let [logarithms, weight] = [0, 0];
  let [stepsSinceUpdate, warmupLeft] = [0, warmupSteps];

  const measure = async ({ w, p, squaredNorm, batches, indices }: StepContext): Promise<void> => {
    const part = batches.batch(partOfBatch(batches, indices, curvatureFraction), reuse);
    const linearization = await objective.linearize(w, part, kind);
    const curvature = Math.abs(dot(p, await linearization.curvature.multiply(p, Bp)));
    const { value, gradient } = linearization;
    const slope = dot(gradient, p);
    linearization.dispose();
    if (objective.retainsNothing) reuse = part;
    if (!Number.isFinite(curvature + value + slope)) return;

    if (curvature > 0) {
      logarithms = past * logarithms + (1 - past) * Math.log(squaredNorm / curvature);
      weight = past * weight + (1 - past);
    }
    const cauchy = weight > 0 ? Math.exp(logarithms / weight) : Infinity;
    const first = weight > 0 ? initialFraction * cauchy : fallbackRate;
    const next = rate === undefined ? first : Math.min(scale * cauchy, rate * growth ** stepsSinceUpdate);
    const rounding = roundingOf(linearization, dtype);
    rate = await sufficientDecrease(next, { value, slope, curvature, squaredNorm, rounding }, async (eta) => {
      const trial = memory ?? newVector();
      return combineFinite(-eta, p, 1, w, trial) ? (await objective.value(trial, part)).value : undefined;
    });
    stepsSinceUpdate = 0;
  };

  return {
    async prepare(batches) {
      const part = batches.batch(partOfBatch(batches, sampleIndices(batches), curvatureFraction));
      await objective.prepare?.(part, { value: true, curvature: kind, products: true });
    },
    async at(step) {
      stepsSinceUpdate++;
      const isDue = step.squaredNorm > 0 && (warmupLeft > 0 || stepsSinceUpdate >= every);
      if (isDue) {
        warmupLeft = Math.max(warmupLeft - 1, 0);
        await measure(step);
      }
      return { rate: rate ?? 0, products: Number(isDue) };
    },
    halve() {
      [stepsSinceUpdate, warmupLeft] = [0, warmupSteps];
      if (rate !== undefined) rate /= 2;
    },
    state: () => ({
      scalars: { logarithms, weight, stepsSinceUpdate, warmupLeft, ...(rate !== undefined && { rate }) },
      vectors: {},
    }),
    restore({ scalars }) {
      ({ rate, logarithms, weight, stepsSinceUpdate, warmupLeft } = scalars);
    },
  };
}
