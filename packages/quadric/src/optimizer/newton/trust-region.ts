/**
 * The ellipsoidal trust region: the quadratic model of the loss, minimised in ‖s‖_A ≤ Δ, with A shaped by the gradients of
 * the points visited and Δ steered by how well the model foretold the decrease.
 *
 * This file wires the search (radius.ts) and the descent (a subproblem solver) into the shared loop
 * (regularized-newton.ts). References: [Kohler2020, Algorithm 1].
 */
import { requireInteger, requireOneOf } from "../../check.ts";
import type { Norm } from "../../norm/norm.ts";
import { norms } from "../../norm/norms.ts";
import { fittingMemory } from "../../subproblem/lbfgs-memory.ts";
import type { SubproblemSolver } from "../../subproblem/solver.ts";
import { subproblems } from "../../subproblem/subproblems.ts";
import { relaxedCauchy } from "../first-order/relaxed-cauchy.ts";
import type { Optimizer } from "../optimizer.ts";
import { curvatureAccuracy, curvatureModelOf, modelOf } from "./local-model.ts";
import { type NewtonOptions, resolveNewtonOptions, wrapped } from "./newton-options.ts";
import { type RadiusOptions, radiusSearch } from "./radius.ts";
import { type RadiusOnNormChange, startRegularizedNewton } from "./regularized-newton.ts";
import { noisyShare } from "./sampled-curvature.ts";

export interface TrustRegionOptions extends NewtonOptions, RadiusOptions {
  /** Defaults to `subproblems.steihaug()`. */
  readonly subproblem?: SubproblemSolver;
  /**
   * m: how many directions of earlier solves precondition the next one (subproblem/lbfgs-memory.ts); integer ≥ 0, 4md numbers of
   * memory; only for "steihaug". Defaults to "auto": 128, but at most d and 2²¹/d, where every batch is all the data and d < 32,768; else
   * 0. On physics-informed nets 64 were 2.4 to 2.8 times as fast as none, 128 up to 1.6 times as fast as 64 (docs/decisions/defaults.md).
   */
  readonly preconditionerPairs?: number | "auto";
  /**
   * Δ is a length in a norm that changes. "keep" (default, as the paper) leaves the number; "rescale" keeps the region's
   * extent along the last step, Δ ← Δ·‖s_t‖_{A_{t+1}}/‖s_t‖_{A_t}; "trace" in the mean, Δ ← Δ·√(tr A_{t+1}/tr A_t).
   */
  readonly radiusOnNormChange?: RadiusOnNormChange;
}

/** Directions of earlier solves that are kept on all the data. Where there are no more parameters than that, they tell all of B. */
const mostPairs = 128;

/**
 * Options where every batch is all the data. Losses are exact there, so that the search can be bold and solves long; each of
 * these defaults was timed on physics-informed nets and curves (docs/decisions/defaults.md).
 */
function onWholeData(options: TrustRegionOptions, norm: Norm): TrustRegionOptions {
  const { eta1 = 0, radius = 0, maxRadius = Math.max(1e6, radius) } = options;
  const defaults: TrustRegionOptions = {
    norm,
    radius: Math.min(1, maxRadius),
    maxRadius,
    eta2: Math.max(0.75, (1 + eta1) / 2),
    increase: 2,
    decrease: 2,
    tolerance: 0.03,
    stoppingRule: "residual",
    maxProducts: 200,
  };
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

/**
 * A trust-region method. Every option has a default that trains: the cautious settings of [Kohler2020] on batches that are
 * parts of the data, bolder ones where every batch is all the data. Without any option, batches of at most a tenth of the data get
 * `relaxedCauchy()`, first-order steps in Adam's ellipsoid whose radius curvature sets: there the gradient's noise leaves
 * exact models little to gain (docs/decisions/defaults.md).
 *
 * @throws {RangeError} if an option is outside its domain.
 * @example
 * await fit(problem, data, { optimizer: trustRegion({ norm: norms.adagrad() }), epochs: 10 });
 */
export function trustRegion(options: TrustRegionOptions = {}): Optimizer {
  const parts = methodOf(options, 0);
  const whole = methodOf(onWholeData(options, norms.hutchinson({ beta: 0.99, exponent: 0.5, probes: 1 })), mostPairs);
  const small = methodOf(onWholeData(options, norms.euclidean()), mostPairs);
  const noisy = Object.values(options).every((value) => value === undefined) ? relaxedCauchy() : parts;
  const differs = ([key, value]: [string, unknown]) => value !== parts.settings[key];
  const method: Optimizer = {
    ...parts,
    settings: {
      ...parts.settings,
      onWholeData: Object.fromEntries(Object.entries(whole.settings).filter(differs)),
      ...(!options.norm && { onFewParameters: { norm: small.settings.norm } }),
      ...(noisy !== parts && { onNoisyBatches: noisy.settings }),
    },
    start(objective, parameters, start) {
      const { batchShare = 0 } = start;
      const onAll = objective.layout.size > mostPairs ? whole : small;
      const fitting = batchShare === 1 ? onAll : batchShare <= noisyShare ? noisy : parts;
      return fitting.start(objective, parameters, start);
    },
  };
  return wrapped(options.norm ? method : { ...method, name: "trust-region" }, options);
}

/** The method with options as they are. */
function methodOf(options: TrustRegionOptions, autoPairs: number): Optimizer {
  const { subproblem = subproblems.steihaug(), radiusOnNormChange = "keep", preconditionerPairs = "auto" } = options;
  const isSteihaug = subproblem.name === "steihaug";
  const isAuto = preconditionerPairs === "auto";
  if (!isAuto) requireInteger("trustRegion", "preconditionerPairs", preconditionerPairs, 0);
  const pairs = isSteihaug ? (isAuto ? autoPairs : preconditionerPairs) : 0;
  const pairsFor = (size: number) => (isAuto ? fittingMemory(size, pairs) : pairs);
  const { norm, curvature, inner, loop } = resolveNewtonOptions("trustRegion", options);
  const search = radiusSearch("trustRegion", options);
  requireOneOf("trustRegion", "radiusOnNormChange", radiusOnNormChange, ["keep", "rescale", "trace"]);
  const name = `tr-${norm.name}`;
  const settings = {
    norm: norm.name,
    curvature,
    subproblem: subproblem.name,
    preconditionerPairs: pairs,
    ...search.settings,
    ...inner,
    ...loop,
  };
  return {
    name,
    settings: { ...settings, radiusOnNormChange },
    start: (objective, parameters) =>
      startRegularizedNewton(objective, parameters, {
        name,
        norm,
        curvature,
        search,
        radiusOnNormChange,
        pairs: pairsFor(objective.layout.size),
        ...loop,
        descend(linearization, norm, radius, pairs) {
          const options = { radius, ...inner, ...(pairs && { preconditioner: pairs }) };
          return isSteihaug && linearization.solve && norm.diagonal
            ? linearization.solve(norm.diagonal, options)
            : subproblem.solve(modelOf(linearization, norm), options);
        },
        descendCurvature: (linearization, norm, radius) =>
          subproblems.gltr().solve(curvatureModelOf(linearization, norm), { ...inner, radius, ...curvatureAccuracy }),
      }),
  };
}
