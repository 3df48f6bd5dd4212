/**
 * The loop that trust regions and cubic regularisation share: search × descent.
 *
 *   g, B at w on a batch S;  A ← norm.update(g) if the last step was accepted       model.ts
 *   s ← descent(g, B, A, size)                                                      descent.ts
 *   ρ ← [L(w) − L(w + s)] / [m(0) − m(s)]                                           judge.ts
 *   ρ ≥ η₁: w ← w + s, else the batch and what the descent knows of its model stay
 *   size ← search(ρ)                                                                radius.ts, sigma.ts
 *
 * Symbols: w parameters [d], g gradient [d], B curvature [d → d], A ellipsoid, s step [d], m model, size Δ or σ.
 * References: [Kohler2020, Algorithm 1], [ConnGouldToint2000, Alg. 6.1.1].
 */
import type { Norm } from "../../norm/norm.ts";
import type { Linearization, Objective } from "../../objective/objective.ts";
import type { Step } from "../../subproblem/step.ts";
import { norm2 } from "../../vector/kernels.ts";
import { joinStates, partOf, type State } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import { indicesOf, indicesState } from "../batch-indices.ts";
import { confirmed, endings, extent, offsetOf, type Resolution, relativeStep, stalled } from "../convergence.ts";
import { curvatureOf } from "../curvature-choice.ts";
import { gradientAverage, meanRule } from "../gradient-average.ts";
import { makeIterate } from "../iterate.ts";
import { noiseFloor, nonfiniteAround } from "../noise-floor.ts";
import type { BatchSource, Ending, OptimizerRun, StepRecord } from "../optimizer.ts";
import { roundingOf } from "../ratio.ts";
import { withGradient } from "../sampled-curvature.ts";
import { makeDescent, type SubproblemMethod } from "./descent.ts";
import { makeJudge } from "./judge.ts";
import { type LocalModel, localModels, modelOf } from "./model.ts";
import type { SharedSettings } from "./options.ts";
import { isHeldBack } from "./radius.ts";
import { lengthOfStart, type Search } from "./search.ts";
import { certificate, converged, downhill } from "./stopping.ts";

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

interface Proposal {
  readonly solution: Step;
  readonly products: number;
  readonly negativeCurvature?: number;
  readonly ending?: Ending;
}

