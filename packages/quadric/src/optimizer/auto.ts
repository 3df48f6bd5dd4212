/**
 * The choice of a method, as one table:
 *
 *   batch                       parameters   method
 *   none, a function            any          trust region, Euclidean norm, boundary steps by GLTR
 *   all of the data             ≤ 128        trust region, Euclidean norm, limited-memory preconditioner
 *   all of the data             > 128        trust region, norm of the Hessian's diagonal, limited-memory preconditioner
 *   more than a tenth of it     any          trust region, norm of RMSProp, cautious radius
 *   at most a tenth of it       any          steepest descent in Adam's norm, learning rate from curvature
 *
 * The settings of each trust region are its defaults (newton/defaults.ts); curvature is Gauss–Newton for composite losses.
 * The measurements behind the table: docs/decisions/defaults.md.
 */
import type { Norm } from "../norm/norm.ts";
import { norms } from "../norm/norms.ts";
import { cdat } from "./first-order/cdat.ts";
import { steepestDescent } from "./first-order/first-order.ts";
import type { CurvatureChoice } from "./newton/curvature-choice.ts";
import { describeProblem, fewParameters, stochasticThreshold } from "./newton/defaults.ts";
import { asJson, type ToleranceOptions } from "./newton/options.ts";
import { trustRegion } from "./newton/trust-region.ts";
import { chosenFor, factsOf, type Optimizer, type ProblemFacts } from "./optimizer.ts";

export interface AutoOptions {
  /** A of a trust region; defaults to that of the table. */
  readonly norm?: Norm;
  /** B; defaults to "auto": "gauss-newton" if the problem gives model and convex loss, else "hessian". */
  readonly curvature?: CurvatureChoice;
  /** When a trust region has converged; defaults to its own. */
  readonly tolerances?: ToleranceOptions;
}

interface Row {
  applies(problem: Sampled): boolean;
  method(options: AutoOptions): Optimizer;
  /** Completes "full batch, 1217 parameters: …". */
  readonly because: string;
}

/** The facts, with 1 for the sampling fraction of a function. */
type Sampled = ProblemFacts & { readonly fraction: number };

/** The momentum and the rate of forgetting of Adam, a learning rate that curvature sets, and a result without noise. */
const adamLike = ({ curvature }: AutoOptions): Optimizer =>
  steepestDescent({
    norm: norms.adam({ beta: 0.99 }),
    momentum: 0.9,
    learningRate: cdat({ curvature }),
    averageIterates: true,
    rollback: true,
  });

/** The first row that applies. */
// biome-ignore format: a table
const table: readonly Row[] = [
  { applies: (p) => p.samplingFraction === undefined,          method: trustRegion, because: "values are exact" },
  { applies: (p) => p.fraction === 1 && p.parameters <= fewParameters, method: trustRegion, because: "losses are exact, correction pairs span the whole space" },
  { applies: (p) => p.fraction === 1,                          method: trustRegion, because: "losses are exact, the Hessian's diagonal scales the parameters" },
  { applies: (p) => p.fraction > stochasticThreshold,          method: trustRegion, because: "losses are nearly exact, a solved model pays" },
  { applies: () => true,                                       method: adamLike,    because: "gradients are too noisy for a solved model to pay" },
];

/**
 * The method that the table gives for the problem; what `fit`, `minimize` and the command take by default. `choose`, and the
 * result of a run, say which one and why.
 *
 * @example
 * auto().choose!({ parameters: 1217, samplingFraction: 1, isComposite: true }).method; // => "tr-hutchinson"
 */
export function auto(options: AutoOptions = {}): Optimizer {
  const rowFor = (problem: ProblemFacts): Row => {
    const sampled = { ...problem, fraction: problem.samplingFraction ?? 1 };
    return table.find(({ applies }) => applies(sampled))!;
  };
  return {
    name: "auto",
    settings: asJson(options),
    choose(problem) {
      const { method, because } = rowFor(problem);
      const { method: name, settings } = chosenFor(method(options), problem);
      return { method: name, because: `${describeProblem(problem)}: ${because}`, settings };
    },
    start(objective, parameters, start) {
      return rowFor(factsOf(objective, start.batches)).method(options).start(objective, parameters, start);
    },
  };
}
