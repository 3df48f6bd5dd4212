/**
 * The loop that trust regions and cubic regularisation share: search × descent.
 *
 *   g, B at w on a batch S;  A ← norm.update(g) if the last step was accepted
 *   s ← descent(g, B, A, size);  ρ ← [L(w) − L(w + s)] / [m(0) − m(s)]
 *   ρ ≥ η₁: w ← w + s, else the batch and what the descent knows of its model are kept;  size ← search(ρ)
 *
 * Symbols: w parameters [d], g gradient [d], B curvature [d → d], A ellipsoid, s step [d], m model, size Δ or σ.
 * References: [Kohler2020, Algorithm 1], [ConnGouldToint2000, Alg. 6.1.1].
 */
import type { Norm } from "../../norm/norm.ts";
import type { Linearization, Objective } from "../../objective/objective.ts";
import { emptyMemory, type LbfgsMemory, memoryOf, memoryState } from "../../subproblem/lbfgs-memory.ts";
import type { Step } from "../../subproblem/step.ts";
import { combineFinite, norm2 } from "../../vector/kernels.ts";
import type { State } from "../../vector/state.ts";
import { joinStates, partOf } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import { indicesOf, indicesState } from "../batch-indices.ts";
import { gradientAverage, meanRule } from "../gradient-average.ts";
import { makeIterate } from "../iterate.ts";
import { noiseFloor, nonfiniteAround, radiusCollapsed } from "../noise-floor.ts";
import type { BatchIndices, BatchSource, OptimizerRun, StepRecord } from "../optimizer.ts";
import { compare, type RatioBatch, type Reference, referenceOn } from "./comparison.ts";
import { type CurvatureChoice, curvatureOf } from "./curvature-choice.ts";
import { certificate, downhill } from "./local-model.ts";
import { noiseSafeRatio, roundingOf } from "./ratio.ts";
import { fractionOf, partOfBatch, sampledCurvature, withGradient } from "./sampled-curvature.ts";
import type { Search } from "./search.ts";

/** How long lengths in the new norm are against the old. */
export type RadiusOnNormChange = "keep" | "rescale" | "trace";

export interface RegularizedNewtonParts {
  readonly name: string;
  readonly norm: Norm;
  readonly curvature: CurvatureChoice;
  readonly search: Search;
  /** A step of the model of this linearization for this size of the region; `pairs` where the method keeps some. */
  descend(linearization: Linearization, norm: Norm, size: number, pairs?: LbfgsMemory): Promise<Step>;
  /** The step along the leftmost eigenvector of the pencil (B, A), for g = 0; its multiplier is max(0, −λ_min). */
  descendCurvature(linearization: Linearization, norm: Norm, size: number): Promise<Step>;
  /** m, the directions of earlier solves that precondition the next; 0: none. */
  readonly pairs: number;
  /** |T|/|S|: the part of a batch that B is taken on. */
  readonly curvatureFraction: number | "auto";
  /** β₁ of the model's gradient; 0: that of the batch. */
  readonly momentum: number;
  readonly radiusOnNormChange: RadiusOnNormChange;
  readonly keepBatchOnReject: boolean;
  readonly ratioBatch: RatioBatch;
  /** Known error of one evaluation of the loss, ≥ 0, or "standard-error" for that of the judging sample. */
  readonly noise: number | "standard-error";
  /** ε_g ≥ 0. */
  readonly gradientTolerance: number;
  /** ε_H; undefined: no second-order test. */
  readonly curvatureTolerance: number | undefined;
}

/** A linearization and what was worked out from it; kept over a rejection. */
interface Kept {
  readonly ticket: BatchIndices;
  readonly batch: unknown;
  readonly linearization: Linearization;
  readonly gradientNorm: number;
  /** The pairs before the solve; the sizes that it was asked for, one after the other; the last step. */
  solved?: { readonly pairs: LbfgsMemory | undefined; readonly sizes: readonly number[]; readonly step: Step };
}

/** What has to be worked out again after a restart. */
interface Pending {
  readonly ticket?: BatchIndices;
  readonly sizes: readonly number[];
  readonly judge?: "full" | BatchIndices;
}