export function startRegularizedNewton(objective: Objective, start: Vector, method: RegularizedNewton): OptimizerRun {
  const { search, ratioBatch, tolerances, sampling, resolution } = method;
  const { layout, dtype, ledger } = objective;
  const norm = method.norm.fresh(layout);
  const average = gradientAverage(meanRule(sampling.momentum), layout.size, dtype);
  const iterate = makeIterate(start, objective);
  const kind = curvatureOf(objective, method.curvature);
  const models = localModels(objective, kind, sampling.curvatureFraction);
  const descent = makeDescent(objective, norm, method.subproblem);
  const judge = makeJudge(objective, { ...method, eta1: search.eta1 });
  const floor = noiseFloor();
  /** NaN until the first model, where the search makes it of the start. */
  let size = search.initial ?? Number.NaN;
  /** Whether the next linearization is at a point the norm has not seen. */
  let accepted = true;
  /** The last accepted step, for searches that measure with it how lengths changed. */
  let lastStep: Vector | undefined;
  let model: LocalModel | undefined;
  /** What has to be computed again after a restart. */
  let pending: State | undefined;

  const visited = extent();
  /** Ending that a whole step at the current point showed to be due, before the test of its curvature. */
  let firstOrder: Ending | undefined;

  const isStationary = ({ gradientNorm }: LocalModel) =>
    firstOrder !== undefined || gradientNorm <= tolerances.gradient;

  /** The model's own size: |f|₁. */
  const magnitudeOf = ({ linearization: { value, magnitude } }: LocalModel) => magnitude ?? Math.abs(value);

  const certain = (ending: Ending, { batch }: LocalModel): Promise<Ending> | Ending =>
    method.isExact ? confirmed(objective, ending, { w: iterate.current, batch, kind }) : ending;

  /** How small a step is that no region held back: its offset and its relative length; infinite of another. */
  const sizesOf = (solution: Step, model: LocalModel): readonly [offset: number, length: number] => {
    const { outcome, multiplier = 0, stepNorm, modelDecrease } = solution;
    const isWhole = outcome === "interior" && multiplier * stepNorm * stepNorm <= 0.1 * modelDecrease;
    if (!isWhole) return [Infinity, Infinity];
    const length = relativeStep(solution.step, iterate.current, norm.diagonal, dtype);
    return [offsetOf(solution.modelDecrease, magnitudeOf(model)), length];
  };

  const smallness = (solution: Step, model: LocalModel): Ending | undefined => {
    if (!method.isExact) return undefined;
    const [offset, length] = sizesOf(solution, model);
    if (offset <= resolution.gradient) return endings.gradient(offset);
    if (length <= resolution.step) return endings.step();
    const isVanishing = offset < Infinity && visited.hasVanished(magnitudeOf(model), norm2(solution.step));
    return isVanishing ? endings.loss() : undefined;
  };

  const averaged = (linearization: Linearization): Linearization =>
    sampling.momentum === 0 ? linearization : withGradient(linearization, average.current(linearization.gradient));

  const drop = () => {
    firstOrder = undefined;
    if (model) models.release(model);
    model = undefined;
    descent.forget();
    judge.forget();
  };

  /** Returns the products that the norm asked for. */
  const updateNorm = async ({ linearization: { gradient, curvature } }: LocalModel): Promise<number> => {
    const before = search.onNormChange?.lengthIn(norm, lastStep);
    norm.update(gradient);
    let probes = 0;
    await norm.probe((v) => {
      probes++;
      return curvature.multiply(v);
    });
    const after = search.onNormChange?.lengthIn(norm, lastStep);
    if (search.onNormChange && before && after) size = search.onNormChange.rescaled(size, after / before);
    return probes;
  };

  const solve = (model: LocalModel, size: number): Promise<Step> =>
    descent.solve(averaged(model.linearization), size, isStationary(model));

  /** Brings back a model kept over a rejection. The uninterrupted run did not pay for it twice. */
  const resume = async (work: State, batches: BatchSource): Promise<void> => {
    const indices = indicesOf(partOf(work, "model"));
    if (indices) model = await models.at(iterate.current, batches, indices);
    const kept = model;
    if (kept) await descent.resume(partOf(work, "solved"), (size) => solve(kept, size));
    await judge.resume(partOf(work, "judge"), iterate.current, batches);
  };

  /** The step s of a model, and what the test for second-order convergence found. */
  const propose = async (model: LocalModel): Promise<Proposal> => {
    let solution = await solve(model, size);
    let products = solution.products;
    if (!isStationary(model)) {
      firstOrder = smallness(solution, model);
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
  };

  async function step(batches: BatchSource): Promise<StepRecord> {
    const work = pending;
    if (work) await ledger.aside(() => resume(work, batches));
    pending = undefined;
    const isNew = model === undefined;
    model ??= await models.at(iterate.current, batches, batches.draw());
    const { gradientNorm } = model;
    const { value: loss, gradient } = model.linearization;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      drop();
      return { loss, gradientNorm, accepted: false, products: 0, radius: size };
    }
    if (isNew) average.update(gradient);
    if (method.isExact && isNew) visited.visit(magnitudeOf(model), norm2(iterate.current));
    let probes = isNew && accepted ? await updateNorm(model) : 0;
    if (Number.isNaN(size) && gradientNorm > 0) {
      const start = await lengthOfStart(modelOf(model.linearization, norm), iterate.current);
      size = search.first!(start.length, start.gamma);
      probes += start.products;
    }
    accepted = false;
    const stay = { loss, gradientNorm, accepted, products: probes, radius: size };
    if (isStationary(model) && tolerances.curvature === undefined) return { ...stay, ...converged(gradientNorm) };

    const { solution, negativeCurvature, ending, products: spent } = await propose(model);
    const products = probes + spent;
    if (ending) return { ...stay, products, negativeCurvature, ...(await certain(ending, model)) };
    const { modelDecrease, stepNorm, multiplier, outcome } = solution;
    const proposed = { ...stay, stepNorm, modelDecrease, multiplier, outcome, products, negativeCurvature };
    if (!(stepNorm > 0)) {
      drop();
      if (outcome === "nonfinite") return proposed;
      return { ...proposed, ...converged(gradientNorm) };
    }

    const isNear = Math.min(...sizesOf(solution, model)) <= resolution.level;
    const judged = {
      band: resolution.band * roundingOf(model.linearization, dtype),
      place: { w: iterate.current, batch: model.batch, gradient: gradient.slice(), a: norm.diagonal },
    };
    const point = { w: iterate.current, step: solution.step, trial: iterate.trial() };
    const judgement = await judge.evaluate(point, modelDecrease, model, batches);
    const { ratio, atNoiseFloor, decrease } = judgement;
    const hasMoved = point.trial.some((x, i) => x !== point.w[i]);
    // A region that holds steps back below what the loss resolves is too small, not too large.
    const isBlind = atNoiseFloor && isHeldBack(solution, size);
    if (!atNoiseFloor) size = search.next(size, ratio, solution);
    else if (isBlind) size = search.next(size, 1, solution);
    accepted = atNoiseFloor || ratio >= search.eta1;
    if (accepted) {
      firstOrder = undefined;
      iterate.accept(point.trial);
      judge.accepted(judgement);
      lastStep = search.onNormChange && solution.step.slice();
    } else iterate.reject(point.trial);
    // On other examples than its own a model's gradient may point uphill, and so may an averaged one; then no step is short
    // enough. There a model gets a second chance, not more.
    const hasOwnGradient = ratioBatch === "same" && sampling.momentum === 0;
    const triesAgain = !accepted && method.keepsBatch && (hasOwnGradient || isNew);
    if (!triesAgain) drop();
    const isOver = !accepted && (!hasMoved || search.isExhausted(size));
    const descent = accepted ? decrease / judgement.resolution : 0;
    const verdict = floor.after({ isLevel: judgement.isBelowResolution, descent, gradientNorm, isNear });
    // A whole step that is refused for a rise within the noise of the loss's terms has nothing to gain either.
    const isNoise = !accepted && isNear && Math.max(modelDecrease, Math.abs(decrease)) <= judged.band;
    const last = verdict ?? (isNoise && method.keepsBatch ? "rounding" : isOver ? "stalled" : undefined);
    return {
      ...proposed,
      accepted,
      ratio,
      decreaseStandardError: judgement.standardError,
      atNoiseFloor,
      ...(last === "rounding" && (model ? await certain(endings.rounding(), model) : endings.rounding())),
      ...(last === "stalled" && (decrease === -Infinity ? nonfiniteAround : await stalled(objective, judged.place))),
    };
  }

  return {
    get parameters() {
      return iterate.show();
    },
    norm,
    prepare: (batches) => models.prepare(batches, method.subproblem.uses(norm)),
    step,
    state() {
      const preconditioner = descent.state();
      const [solved, judged] = [descent.pending(), judge.pending()];
      return joinStates({
        run: { scalars: { size, accepted: Number(accepted) }, vectors: { ...(lastStep && { lastStep }) } },
        norm: norm.state(),
        floor: floor.state(),
        extent: visited.state(),
        average: average.state(),
        // A model that is kept is solved again after a restart, with what its solve knew then.
        ...(preconditioner && { preconditioner }),
        pending: joinStates({
          ...(model && { model: indicesState(model.indices) }),
          ...(solved && { solved }),
          ...(judged && { judge: judged }),
        }),
      });
    },
    restore(parameters, state) {
      drop();
      judge.reset();
      iterate.restart(parameters);
      const { scalars, vectors } = partOf(state, "run")!;
      size = scalars.size;
      visited.restore(partOf(state, "extent"));
      accepted = scalars.accepted === 1;
      lastStep = vectors.lastStep;
      norm.restore(partOf(state, "norm") ?? { scalars: {}, vectors: {} });
      floor.restore(partOf(state, "floor")!);
      descent.restore(partOf(state, "preconditioner"));
      const past = partOf(state, "average");
      if (past) average.restore(past);
      pending = partOf(state, "pending");
    },
    dispose: drop,
  };
}
