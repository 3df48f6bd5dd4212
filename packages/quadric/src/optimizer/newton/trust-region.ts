/**
 * The ellipsoidal trust region. The quadratic model of the loss, minimised in ‖s‖_A ≤ Δ, with A shaped by the gradients
 * or the curvature at the points visited and Δ steered by how well the model predicted the decrease.
 *
 * This file wires the search (radius.ts) and the descent (a subproblem solver) into the shared loop
 * (regularized-newton.ts). References: [Kohler2020, Algorithm 1].
 */
import { requireInteger } from "../../check.ts";
import { requireSubproblem, type SubproblemSolver } from "../../subproblem/solver.ts";
import { subproblems } from "../../subproblem/subproblems.ts";
import { resolutionOf } from "../convergence.ts";
import { factsOf, type Optimizer, type ProblemFacts } from "../optimizer.ts";
import { describeProblem, memoryBudget, regimeOf, trustRegionDefaults } from "./defaults.ts";
import type { SubproblemMethod } from "./descent.ts";
import { curvatureAccuracy, curvatureModelOf, modelOf } from "./model.ts";
import { asJson, given, type NewtonOptions, requireOptions, type SolveOptions, sharedSettings } from "./options.ts";
import {
  type RadiusOptions,
  type RadiusSettings,
  radiusSearch,
  radiusSettings,
  relativeRadiusSearch,
} from "./radius.ts";
import { startRegularizedNewton } from "./regularized-newton.ts";
import type { Search } from "./search.ts";

export interface TrustRegionOptions extends NewtonOptions {
  /** How the model is minimised in the region. */
  readonly subproblem?: SolveOptions & {
    /** Defaults to `subproblems.steihaug()`, `subproblems.gltr()` for a function. */
    readonly solver?: SubproblemSolver;
  };
  /** The radius Δ. */
  readonly radius?: RadiusOptions;
  /** The limited-memory BFGS preconditioner of Steihaug's solver, made of the directions of earlier solves. */
  readonly preconditioner?: {
    /**
     * m: correction pairs kept; integer ≥ 0, 4md numbers of memory. Defaults to 0 with mini-batches, else to 128 but at
     * most d and 2²¹/d, 0 if d ≥ 32,768.
     */
    readonly memory?: number;
  };
}

const ownOptions = {
  subproblem: ["solver", "tolerance", "maxProducts", "stoppingRule", "memoryBudget"],
  radius: ["initial", "max", "min", "grow", "shrink"],
  preconditioner: ["memory"],
} satisfies { readonly [G in keyof TrustRegionOptions]?: readonly (keyof NonNullable<TrustRegionOptions[G]>)[] };

/** How a method reacts to ρ: its search, and whether a rejected step is tried again on the same batch. */
export interface Policy {
  search(settings: RadiusSettings): Search;
  readonly keepsBatch: boolean;
}

/**
 * A trust-region method. Options that are not given have defaults for the regime in which the run starts (defaults.ts):
 * bold for a function and with full batches, the cautious ones of [Kohler2020] with mini-batches. `choose` says what
 * they are.
 *
 * @throws {RangeError} if an option is outside its domain.
 * @example
 * await fit(problem, data, { optimizer: trustRegion({ norm: norms.adagrad() }), epochs: 10 });
 */
export function trustRegion(options: TrustRegionOptions = {}): Optimizer {
  return trustRegionWith("trustRegion", options, { search: radiusSearch, keepsBatch: true });
}

