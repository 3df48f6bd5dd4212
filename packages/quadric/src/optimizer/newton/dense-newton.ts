/**
 * Newton's method for few parameters: the whole curvature matrix, or the whole Jacobian of residuals, at every point, and the
 * model's exact minimiser in the ellipsoid of its own diagonal.
 *
 *   g, B at w                              dense-point.ts
 *   a_j ← max(β·a_j, |B_jj|), A = diag(a)  dense-region.ts
 *   s ← argmin gᵀs + ½sᵀBs, ‖s‖_A ≤ Δ      eigen-model.ts; a whole step that is small ends the run
 *   w ← w + s if the trial says so         dense-trial.ts
 *   Δ ← by ρ, Δ₀ = 10‖w₀‖_A                dense-region.ts
 *
 * β = 1 for residuals, whose B_jj is the squared column of J: then this is the method of Levenberg and Marquardt as in MINPACK. For
 * a function β = ¼: curvature that was met far away is forgotten. With A from B itself, Δ₀ from the start and tests of
 * convergence relative to the loss and the parameters, the same problem in other units takes the same steps.
 *
 * References: [More1978], [ConnGouldToint2000, sections 7.3 and 17.1], [HagerZhang2005].
 */
import { requireLength } from "../../check.ts";
import type { Counts } from "../../objective/ledger.ts";
import type { CurvatureKind, Objective } from "../../objective/objective.ts";
import type { EigenModel } from "../../subproblem/eigen-model.ts";
import { allFinite, norm2 } from "../../vector/kernels.ts";
import { joinStates, partOf, textOf, textState } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import { indicesOf, indicesState } from "../batch-indices.ts";
import { endings, extent, offsetOf, relativeStep, resolutionOf } from "../convergence.ts";
import { type CurvatureChoice, curvatureOf, requireCurvature } from "../curvature-choice.ts";
import type {
  BatchIndices,
  BatchSource,
  Described,
  Ending,
  Optimizer,
  OptimizerRun,
  StepRecord,
} from "../optimizer.ts";
import { type DensePoint, densePoints } from "./dense-point.ts";
import { denseRegion } from "./dense-region.ts";
import { endingAfter, tryDenseStep } from "./dense-trial.ts";

export interface DenseNewtonOptions {
  /** B; defaults to "auto": "gauss-newton" if the problem gives model and convex loss, else "hessian". */
  readonly curvature?: CurvatureChoice;
  readonly tolerances?: {
    /** ε_g ≥ 0: the run has converged when ‖∇L‖₂ is at most this, in units of the loss; defaults to 0. */
    readonly gradient?: number;
    /** ε ≥ 0, whatever the units (convergence.ts); defaults to 1e-8 in float64 and 1e-4 in float32. */
    readonly relativeGradient?: number;
    /** ε_s ≥ 0, relative; defaults to 1e-13 in float64 and 5e-7 in float32. */
    readonly step?: number;
    /** ε_H ≥ 0: the result is certified if −λ_min(∇²f, A) is at most this; defaults to no certificate. Needs the Hessian. */
    readonly curvature?: number;
  };
}

/** @throws {RangeError} if an option is outside its domain; {TypeError} if a certificate is asked of the Gauss–Newton matrix. */
export function denseNewton({ curvature = "auto", tolerances = {} }: DenseNewtonOptions = {}): Optimizer {
  requireCurvature("denseNewton", curvature);
  for (const [name, value] of Object.entries(tolerances)) {
    if (value !== undefined && !(value >= 0)) {
      throw new RangeError(`denseNewton: tolerances.${name} must be >= 0, got ${value}.`);
    }
  }
  const kindOf = (objective: Described): CurvatureKind =>
    curvature === "auto" && tolerances.curvature !== undefined ? "hessian" : curvatureOf(objective, curvature);
  if (curvature === "gauss-newton" && tolerances.curvature !== undefined) {
    throw new TypeError(
      'denseNewton: a second-order certificate is about the Hessian, got curvature "gauss-newton". Pass curvature: "hessian".',
    );
  }
  const nameOf = (kind: CurvatureKind) => (kind === "hessian" ? "newton" : "levenberg-marquardt");
  return {
    name: "newton",
    settings: JSON.parse(JSON.stringify({ curvature, tolerances })),
    choose: (objective) => {
      const kind = kindOf(objective);
      return {
        method: nameOf(kind),
        because: "as given",
        settings: JSON.parse(JSON.stringify({ curvature: kind, tolerances })),
      };
    },
    start: (objective, start) => startDenseNewton(objective, start, { kind: kindOf(objective), tolerances }),
  };
}

type Tolerances = NonNullable<DenseNewtonOptions["tolerances"]>;

interface Settings {
  readonly kind: CurvatureKind;
  readonly tolerances: Tolerances;
}

