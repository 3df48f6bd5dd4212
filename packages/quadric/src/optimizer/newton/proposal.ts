/**
 * The step that a model proposes, or the ending that it proves:
 *
 *   ‖g‖ > ε_g   s ← descent(g, B, A, size), and the tests of a whole step
 *   ‖g‖ ≤ ε_g   s along the leftmost eigenvector of the pencil (B, A), unless λ_min ≥ −ε_H
 */
import type { Norm } from "../../norm/norm.ts";
import type { Linearization, Objective } from "../../objective/objective.ts";
import type { Step } from "../../subproblem/step.ts";
import { emptyState, partOf, type State } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import { gradientAverage, meanRule } from "../gradient-average.ts";
import type { Ending } from "../optimizer.ts";
import { withGradient } from "../sampled-curvature.ts";
import { makeDescent, type SubproblemMethod } from "./descent.ts";
import type { LocalModel } from "./model.ts";
import type { SharedSettings } from "./options.ts";
import { certificate, converged, downhill } from "./stopping.ts";
import type { WholeStepTests } from "./whole-step.ts";

export interface Proposal {
  readonly solution: Step;
  readonly products: number;
  readonly negativeCurvature?: number;
  readonly ending?: Ending;
}

export interface Proposer {
  /** Takes in a new model at w. */
  visit(model: LocalModel, w: Vector): void;
  /** Whether first-order tests have nothing left to ask of the model. */
  isStationary(model: LocalModel): boolean;
  propose(model: LocalModel, w: Vector, size: number): Promise<Proposal>;
  /** The next model is another one. */
  forget(): void;
  /** The solves of the model that a restart has to repeat, and does. */
  pending(): State | undefined;
  resume(state: State | undefined, model: LocalModel): Promise<void>;
  /** Parts of the run's state, which `restore` finds in it. */
  parts(): Readonly<Record<string, State>>;
  restore(whole: State): void;
}

export interface ProposerSettings extends Pick<SharedSettings, "tolerances" | "sampling"> {
  readonly subproblem: SubproblemMethod;
}

export function makeProposer(
  objective: Objective,
  norm: Norm,
  tests: WholeStepTests,
  { tolerances, sampling, subproblem }: ProposerSettings,
): Proposer {
  const average = gradientAverage(meanRule(sampling.momentum), objective.layout.size, objective.dtype);
  const descent = makeDescent(objective, norm, subproblem);
  /** Ending that a whole step of this model showed to be due, before the test of its curvature. */
  let firstOrder: Ending | undefined;

  const isStationary = ({ gradientNorm }: LocalModel) =>
    firstOrder !== undefined || gradientNorm <= tolerances.gradient;

  const averaged = (linearization: Linearization): Linearization =>
    sampling.momentum === 0 ? linearization : withGradient(linearization, average.current(linearization.gradient));

  const solve = (model: LocalModel, size: number): Promise<Step> =>
    descent.solve(averaged(model.linearization), size, isStationary(model));

  return {
    visit(model, w) {
      average.update(model.linearization.gradient);
      tests.visit(model, w);
    },
    isStationary,
    async propose(model, w, size) {
      let solution = await solve(model, size);
      let products = solution.products;
      if (!isStationary(model)) {
        firstOrder = tests.endingBy(solution, model, w);
        if (firstOrder === undefined || tolerances.curvature === undefined) {
          return { solution, products, ...(firstOrder && { ending: firstOrder }) };
        }
        descent.forget();
        solution = await solve(model, size);
        products += solution.products;
      }
      const negativeCurvature = solution.multiplier ?? 0;
      if (solution.outcome === "nonfinite") return { solution, products, negativeCurvature };
      if (negativeCurvature <= tolerances.curvature!) {
        const ending = certificate(firstOrder ?? converged(model.gradientNorm), negativeCurvature, solution);
        return { solution, products, negativeCurvature, ending };
      }
      return { solution: downhill(solution, model.linearization.gradient), products, negativeCurvature };
    },
    forget() {
      firstOrder = undefined;
      descent.forget();
    },
    pending: descent.pending,
    resume: (state, model) => descent.resume(state, (size) => solve(model, size)),
    // A model that is kept is solved again after a restart, with what its solve knew then.
    parts: () => ({ extent: tests.state(), average: average.state(), descent: descent.state() }),
    restore(whole) {
      tests.restore(partOf(whole, "extent"));
      descent.restore(partOf(whole, "descent") ?? emptyState);
      const past = partOf(whole, "average");
      if (past) average.restore(past);
    },
  };
}