/** A trust region with another policy; errors begin with `where`. */
export function trustRegionWith(where: string, options: TrustRegionOptions, policy: Policy): Optimizer {
  requireOptions(where, options, ownOptions);
  const shared = sharedSettings(where, options);
  const { solver, ...solve } = options.subproblem ?? {};
  const { eta1, eta2 } = options.acceptance ?? {};
  const { memory } = options.preconditioner ?? {};
  requireSubproblem(where, solve);
  if (memory !== undefined) requireInteger(where, "preconditioner.memory", memory, 0);

  /** Whether Δ₀ is a length of the start. */
  const isRelative = (problem: ProblemFacts): boolean =>
    regimeOf(problem) !== "mini-batch" && policy.search === radiusSearch && options.radius?.initial === undefined;

  /** The options with every default filled in, and the search that they make. */
  const settingsFor = (problem: ProblemFacts) => {
    const defaults = trustRegionDefaults(regimeOf(problem), problem.parameters);
    const { tolerance, maxProducts, stoppingRule } = defaults;
    const chosen = solver ?? defaults.solver;
    const radius = radiusSettings(where, { ...options.radius, eta1, eta2 }, defaults);
    const { initial, max, min, grow, shrink } = radius;
    const relative = isRelative(problem);
    const settings = {
      norm: options.norm ?? defaults.norm,
      curvature: shared.curvature,
      subproblem: {
        solver: chosen,
        ...{ tolerance, maxProducts, stoppingRule },
        memoryBudget: policy.keepsBatch ? memoryBudget : 0,
        ...given(solve),
      },
      radius: relative ? { ...options.radius, grow, shrink } : { initial, max, min, grow, shrink },
      acceptance: { eta1: radius.eta1, eta2: radius.eta2, ratioBatch: shared.ratioBatch, noise: shared.noise },
      preconditioner: { memory: chosen.name === "steihaug" ? (memory ?? defaults.memory) : 0 },
      tolerances: shared.tolerances,
      sampling: shared.sampling,
    };
    const search = relative ? relativeRadiusSearch(radius, options.radius) : policy.search(radius);
    return { settings, search };
  };
  settingsFor({ parameters: 1, samplingFraction: 0.5 });
  return {
    name: options.norm ? `tr-${options.norm.name}` : "trust-region",
    settings: asJson(options),
    choose(objective, batches) {
      const problem = factsOf(objective, batches);
      const { settings } = settingsFor(problem);
      const because = `defaults for ${describeProblem(problem)}`;
      return { method: `tr-${settings.norm.name}`, because, settings: asJson(settings) };
    },
    start(objective, parameters, { batches }) {
      const facts = factsOf(objective, batches);
      const { settings, search } = settingsFor(facts);
      const { norm, subproblem, preconditioner } = settings;
      const isExact = regimeOf(facts) === "function";
      return startRegularizedNewton(objective, parameters, {
        ...shared,
        isExact,
        resolution: resolutionOf(objective.dtype, shared.relative),
        name: `tr-${norm.name}`,
        norm,
        search,
        keepsBatch: policy.keepsBatch,
        subproblem: subproblemMethod(subproblem, { memory: preconditioner.memory, isRelative: isExact }),
      });
    },
  };
}

/** A solver, or in its place what the linearization offers: a whole Steihaug solve for a diagonal norm. */
function subproblemMethod(
  { solver, ...settings }: SolveOptions & { readonly solver: SubproblemSolver },
  { memory, isRelative }: Pick<SubproblemMethod, "memory" | "isRelative">,
): SubproblemMethod {
  const { stoppingRule = "decrease" } = settings;
  return {
    memory,
    isRelative,
    // Products for norms that probe, for a cut of a preconditioned step, and for the test of second order.
    uses: (norm) => ({
      products: true,
      ...(solver.name === "steihaug" && norm.diagonal && { solve: { stoppingRule, memory } }),
    }),
    solve(linearization, norm, radius, known) {
      const options = { ...settings, radius, ...given({ ...known }) };
      return solver.name === "steihaug" && linearization.solve && norm.diagonal
        ? linearization.solve(norm.diagonal, options)
        : solver.solve(modelOf(linearization, norm), options);
    },
    solveCurvature: (linearization, norm, radius) =>
      subproblems.gltr().solve(curvatureModelOf(linearization, norm), { ...settings, radius, ...curvatureAccuracy }),
  };
}
