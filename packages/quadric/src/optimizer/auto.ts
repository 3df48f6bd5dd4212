/**
 * The choice of a method, as one table from the size of a batch and the number of parameters (`table` below).
 *
 * Few parameters and exact values get Newton's method with the whole curvature matrix, or with the whole Jacobian of
 * residuals. The settings of trust regions are the defaults for the problem (newton/defaults.ts): a function gets the
 * Euclidean norm and boundary steps by GLTR. Full batches get a bold radius and a limited-memory preconditioner, in the
 * Euclidean norm with few parameters, in that of the Hessian's diagonal with more; large mini-batches RMSProp's norm
 * and a cautious radius. Small mini-batches get steepest descent in Adam's norm, its learning rate from curvature.
 * Curvature is Gauss–Newton for composite losses. A function of many residuals that are driven to zero, as those
 * of differential equations are, gets explicit Gauss–Newton if its step takes less time than the products it replaces
 * (gauss-newton/worth.ts). That is measured before the first step, unless the times are given. On data it
 * does not: the few digits of a loss that are wanted there are had with fewer products. The measurements behind the
 * table: docs/decisions/defaults.md and explicit-gauss-newton.md.
 */
import { requireKnown, requireNonNegative } from "../check.ts";
import type { Norm } from "../norm/norm.ts";
import { norms } from "../norm/norms.ts";
import type { CurvatureChoice } from "./curvature-choice.ts";
import { cdat } from "./first-order/cdat.ts";
import { steepestDescent } from "./first-order/first-order.ts";
import { gaussNewton } from "./gauss-newton/gauss-newton.ts";
import { measuredWorth, type StepTimes, worthOf } from "./gauss-newton/worth.ts";
import { yielding } from "./gauss-newton/yielding.ts";
import { denseUpTo, describeProblem, fewParameters, stochasticThreshold } from "./newton/defaults.ts";
import { denseNewton } from "./newton/dense-newton.ts";
import { asJson, type ToleranceOptions } from "./newton/options.ts";
import { trustRegion } from "./newton/trust-region.ts";
import { factsOf, type Optimizer, type ProblemFacts } from "./optimizer.ts";

export interface AutoOptions {
  /** A of a trust region; defaults to that of the table. */
  readonly norm?: Norm;
  /** B; defaults to "auto": "gauss-newton" if the problem gives model and convex loss, else "hessian". */
  readonly curvature?: CurvatureChoice;
  /** When a trust region has converged; defaults to its own. */
  readonly tolerances?: ToleranceOptions;
  /**
   * Seconds of the parts of a Gauss–Newton step and of a product, so that the choice is the same at every run; defaults
   * to measuring them before the first step.
   */
  readonly times?: StepTimes;
}

/** How much of the data a batch holds. */
type BatchKind = "none" | "all" | "large" | "small";

interface Row {
  readonly batch: BatchKind;
  /** d at most. */
  readonly parameters: number;
  method(options: AutoOptions): Optimizer;
  /** Completes "full batch, 1217 parameters: …". */
  readonly because: string;
  /** False of a method with an ellipsoid of its own, which is passed over if a norm is asked for. */
  readonly takesNorm?: boolean;
  /** Whether explicit Gauss–Newton takes its place where that is worth its time. */
  readonly yields?: boolean;
}

const dense = ({ curvature, tolerances }: AutoOptions): Optimizer => denseNewton({ curvature, tolerances });

function batchKind({ samplingFraction: fraction }: ProblemFacts): BatchKind {
  if (fraction === undefined) return "none";
  if (fraction === 1) return "all";
  return fraction > stochasticThreshold ? "large" : "small";
}

/** The momentum and the rate of forgetting of Adam, a learning rate that curvature sets, and a result without noise. */
const adamLike = ({ curvature }: AutoOptions): Optimizer =>
  steepestDescent({
    norm: norms.adam({ beta: 0.99 }),
    momentum: 0.9,
    learningRate: cdat({ curvature }),
    averageIterates: true,
    rollback: true,
  });

/** The first row that fits. */
// biome-ignore format: a table
const table: readonly Row[] = [
  { batch: "none",  parameters: denseUpTo,     method: dense,       because: "exact values, the whole matrix is affordable", takesNorm: false },
  { batch: "none",  parameters: Infinity,      method: trustRegion, because: "values are exact", yields: true },
  { batch: "all",   parameters: denseUpTo,     method: dense,       because: "exact losses, the whole matrix is affordable", takesNorm: false },
  { batch: "all",   parameters: fewParameters, method: trustRegion, because: "exact losses, a memory that spans the space" },
  { batch: "all",   parameters: Infinity,      method: trustRegion, because: "exact losses, scaled by the curvature's diagonal" },
  { batch: "large", parameters: Infinity,      method: trustRegion, because: "losses are nearly exact, a solved model pays" },
  { batch: "small", parameters: Infinity,      method: adamLike,    because: "gradients are too noisy for a solved model to pay" },
];

/**
 * The method that the table gives for the problem; what `fit`, `minimize` and the command take by default. `choose`,
 * and the result of a run, say which one and why.
 *
 * @example
 * auto().choose({ layout: { size: 1217 } }, { batchSize: 512, examples: 512 }).method; // => "tr-hutchinson"
 */
export function auto(options: AutoOptions = {}): Optimizer {
  requireKnown("auto", options, ["norm", "curvature", "tolerances", "times"]);
  const { times, ...common } = options;
  const { norm, curvature, tolerances = {} } = common;
  for (const [name, value] of Object.entries(times ?? {})) requireNonNegative("auto", `times.${name}`, value);
  const rowFor = (problem: ProblemFacts): Row => {
    const kind = batchKind(problem);
    return table.find(
      ({ batch, parameters, takesNorm = true }) =>
        batch === kind && problem.parameters <= parameters && (takesNorm || !options.norm),
    )!;
  };
  return {
    name: "auto",
    settings: asJson(options),
    choose(objective, batches) {
      const problem = factsOf(objective, batches);
      const { method, because } = rowFor(problem);
      const choice = method(common).choose(objective, batches);
      return { ...choice, because: `${describeProblem(problem)}: ${because}` };
    },
    start(objective, parameters, start) {
      const facts = factsOf(objective, start.batches);
      const row = rowFor(facts);
      const run = row.method(common).start(objective, parameters, start);
      const isAsked = norm !== undefined || curvature === "hessian" || tolerances.curvature !== undefined;
      if (!row.yields || isAsked || objective.preferredCurvature !== "gauss-newton") return run;
      const { gradient, relativeGradient } = tolerances;
      const explicit = gaussNewton({ gradientTolerance: gradient, relativeGradientTolerance: relativeGradient });
      return yielding(run, {
        begin: (w) => explicit.start(objective, w, start),
        weigh: (w, batch) => (times ? worthOf(times) : measuredWorth(objective, w, batch)),
        choiceOf: ({ isWorth, because }) => {
          const choice = (isWorth ? explicit : row.method(common)).choose(objective, start.batches);
          return { ...choice, because: `${describeProblem(facts)}: ${because}` };
        },
      });
    },
  };
}