function startDenseNewton(objective: Objective, start: Vector, { kind, tolerances }: Settings): OptimizerRun {
  const { ledger, dtype } = objective;
  const d = objective.layout.size;
  requireLength("denseNewton", "start", start, d);
  const resolution = resolutionOf(dtype, { gradient: tolerances.relativeGradient, step: tolerances.step });
  const points = densePoints(objective, kind);
  const region = denseRegion(kind, d);
  const visited = extent();
  let w: Vector = start.slice();
  let point: DensePoint | undefined;
  let model: EigenModel | undefined;
  /** An ending that the next step reports, at the point it is about. */
  let due: Ending | undefined;
  let pending: BatchIndices | undefined;

  /** Learns what there is to know at w; a batch that gives nothing to step on is not kept. */
  async function arrive(batches: BatchSource): Promise<DensePoint> {
    if (point) return point;
    const known = pending;
    pending = undefined;
    const found = known
      ? await ledger.aside(() => points.at(w, batches, known))
      : await points.at(w, batches, batches.draw());
    if (isUsable(found)) {
      if (!known) region.take(found, w);
      point = found;
    }
    return found;
  }

  async function step(batches: BatchSource): Promise<StepRecord> {
    const before = ledger.counts();
    const here = await arrive(batches);
    const { loss, magnitude, gradient } = here;
    const gradientNorm = norm2(gradient);
    const bare = () => ({
      ...{ loss, gradientNorm, accepted: false },
      ...{ products: productsSince(before, ledger.counts()), radius: region.radius },
    });
    if (!isUsable(here)) return { ...bare(), ...(isDefined(here) && ({ outcome: "nonfinite", stepNorm: 0 } as const)) };
    model ??= here.modelIn(region.a);
    const eigen = model;
    visited.visit(magnitude, norm2(w));
    region.begin(eigen, w);
    const isConvex = kind === "gauss-newton" || eigen.leftmost >= -resolution.curvature;
    const negativeCurvature =
      kind === "hessian" && tolerances.curvature !== undefined ? Math.max(0, -eigen.leftmost) : undefined;
    const stay = () => ({ ...bare(), negativeCurvature });
    const certified = (ending: Ending): Ending =>
      kind === "hessian" ? certificate(ending, negativeCurvature, tolerances) : determined(ending, eigen.rank, d);

    if (due) return { ...stay(), ...certified(due) };
    const offset = offsetOf(eigen.decrement(), magnitude);
    // No tolerance, no test: in float32 a gradient may be zero by underflow where the Jacobian still promises much.
    if (isConvex && (offset <= resolution.gradient || gradientNorm <= (tolerances.gradient ?? -1))) {
      // In an ellipsoid of curvature that is past, what is left of a column may look like none.
      if (region.isOwn || kind === "hessian") return { ...stay(), ...certified(endings.gradient(offset)) };
      if (region.renew(here, w)) model = undefined;
      return step(batches);
    }

    const { radius } = region;
    const solution = eigen.within(radius);
    const { stepNorm, modelDecrease, multiplier, outcome } = solution;
    const isNewton = isConvex && outcome === "interior";
    const length = isNewton ? relativeStep(solution.step as Vector, w, here.diagonal, dtype) : Infinity;
    if (length <= resolution.step) return { ...stay(), ...certified(endings.step()) };
    if (isNewton && visited.hasVanished(magnitude, norm2(solution.step))) {
      return { ...stay(), ...certified(endings.loss()) };
    }

    const isNear = isNewton && (length <= resolution.level || offset <= resolution.level);
    const trial = await tryDenseStep(objective, { w, point: here, model: eigen }, solution, {
      isNewton,
      band: resolution.band,
    });
    const { accepted, isLevel, ratio, standardError } = trial;
    if (!isLevel) region.follow(solution, trial, gradient);
    const { largest } = visited;
    const place = { w, batch: here.batch, gradient, a: region.a, kind, largest };
    const isAtMinimum = offset <= resolution.level;
    const ending = await endingAfter(objective, trial, place, { isNear, isAtMinimum, hasRegion: region.radius > 0 });
    const judged = { accepted, ratio, decreaseStandardError: standardError, atNoiseFloor: isLevel || undefined };
    const record = { ...stay(), radius, stepNorm, modelDecrease, multiplier, outcome, ...judged };
    if (!accepted) {
      if (isLevel && !ending) region.retreat(solution);
      return { ...record, ...(ending && certified(ending)) };
    }
    region.leave();
    [w, point, model, due] = [trial.there, undefined, undefined, ending];
    return record;
  }

  return {
    get parameters() {
      return w;
    },
    prepare: points.prepare,
    step,
    state: () =>
      joinStates({
        run: region.state(),
        extent: visited.state(),
        points: points.state(),
        ...(due && { due: textState(JSON.stringify(due)) }),
        ...(point && { pending: indicesState(point.indices) }),
      }),
    restore(parameters, state) {
      w = parameters.slice();
      region.restore(partOf(state, "run")!);
      visited.restore(partOf(state, "extent"));
      points.restore(partOf(state, "points")!);
      const written = partOf(state, "due");
      [point, model, due] = [undefined, undefined, written && JSON.parse(textOf(written))];
      pending = indicesOf(partOf(state, "pending"));
    },
    dispose() {},
  };
}

const isDefined = ({ loss, gradient }: DensePoint): boolean => Number.isFinite(loss) && allFinite(gradient);

/** Whether loss, gradient and curvature are finite. */
const isUsable = (point: DensePoint): boolean => isDefined(point) && allFinite(point.diagonal);

const productsSince = (before: Counts, now: Counts): number => now.hvps + now.ggnvps - before.hvps - before.ggnvps;

/** What the Hessian adds to a claim of convergence. */
function certificate(ending: Ending, negativeCurvature: number | undefined, { curvature }: Tolerances): Ending {
  if (ending.status !== "converged" || negativeCurvature === undefined || negativeCurvature > curvature!) return ending;
  return { ...ending, status: "second-order-converged", message: `${ending.message} λ_min ≥ ${-negativeCurvature}.` };
}

/** What the rank of the Jacobian adds to it. */
function determined(ending: Ending, rank: number, d: number): Ending {
  if (rank === d || ending.status !== "converged") return ending;
  const message = `${ending.message} The Jacobian has rank ${rank} of ${d}: the data do not determine all parameters.`;
  return { ...ending, message };
}
