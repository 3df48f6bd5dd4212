/**
 * Newton's method for few parameters: the whole curvature matrix, or the whole Jacobian of residuals, at every point, and the
 * model's exact minimiser in the ellipsoid of its own diagonal.
 *
 *   min gᵀs + ½sᵀBs,  ‖s‖_A ≤ Δ      A = diag(a),  a_j ← max(β·a_j, |B_jj|)      Δ₀ = 10‖w₀‖_A
 *
 * β = 1 for residuals, whose B_jj is the squared column of J: then this is the method of Levenberg and Marquardt as in MINPACK. For
 * a function β = ¼: curvature that was met far away is forgotten. With A from B itself, Δ₀ from the start and tests of
 * convergence relative to the loss and the parameters, the same problem in other units takes the same steps.
 *
 * References: [More1978], [ConnGouldToint2000, sections 7.3 and 17.1], [HagerZhang2005].
 */
import { requireLength } from "../../check.ts";
import { assemble } from "../../curvature/dense.ts";
import { columnSquares } from "../../norm/column-norms.ts";
import type { CurvatureKind, Objective } from "../../objective/objective.ts";
import { type EigenModel, eigenModelOf, residualModelOf } from "../../subproblem/eigen-model.ts";
import { allFinite, combineFinite, dot, norm2 } from "../../vector/kernels.ts";
import { joinStates, partOf } from "../../vector/state.ts";
import { type Dtype, type Vector, zeros } from "../../vector/vector.ts";
import { indicesOf, indicesState, sampleIndices } from "../batch-indices.ts";
import { ellipsoidOf, endings, extent, offsetOf, relativeStep, resolutionOf, stalled } from "../convergence.ts";
import { type CurvatureChoice, curvatureOf, requireCurvature } from "../curvature-choice.ts";
import type { BatchIndices, BatchSource, Ending, Optimizer, OptimizerRun, StepRecord } from "../optimizer.ts";
import { noiseSafeRatio, pairedDecrease, roundingOf } from "../ratio.ts";

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

/** Bytes that a Jacobian may take. */
const maxBytes = 2 ** 29;

/** What is known at a point. */
interface Point {
  readonly indices: BatchIndices;
  readonly batch: unknown;
  readonly loss: number;
  readonly losses?: Vector;
  readonly magnitude: number;
  readonly gradient: Vector;
  readonly rounding: number;
  /** |B_jj|. */
  readonly diagonal: Float64Array;
  modelIn(a: Float64Array): EigenModel;
}

/** @throws {RangeError} if an option is outside its domain; {TypeError} if a certificate is asked of the Gauss–Newton matrix. */
export function denseNewton({ curvature = "auto", tolerances = {} }: DenseNewtonOptions = {}): Optimizer {
  requireCurvature("denseNewton", curvature);
  for (const [name, value] of Object.entries(tolerances)) {
    if (value !== undefined && !(value >= 0)) {
      throw new RangeError(`denseNewton: tolerances.${name} must be >= 0, got ${value}.`);
    }
  }
  const kindOf = (isComposite: boolean): CurvatureKind => {
    if (curvature !== "auto") return curvature;
    return isComposite && tolerances.curvature === undefined ? "gauss-newton" : "hessian";
  };
  if (curvature === "gauss-newton" && tolerances.curvature !== undefined) {
    throw new TypeError(
      'denseNewton: a second-order certificate is about the Hessian, got curvature "gauss-newton". Pass curvature: "hessian".',
    );
  }
  const nameOf = (kind: CurvatureKind) => (kind === "hessian" ? "newton" : "levenberg-marquardt");
  return {
    name: "newton",
    settings: JSON.parse(JSON.stringify({ curvature, tolerances })),
    choose: ({ isComposite }) => {
      const kind = kindOf(isComposite);
      return {
        method: nameOf(kind),
        because: "as given",
        settings: JSON.parse(JSON.stringify({ curvature: kind, tolerances })),
      };
    },
    start: (objective, start) => {
      const kind =
        curvature === "auto" && tolerances.curvature !== undefined ? "hessian" : curvatureOf(objective, curvature);
      return startDenseNewton(objective, start, kind, tolerances);
    },
  };
}