export function startRegularizedNewton(
  objective: Objective,
  start: Vector,
  parts: RegularizedNewtonParts,
): OptimizerRun {
  const { name, search, ratioBatch } = parts;
  const norm = parts.norm.fresh(objective.layout);
  const { layout, dtype } = objective;
  const curvature = curvatureOf(objective, parts.curvature);
  const average = gradientAverage(meanRule(parts.momentum), layout.size, dtype);
  const floor = noiseFloor();
  const iterate = makeIterate(start, objective);
  const linearizeSampled = sampledCurvature(objective);
  let size = search.initial;
  /** Whether the next linearization is at a point the norm has not seen. */
  let accepted = true;
  /** μ of the norm; undefined before its first update. */
  let mu: number | undefined;
  /** The last accepted step, by which "rescale" measures a change of the norm. */
  let lastStep: Vector | undefined;
  let pairs = parts.pairs > 0 ? emptyMemory(parts.pairs, layout.size, dtype) : undefined;
  let model: Kept | undefined;
  /** The batch of the last model, whose memory the next one gets. */
  let spent: unknown;
  let reference: Reference | undefined;
  let pending: Pending | undefined;

  const linearizeAt = async (batches: BatchSource, ticket: BatchIndices): Promise<Kept> => {
    const batch = batches.batch(ticket, spent);
    spent = undefined;
    const w = iterate.current;
    const part = partOfBatch(batches, ticket, fractionOf(parts.curvatureFraction, ticket.size / batches.examples));
    const linearization =
      part.size >= ticket.size
        ? await objective.linearize(w, batch, curvature)
        : await linearizeSampled(w, batch, batches.batch(part), curvature);
    return {
      ticket,
      batch,
      linearization,
      gradientNorm: linearization.gradientNorm?.() ?? norm2(linearization.gradient),
    };
  };
  const drop = () => {
    model?.linearization.dispose();
    if (objective.borrowsInputs) spent = model?.batch ?? spent;
    model = undefined;
    if (ratioBatch !== "full") reference = undefined;
  };

  /** Returns the products that the norm asked for. */
  const updateNorm = async ({ linearization: { gradient, curvature } }: Kept): Promise<number> => {
    const measure = (): number | undefined => {
      if (mu === undefined || parts.radiusOnNormChange === "keep") return undefined;
      return parts.radiusOnNormChange === "trace" ? Math.sqrt(norm.trace()) : lastStep && norm.norm(lastStep);
    };
    const before = measure();
    norm.update(gradient);
    let probes = 0;
    await norm.probe((v) => {
      probes++;
      return curvature.multiply(v);
    });
    const after = measure();
    if (before && after) size = search.rescaled(size, after / before);
    mu = norm.bounds().mu;
    return probes;
  };

  const averaged = (linearization: Linearization): Linearization =>
    parts.momentum === 0 ? linearization : withGradient(linearization, average.current(linearization.gradient));

  const isStationary = ({ gradientNorm }: Kept) => gradientNorm <= parts.gradientTolerance;

  /** A step of a model; of one whose last step was rejected, from what that solve kept. */
  const solve = async (from: Kept): Promise<Step> => {
    const { sizes = [], step: rejected, pairs: before = pairs } = from.solved ?? {};
    const again = await rejected?.atRadius?.(size);
    const step =
      again ??
      (await (isStationary(from)
        ? parts.descendCurvature(from.linearization, norm, size)
        : parts.descend(averaged(from.linearization), norm, size, pairs)));
    from.solved = { pairs: before, sizes: [...sizes, size], step };
    pairs = step.preconditioner ?? pairs;
    return step;
  };

  /** Brings back a model kept over a rejection. The uninterrupted run did not pay for it twice, so neither does this one. */
  const replay = async (batches: BatchSource, { ticket, sizes, judge }: Pending): Promise<void> => {
    if (ticket) model = await linearizeAt(batches, ticket);
    const current = size;
    for (const asked of sizes) {
      size = asked;
      if (model) await solve(model);
    }
    size = current;
    if (judge) reference = await referenceOn(objective, iterate.current, batches, judge === "full" ? undefined : judge);
  };

  async function step(batches: BatchSource): Promise<StepRecord> {
    const unfinished = pending;
    if (unfinished) await objective.ledger.aside(() => replay(batches, unfinished));
    pending = undefined;
    const fresh = model === undefined;
    model ??= await linearizeAt(batches, batches.draw());
    const { linearization, gradientNorm, ticket, batch } = model;
    const { value: loss, gradient } = linearization;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      drop();
      return { loss, gradientNorm, accepted: false, products: 0, radius: size, normMu: mu };
    }
    if (fresh) average.update(gradient);
    const probes = fresh && accepted ? await updateNorm(model) : 0;
    accepted = false;

    const stay = { loss, gradientNorm, accepted, products: probes, radius: size, normMu: mu };
    const stationary = isStationary(model);
    if (stationary && parts.curvatureTolerance === undefined) {
      return { ...stay, status: "converged", message: `‖∇L‖ = ${gradientNorm} is within its tolerance.` };
    }
    let solution = await solve(model);
    objective.ledger.bookPaperStep(Math.max(solution.products - 1, 1));
    const products = probes + solution.products;
    const negativeCurvature = stationary ? (solution.multiplier ?? 0) : undefined;
    if (negativeCurvature !== undefined && solution.outcome !== "nonfinite") {
      if (negativeCurvature <= parts.curvatureTolerance!) {
        return { ...stay, products, negativeCurvature, ...certificate(gradientNorm, negativeCurvature, solution) };
      }
      solution = downhill(solution, gradient);
    }
    const { modelDecrease, stepNorm, multiplier, outcome } = solution;
    const record = { ...stay, stepNorm, modelDecrease, multiplier, outcome, products, negativeCurvature };
    if (!(stepNorm > 0)) {
      drop();
      if (outcome === "nonfinite") return record;
      return { ...record, status: "noise-floor", message: `${name}: the step underflowed.` };
    }

    reference ??=
      ratioBatch === "same"
        ? { judges: [batch], evaluations: [linearization] }
        : await referenceOn(
            objective,
            iterate.current,
            batches,
            ratioBatch === "full" ? undefined : batches.draw(ticket.size),
          );
    const w = iterate.current;
    const trial = iterate.trial();
    const judged = combineFinite(1, w, 1, solution.step, trial)
      ? await compare(objective, trial, reference, batches.examples)
      : { decrease: -Infinity, standardError: undefined, after: [] };
    const { ratio, isLevel, atNoiseFloor } = noiseSafeRatio(judged.decrease, modelDecrease, {
      rounding: roundingOf(linearization, objective.dtype),
      ...(parts.noise === "standard-error"
        ? { noise: 0, standardError: judged.standardError }
        : { noise: parts.noise }),
      eta1: search.eta1,
    });
    if (!atNoiseFloor) size = search.next(size, ratio, solution);
    accepted = atNoiseFloor || ratio >= search.eta1;
    const moved = trial.some((x, i) => x !== w[i]);
    if (accepted) {
      iterate.accept(trial);
      lastStep = parts.radiusOnNormChange === "rescale" ? solution.step.slice() : undefined;
      if (ratioBatch === "full") reference = { ...reference, evaluations: judged.after };
    } else iterate.reject(trial);
    // On other examples than its own a model's gradient may point uphill, and so may an averaged one; then no step is short
    // enough. There a model gets a second chance, not more.
    const ownGradient = ratioBatch === "same" && parts.momentum === 0;
    const keep = parts.keepBatchOnReject && (ownGradient || fresh);
    if (accepted || !keep) drop();
    const ended = floor.after(isLevel, accepted, gradientNorm);
    const isOver = !accepted && (!moved || search.exhausted(size));
    const collapsed = judged.decrease === -Infinity ? nonfiniteAround : radiusCollapsed;
    return {
      ...record,
      accepted,
      ratio,
      decreaseStandardError: judged.standardError,
      atNoiseFloor,
      ...(ended ?? (isOver && collapsed)),
    };
  }

  return {
    get parameters() {
      return iterate.show();
    },
    norm,
    step,
    state: () =>
      joinStates({
        run: {
          scalars: { size, accepted: Number(accepted), ...(mu !== undefined && { mu }) },
          vectors: { ...(lastStep && { lastStep }) },
        },
        norm: norm.state(),
        floor: floor.state(),
        average: average.state(),
        // A model that is kept is solved again after a restart, with what its solve knew then.
        ...(pairs && { pairs: memoryState(model?.solved?.pairs ?? pairs) }),
        pending: joinStates({
          ...(model && { model: indicesState(model.ticket) }),
          ...(model?.solved && { solved: { scalars: {}, vectors: { sizes: Float64Array.from(model.solved.sizes) } } }),
          ...(reference?.ticket && { judge: indicesState(reference.ticket) }),
          ...(reference && ratioBatch === "full" && { judge: { scalars: { full: 1 }, vectors: {} } }),
        }),
      }),
    restore(parameters, state) {
      drop();
      reference = undefined;
      iterate.restart(parameters);
      const run = partOf(state, "run")!;
      ({ size, mu } = run.scalars);
      accepted = run.scalars.accepted === 1;
      lastStep = run.vectors.lastStep;
      norm.restore(partOf(state, "norm") ?? { scalars: {}, vectors: {} });
      floor.restore(partOf(state, "floor")!);
      pairs = pairs && memoryOf(partOf(state, "pairs"), parts.pairs, layout.size, dtype);
      const past = partOf(state, "average");
      if (past) average.restore(past.scalars, past.vectors);
      pending = pendingOf(partOf(state, "pending"));
    },
    dispose: drop,
  };
}

function pendingOf(state: State | undefined): Pending | undefined {
  if (!state) return undefined;
  const judge = partOf(state, "judge");
  return {
    ticket: indicesOf(partOf(state, "model")),
    sizes: [...(partOf(state, "solved")?.vectors.sizes ?? [])],
    judge: judge?.scalars.full ? "full" : indicesOf(judge),
  };
}
