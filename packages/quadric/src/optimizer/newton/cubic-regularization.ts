/**
 * Adaptive cubic regularisation in an ellipsoidal norm (ARC): the model gᵀs + ½sᵀBs + (σ/3)‖s‖³_A, minimised over all
 * s, with σ in the part of 1/Δ. The same loop as the trust region's; only search and descent differ.
 *
 * References: [CartisGouldToint2011], [KohlerLucchi2017].
 */
import { requireOneOf } from "../../check.ts";
import { type CubicRule, cubic } from "../../subproblem/cubic.ts";
import { requireSubproblem } from "../../subproblem/solver.ts";
import { resolutionOf } from "../convergence.ts";
import { factsOf, type Optimizer, type ProblemFacts } from "../optimizer.ts";
import { cubicDefaults, describeProblem, memoryBudget, regimeOf } from "./defaults.ts";
import { curvatureAccuracy, curvatureModelOf, modelOf } from "./model.ts";
import { asJson, given, type NewtonOptions, requireOptions, type SolveOptions, sharedSettings } from "./options.ts";
import { startRegularizedNewton } from "./regularized-newton.ts";
import { relativeSigmaSearch, requireSigma, type SigmaOptions, sigmaSearch } from "./sigma.ts";

export interface CubicRegularizationOptions extends NewtonOptions {
  /** How the model is minimised. */
  readonly subproblem?: Omit<SolveOptions, "stoppingRule"> & {
    /** When the model's gradient is small enough; defaults to "gradient" ([KohlerLucchi2017]). */
    readonly rule?: CubicRule;
  };
  /** The weight of the cubic term. */
  readonly sigma?: SigmaOptions;
}

const ownOptions = {
  subproblem: ["rule", "tolerance", "maxProducts", "memoryBudget"],
  sigma: ["initial", "min", "grow", "shrink"],
} satisfies {
  readonly [G in keyof CubicRegularizationOptions]?: readonly (keyof NonNullable<CubicRegularizationOptions[G]>)[];
};

/**
 * Newton steps regularized by σ/3 of the cubed length.
 *
 * @throws {RangeError} if an option is outside its domain.
 * @example
 * await fit(problem, data, { optimizer: cubicRegularization({ norm: norms.rmsprop() }), epochs: 10 });
 */
export function cubicRegularization(options: CubicRegularizationOptions = {}): Optimizer {
  const where = "cubicRegularization";
  requireOptions(where, options, ownOptions);
  const shared = sharedSettings(where, options);
  const { rule = "gradient", ...solve } = options.subproblem ?? {};
  const { eta1, eta2 } = options.acceptance ?? {};
  requireOneOf(where, "subproblem.rule", rule, ["gradient", "step", "step-over-sigma"]);
  requireSubproblem(where, solve);

  /** The options with every default filled in. */
  const settingsFor = (problem: ProblemFacts) => {
    const { norm, tolerance, maxProducts, ...defaults } = cubicDefaults(regimeOf(problem), problem.parameters);
    const weight = { ...defaults, ...given({ ...options.sigma, eta1, eta2 }) };
    requireSigma(where, weight);
    return {
      norm: options.norm ?? norm,
      curvature: shared.curvature,
      subproblem: { tolerance, maxProducts, memoryBudget, ...given(solve), rule },
      sigma: { initial: weight.initial, min: weight.min, grow: weight.grow, shrink: weight.shrink },
      acceptance: { eta1: weight.eta1, eta2: weight.eta2, ratioBatch: shared.ratioBatch, noise: shared.noise },
      tolerances: shared.tolerances,
      sampling: shared.sampling,
    };
  };
  settingsFor({ parameters: 1, samplingFraction: 0.5 });
  return {
    name: options.norm ? `arc-${options.norm.name}` : "cubic-regularization",
    settings: asJson(options),
    choose(objective, batches) {
      const problem = factsOf(objective, batches);
      const settings = settingsFor(problem);
      const because = `defaults for ${describeProblem(problem)}`;
      return { method: `arc-${settings.norm.name}`, because, settings: asJson(settings) };
    },
    start(objective, parameters, { batches }) {
      const facts = factsOf(objective, batches);
      const { norm, sigma, acceptance, subproblem } = settingsFor(facts);
      const isExact = regimeOf(facts) === "function";
      const search = isExact && options.sigma?.initial === undefined ? relativeSigmaSearch : sigmaSearch;
      return startRegularizedNewton(objective, parameters, {
        ...shared,
        isExact,
        resolution: resolutionOf(objective.dtype, shared.relative),
        name: `arc-${norm.name}`,
        norm,
        search: search({ ...sigma, ...acceptance }),
        keepsBatch: true,
        subproblem: {
          uses: () => ({ products: true }),
          memory: 0,
          isRelative: isExact,
          solve: (linearization, norm, sigma, known) =>
            cubic({ ...modelOf(linearization, norm), ...subproblem, ...given({ ...known }), sigma }),
          solveCurvature: (linearization, norm, sigma) =>
            cubic({ ...curvatureModelOf(linearization, norm), ...subproblem, sigma, ...curvatureAccuracy }),
        },
      });
    },
  };
}