function startDenseNewton(
  objective: Objective,
  start: Vector,
  kind: CurvatureKind,
  tolerances: NonNullable<DenseNewtonOptions["tolerances"]>,
): OptimizerRun {
  const { ledger, dtype, layout } = objective;
  const d = layout.size;
  requireLength("denseNewton", "start", start, d);
  const resolution = resolutionOf(dtype, { gradient: tolerances.relativeGradient, step: tolerances.step });
  const [forgetting, reach] = kind === "hessian" ? [0.25, 1] : [1, 10];
  let w: Vector = start.slice();
  let a: Float64Array = new Float64Array(d);
  let radius = Number.NaN;
  let hasMoved = false;
  const visited = extent();
  let point: Point | undefined;
  let model: EigenModel | undefined;
  /** Whether A is that of the current point alone. */
  let isRescaled = false;
  /** An ending that the next step reports, at the point it is about. */
  let due: Ending | undefined;
  let pending: BatchIndices | undefined;
  let usesJacobian = kind === "gauss-newton" && objective.jacobian !== undefined;

  async function pointAt(batches: BatchSource, indices: BatchIndices): Promise<Point> {
    const batch = batches.batch(indices);
    const evaluation = usesJacobian ? await objective.jacobian!(w, batch, { maxBytes }) : undefined;
    // A regularizer is part of the curvature's products, not of J; a J too large to hold is a matter of products as well.
    usesJacobian = evaluation !== undefined && "jacobian" in evaluation && evaluation.penalty === undefined;
    if (evaluation && "jacobian" in evaluation && usesJacobian) {
      const { value, losses, magnitude = Math.abs(value), jacobian, residuals } = evaluation;
      const gradient = zeros(d, dtype);
      for (let j = 0; j < d; j++) {
        let sum = 0;
        for (let i = 0, k = j; i < residuals.length; i++, k += d) sum += jacobian[k] * residuals[i];
        gradient[j] = sum;
      }
      return {
        ...{ indices, batch, loss: value, losses, magnitude, gradient },
        rounding: roundingOf({ ...evaluation, magnitude }, dtype),
        diagonal: columnSquares(jacobian, d),
        modelIn: (a) => residualModelOf(jacobian, residuals, a),
      };
    }
    const linearization = await objective.linearize(w, batch, kind);
    const { value, losses, magnitude = Math.abs(value) } = linearization;
    const gradient = linearization.gradient.slice();
    const finite = Number.isFinite(value) && allFinite(gradient);
    const { curvature } = linearization;
    const B = finite
      ? await assemble({ size: d, dtype, multiply: (v) => curvature.multiply(v) }, "denseNewton")
      : new Float64Array(d * d);
    linearization.dispose();
    for (let i = 0; i < d; i++)
      for (let j = 0; j < i; j++) B[i * d + j] = B[j * d + i] = 0.5 * (B[i * d + j] + B[j * d + i]);
    return {
      ...{ indices, batch, loss: value, losses, magnitude, gradient },
      rounding: roundingOf({ ...linearization, magnitude }, dtype),
      diagonal: Float64Array.from({ length: d }, (_, j) => Math.abs(B[j * d + j])),
      modelIn: (a) => eigenModelOf(B, gradient, a),
    };
  }

  /** a ← max(β·a, |B_jj|). */
  function updateEllipsoid({ diagonal, magnitude }: Point): void {
    a = ellipsoidOf(
      a.map((known, j) => Math.max(forgetting * known, diagonal[j])),
      w,
      magnitude,
    );
  }

  const lengthOf = (v: Vector): number => Math.hypot(...a.map((x, j) => Math.sqrt(x) * v[j]));

  async function step(batches: BatchSource): Promise<StepRecord> {
    const before = ledger.counts();
    const productsSoFar = () => {
      const { hvps, ggnvps } = ledger.counts();
      return hvps + ggnvps - before.hvps - before.ggnvps;
    };
    const resumed = pending;
    pending = undefined;
    if (point === undefined) {
      const found = resumed
        ? await ledger.aside(() => pointAt(batches, resumed))
        : await pointAt(batches, batches.draw());
      const { loss, gradient, diagonal } = found;
      if (!Number.isFinite(loss) || !allFinite(gradient)) {
        return { loss, gradientNorm: norm2(gradient), accepted: false, products: productsSoFar(), radius };
      }
      if (!allFinite(diagonal)) {
        const failed = { outcome: "nonfinite", stepNorm: 0 } as const;
        return { loss, gradientNorm: norm2(gradient), accepted: false, products: productsSoFar(), radius, ...failed };
      }
      point = found;
      if (!resumed) updateEllipsoid(found);
    }
    model ??= point.modelIn(a);
    const { loss, magnitude, gradient } = point;
    const rounding = point.rounding + roundingOfPoint(w, point, dtype);
    visited.visit(magnitude, norm2(w));
    if (Number.isNaN(radius)) radius = reach * lengthOf(w) || model.naturalLength || 1;
    const isConvex = kind === "gauss-newton" || model.leftmost >= -resolution.curvature;
    const negativeCurvature =
      kind === "hessian" && tolerances.curvature !== undefined ? Math.max(0, -model.leftmost) : undefined;
    const decrement = model.decrement();
    const offset = offsetOf(decrement, magnitude);
    const stay = () => ({
      loss,
      gradientNorm: norm2(gradient),
      accepted: false,
      products: productsSoFar(),
      radius,
      negativeCurvature,
    });
    const determined = (ending: Ending): Ending => {
      const { rank } = model!;
      if (kind === "hessian" || rank === d || ending.status !== "converged") return ending;
      const message = `${ending.message} The Jacobian has rank ${rank} of ${d}: the data do not determine all parameters.`;
      return { ...ending, message };
    };
    const certified = (reached: Ending, ending = determined(reached)): Ending =>
      ending.status === "converged" && negativeCurvature !== undefined && negativeCurvature <= tolerances.curvature!
        ? { ...ending, status: "second-order-converged", message: `${ending.message} λ_min ≥ ${-negativeCurvature}.` }
        : ending;
    if (due) return { ...stay(), ...certified(due) };
    if (isConvex && (offset <= resolution.gradient || norm2(gradient) <= (tolerances.gradient ?? 0))) {
      // In an ellipsoid of curvature that is past, what is left of a column may look like none.
      if (!isRescaled && kind === "gauss-newton") return rescaled(batches);
      return { ...stay(), ...certified(endings.gradient(offset)) };
    }

    const solution = model.within(radius);
    const { stepNorm, modelDecrease, multiplier, outcome } = solution;
    const proposed = () => ({ ...stay(), stepNorm, modelDecrease, multiplier, outcome });
    const length = relativeStep(solution.step as Vector, w, point.diagonal, dtype);
    const isNewton = isConvex && outcome === "interior";
    const isNear = isNewton && (length <= resolution.level || offset <= resolution.level);
    if (isNewton && length <= resolution.step) return { ...stay(), ...certified(endings.step()) };
    if (isNewton && visited.hasVanished(magnitude, norm2(solution.step))) {
      return { ...stay(), ...certified(endings.loss()) };
    }

    const trial = zeros(d, dtype);
    const usable = combineFinite(1, w, 1, solution.step as Vector, trial);
    const moves = trial.some((x, j) => x !== w[j]);
    const after = usable && moves ? await objective.value(trial, point.batch) : { value: usable ? loss : Number.NaN };
    const { decrease, standardError } = pairedDecrease({ value: loss, losses: point.losses }, after);
    const band = resolution.band * rounding;
    const isLevel = isNewton && moves && Math.abs(decrease) <= band && modelDecrease <= band;
    const { ratio } = noiseSafeRatio(decrease, modelDecrease, { rounding, noise: 0, eta1: 0.1 });
    let accepted = moves && ratio >= 1e-4 && decrease >= -rounding;
    let ending: Ending | undefined;
    if (isLevel) {
      // The loss cannot judge; the gradient can.
      const there = await objective.gradient(trial, point.batch);
      const next = model.decrement(there.gradient);
      accepted = Number.isFinite(there.value) && next < decrement;
      if (!(next < decrement / 4)) ending = isNear ? endings.rounding() : undefined;
    } else if (!accepted) {
      radius = shrunk(radius, stepNorm, dot(gradient, solution.step as Vector), decrease);
      const isTiny = !moves || (modelDecrease <= rounding && Math.abs(decrease) <= rounding) || !(radius > 0);
      if (isNear && modelDecrease <= band) ending = endings.rounding();
      else if (isTiny) ending = await lastWord(point, decrease);
    } else {
      if (!hasMoved) radius = Math.min(radius, stepNorm);
      if (ratio >= 0.75 || outcome === "interior") radius = Math.max(2 * stepNorm, ratio >= 0.25 ? 0 : radius);
      else if (ratio < 0.25) radius = shrunk(radius, stepNorm, dot(gradient, solution.step as Vector), decrease);
    }
    const record = {
      ...proposed(),
      accepted,
      ratio,
      decreaseStandardError: standardError,
      atNoiseFloor: isLevel || undefined,
    };
    if (accepted) {
      w = trial;
      hasMoved = true;
      due = ending;
      [point, model, isRescaled] = [undefined, undefined, false];
      return record;
    }
    if (isLevel && !ending) radius = stepNorm / 4;
    return { ...record, ...(ending && certified(ending)) };
  }

  /** The step in the ellipsoid of the current point alone. */
  function rescaled(batches: BatchSource): Promise<StepRecord> {
    const { diagonal, magnitude } = point!;
    const own = ellipsoidOf(diagonal, w, magnitude);
    const isSame = own.every((value, j) => value === a[j]);
    isRescaled = true;
    if (!isSame) {
      a = own;
      model = undefined;
      radius = Number.NaN;
    }
    return step(batches);
  }

  /** Nothing acceptable is left: near a minimum that is rounding, elsewhere a stall. */
  async function lastWord({ batch, gradient, magnitude }: Point, decrease: number): Promise<Ending> {
    if (decrease === -Infinity) {
      return {
        status: "nonfinite",
        message: "The loss was finite at the current point but at no trial point, however near.",
      };
    }
    if (offsetOf(model!.decrement(), magnitude) <= resolution.level) return endings.rounding();
    return stalled(objective, { w, batch, gradient, a });
  }

  return {
    get parameters() {
      return w;
    },
    async prepare(batches) {
      const matrix = usesJacobian ? { jacobian: { maxBytes } } : { curvature: kind, products: true };
      await objective.prepare?.(batches.batch(sampleIndices(batches)), { value: true, gradient: true, ...matrix });
    },
    step,
    state: () =>
      joinStates({
        run: { scalars: { radius, hasMoved: Number(hasMoved) }, vectors: { a: a.slice() } },
        extent: visited.state(),
        ...(point && { pending: indicesState(point.indices) }),
      }),
    restore(parameters, state) {
      const { scalars, vectors } = partOf(state, "run")!;
      w = parameters.slice();
      radius = scalars.radius;
      hasMoved = scalars.hasMoved === 1;
      visited.restore(partOf(state, "extent"));
      a = Float64Array.from(vectors.a);
      [point, model, due] = [undefined, undefined, undefined];
      pending = indicesOf(partOf(state, "pending"));
    },
    dispose() {},
  };
}

/** What the rounding of w itself makes of the loss: Σ|g_j|δ_j + ½‖δ‖²_A, δ = ε_mach·|w|. */
function roundingOfPoint(w: Vector, { gradient, diagonal }: Point, dtype: Dtype): number {
  const epsilon = dtype === "float64" ? 2 ** -52 : 2 ** -23;
  let [slope, square] = [0, 0];
  for (let j = 0; j < w.length; j++) {
    const delta = epsilon * w[j];
    slope += Math.abs(gradient[j] * delta);
    square += diagonal[j] * delta * delta;
  }
  return slope + 2 * square;
}

/** Δ after a step that was too bold: to the minimiser of the parabola through f, f⁺ and the slope, within [0.1, 0.5] ([More1978]). */
function shrunk(radius: number, stepNorm: number, slope: number, decrease: number): number {
  const bend = -decrease - slope;
  const t = decrease === -Infinity || !(bend > 0) ? 0.1 : -slope / (2 * bend);
  return Math.min(0.5, Math.max(0.1, t)) * Math.min(radius, stepNorm);
}
