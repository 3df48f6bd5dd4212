/**
 * The loop that trust regions and cubic regularisation share: search × descent.
 *
 *   g, B at w on a batch S                                                          model.ts
 *   A ← norm.update(g) if the last step was accepted                                region.ts
 *   s ← descent(g, B, A, size), or the run has converged                            proposal.ts, descent.ts
 *   ρ ← [L(w) − L(w + s)] / [m(0) − m(s)]                                           trial.ts, judge.ts
 *   size ← search(ρ)                                                                region.ts, radius.ts, sigma.ts
 *   ρ ≥ η₁: w ← w + s, else the batch and what the descent knows of its model stay  trial.ts
 *
 * Symbols: w parameters [d], g gradient [d], B curvature [d → d], A ellipsoid, s step [d], m model, size Δ or σ.
 * References: [Kohler2020, Algorithm 1], [ConnGouldToint2000, Alg. 6.1.1].
 */
import type { Norm } from "../../norm/norm.ts";
import type { Objective } from "../../objective/objective.ts";
import { joinStates, partOf, type State } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import { indicesOf, indicesState } from "../batch-indices.ts";
import { endings, type Resolution } from "../convergence.ts";
import { curvatureOf } from "../curvature-choice.ts";
import { makeIterate } from "../iterate.ts";
import type { BatchSource, Ending, OptimizerRun, StepRecord } from "../optimizer.ts";
import { confirmed } from "../whole-model.ts";
import type { SubproblemMethod } from "./descent.ts";
import { type LocalModel, localModels } from "./model.ts";
import type { SharedSettings } from "./options.ts";
import { makeProposer } from "./proposal.ts";
import { makeRegion } from "./region.ts";
import type { Search } from "./search.ts";
import { converged } from "./stopping.ts";
import { makeTrials } from "./trial.ts";
import { wholeStepTests } from "./whole-step.ts";

export interface RegularizedNewton extends SharedSettings {
  readonly name: string;
  readonly norm: Norm;
  readonly search: Search;
  readonly subproblem: SubproblemMethod;
  /** Whether a rejected step is tried again on the same batch. */
  readonly keepsBatch: boolean;
  /** What precision makes of small. */
  readonly resolution: Resolution;
  /** Whether a whole step that is small ends the run: for a function, whose next value is as exact as this one. */
  readonly isExact: boolean;
}

export function startRegularizedNewton(objective: Objective, start: Vector, method: RegularizedNewton): OptimizerRun {
  const { tolerances, sampling } = method;
  const norm = method.norm.fresh(objective.layout);
  const iterate = makeIterate(start, objective);
  const kind = curvatureOf(objective, method.curvature);
  const models = localModels(objective, kind, sampling.curvatureFraction);
  const region = makeRegion(method.search, norm);
  const tests = wholeStepTests(objective, norm, method);
  const proposer = makeProposer(objective, norm, tests, method);
  const trials = makeTrials(objective, iterate, { norm, region, tests }, { ...method, kind });
  /**
   * On other examples than its own a model's gradient may point uphill, and so may an averaged one; then no step is
   * short enough. There a model gets a second chance, not more.
   */
  const hasOwnGradient = method.ratioBatch === "same" && sampling.momentum === 0;
  /** Kept over a rejection. */
  let model: LocalModel | undefined;
  /** What has to be computed again after a restart. */
  let pending: State | undefined;

  const drop = () => {
    if (model) models.release(model);
    model = undefined;
    proposer.forget();
    trials.forget();
  };

  const certain = (ending: Ending, batch: unknown): Promise<Ending> | Ending =>
    method.isExact && norm.name !== "equilibrated"
      ? confirmed(objective, ending, { w: iterate.current, batch, kind })
      : ending;

  /** Brings back a model kept over a rejection. The uninterrupted run did not pay for it twice. */
  const resume = async (work: State, batches: BatchSource): Promise<void> => {
    const indices = indicesOf(partOf(work, "model"));
    if (indices) model = await models.at(iterate.current, batches, indices);
    if (model) await proposer.resume(partOf(work, "solved"), model);
    await trials.resume(partOf(work, "judge"), iterate.current, batches);
  };

  async function step(batches: BatchSource): Promise<StepRecord> {
    const work = pending;
    if (work) await objective.ledger.aside(() => resume(work, batches));
    pending = undefined;
    const isNew = model === undefined;
    model ??= await models.at(iterate.current, batches, batches.draw());
    const { gradientNorm } = model;
    const { value: loss } = model.linearization;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      drop();
      return { loss, gradientNorm, accepted: false, products: 0, radius: region.size };
    }
    if (isNew) proposer.visit(model, iterate.current);
    const probes = await region.enter(model, iterate.current);
    const stay = { loss, gradientNorm, accepted: false, products: probes, radius: region.size };
    if (proposer.isStationary(model) && tolerances.curvature === undefined) {
      return { ...stay, ...converged(gradientNorm) };
    }

    const proposal = await proposer.propose(model, iterate.current, region.size);
    const { solution, negativeCurvature, ending } = proposal;
    const products = probes + proposal.products;
    if (ending) return { ...stay, products, negativeCurvature, ...(await certain(ending, model.batch)) };
    const { modelDecrease, stepNorm, multiplier, outcome } = solution;
    const proposed = { ...stay, stepNorm, modelDecrease, multiplier, outcome, products, negativeCurvature };
    if (!(stepNorm > 0)) {
      drop();
      return outcome === "nonfinite" ? proposed : { ...proposed, ...converged(gradientNorm) };
    }

    const { record, verdict, stall } = await trials.attempt(solution, model, batches);
    const { batch } = model;
    const triesAgain = !record.accepted && method.keepsBatch && (hasOwnGradient || isNew);
    if (!triesAgain) drop();
    const ended = verdict && (await (verdict === "rounding" ? certain(endings.rounding(), batch) : stall()));
    return { ...proposed, ...record, ...ended };
  }

  return {
    get parameters() {
      return iterate.show();
    },
    norm,
    prepare: (batches) => models.prepare(batches, method.subproblem.uses(norm)),
    step,
    state() {
      const [solved, judged] = [proposer.pending(), trials.pending()];
      return joinStates({
        run: region.state(),
        norm: norm.state(),
        ...proposer.parts(),
        ...trials.parts(),
        pending: joinStates({
          ...(model && { model: indicesState(model.indices) }),
          ...(solved && { solved }),
          ...(judged && { judge: judged }),
        }),
      });
    },
    restore(parameters, state) {
      drop();
      iterate.restart(parameters);
      region.restore(partOf(state, "run")!);
      norm.restore(partOf(state, "norm") ?? { scalars: {}, vectors: {} });
      proposer.restore(state);
      trials.restore(state);
      pending = partOf(state, "pending");
    },
    dispose: drop,
  };
}
