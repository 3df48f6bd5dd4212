/**
 * Adaptive cubic regularisation in an ellipsoidal norm (ARC): the model gᵀs + ½sᵀBs + (σ/3)‖s‖³_A, minimised over all s, with
 * σ in the part of 1/Δ. The same loop as the trust region's; only search and descent differ.
 *
 * References: [CartisGouldToint2011], [KohlerLucchi2017].
 */
import { requireOneOf } from "../../check.ts";
import { type CubicRule, cubic } from "../../subproblem/cubic.ts";
import type { Optimizer } from "../optimizer.ts";
import { curvatureAccuracy, curvatureModelOf, modelOf } from "./local-model.ts";
import { type NewtonOptions, resolveNewtonOptions, wrapped } from "./newton-options.ts";
import { startRegularizedNewton } from "./regularized-newton.ts";
import { type SigmaOptions, sigmaSearch } from "./sigma.ts";

export interface CubicRegularizationOptions extends Omit<NewtonOptions, "stoppingRule">, SigmaOptions {
  /** When the model's gradient is small enough; defaults to "gradient" ([KohlerLucchi2017]). */
  readonly rule?: CubicRule;
}

/**
 * @throws {RangeError} if an option is outside its domain.
 * @example
 * await fit(problem, data, { optimizer: cubicRegularization({ norm: norms.rmsprop() }), epochs: 10 });
 */
export function cubicRegularization(options: CubicRegularizationOptions = {}): Optimizer {
  const { rule = "gradient" } = options;
  const { norm, curvature, inner, loop } = resolveNewtonOptions("cubicRegularization", options);
  const search = sigmaSearch("cubicRegularization", options);
  requireOneOf("cubicRegularization", "rule", rule, ["gradient", "step", "step-over-sigma"]);
  const name = `arc-${norm.name}`;
  return wrapped(
    {
      name,
      settings: { norm: norm.name, curvature, rule, ...search.settings, ...inner, ...loop },
      start: (objective, parameters) =>
        startRegularizedNewton(objective, parameters, {
          name,
          norm,
          curvature,
          search,
          radiusOnNormChange: "keep",
          ...loop,
          pairs: 0,
          descend: (linearization, norm, sigma) => cubic({ ...modelOf(linearization, norm), ...inner, sigma, rule }),
          descendCurvature: (linearization, norm, sigma) =>
            cubic({ ...curvatureModelOf(linearization, norm), ...inner, sigma, rule, ...curvatureAccuracy }),
        }),
    },
    options,
  );
}
