/**
 * Explicit Gauss–Newton: the model from the whole Jacobian, solved exactly in an ellipsoid of its columns.
 *
 *   m(s) = ½‖r + Js‖² + pᵀs + ½sᵀDs      A = diag(JᵀJ + D)^p
 *   s = argmin m(s) + ½λ‖s − μs₋‖²_A     (JᵀJ + D + λA)(s − μs₋) = −g − (JᵀJ + D)μs₋
 *   s ← s + s₂                           along a curved valley: trials.ts
 *
 * For full batches whose Jacobian fits into memory: a step costs one Jacobian, one product of it with itself, and for
 * each trial of the search on λ a factorisation and a few losses. The precision should be float64.
 *
 * Symbols: μ momentum, s₋ the previous step.
 * References: [Levenberg1944], [Marquardt1963], [More1978], [Goldshlager2024].
 */

import { requireInteger, requireKnown, requireOneOf, requirePositive } from "../../check.ts";
import { type ColumnNormOptions, columnNormDiagonal } from "../../norm/column-norms.ts";
import type { JacobianEvaluation, NormalEvaluation, Objective } from "../../objective/objective.ts";
import { denseGaussNewton, type GaussNewtonSpace, squaredColumns } from "../../subproblem/gauss-newton.ts";
import { allFinite, norm2 } from "../../vector/kernels.ts";
import { joinStates, partOf } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import { sampleIndices } from "../batch-indices.ts";
import { endings, extent, offsetOf, resolutionOf } from "../convergence.ts";
import { makeIterate } from "../iterate.ts";
import { noiseFloor } from "../noise-floor.ts";
import { asGiven, type BatchSource, type Optimizer, type OptimizerRun, type StepRecord } from "../optimizer.ts";
import { roundingOf } from "../ratio.ts";
import { stalled } from "../stall.ts";
import { type DampingSearch, type DampingSearchName, dampingSearch } from "./damping.ts";
import { makeMomentum } from "./momentum.ts";
import { type Tried, trialsAt } from "./trials.ts";

export interface GaussNewtonOptions {
  /**
   * Which step is taken: "greedy", the longest that still decreases a little; "target-ratio", the one whose ratio of
   * actual to predicted decrease is 0.1; "classical", a radius moved by thresholds of that ratio; or a search of one's
   * own. Defaults to "greedy".
   */
  readonly search?: DampingSearchName | DampingSearch;
  /** p ∈ [0, 1] of A: ½ is the root as in RMSProp, 1 Marquardt's scaling, 0 the Euclidean norm; defaults to ½. */
  readonly power?: ColumnNormOptions["power"];
  /** Whether A keeps the largest columns so far, as in MINPACK; defaults to d ≤ 32. */
  readonly keepLargest?: boolean;
  /** ε_g ≥ 0: the run has converged when ‖∇L‖₂ is at most this; defaults to 0. */
  readonly gradientTolerance?: number;
  /**
   * ε ≥ 0: the run has converged when ½gᵀ(JᵀJ + D)⁻¹g ≤ ε²·|f|₁, whatever the units (convergence.ts). Defaults to 1e-8
   * in float64 and 1e-4 in float32 for a function, to 0 on data.
   */
  readonly relativeGradientTolerance?: number;
  /**
   * Bytes that J may take, > 0; defaults to 2³⁰. A larger one is summed up by blocks if it has more rows than columns
   * and the loss is one value an example or made of equations at points. If not, the first step refuses it.
   */
  readonly maxBytes?: number;
  /**
   * μ ∈ [0, 1): the previous step times μ is what λ pulls a step to, rather than 0. Defaults to 0.5 until the batch
   * changes, as when `solve` redraws points, then to 0.
   */
  readonly momentum?: number;
  /**
   * Second-order corrections of a trial, an integer ≥ 0, each a solve and a loss; defaults to 6. None are made by blocks
   * of rows.
   */
  readonly corrections?: number;
  /** Whether the matrix of parameters or that of residuals is factored; defaults to "smaller". */
  readonly space?: GaussNewtonSpace | "smaller";
}

/** Parameters up to which the largest columns are kept. */
const fewParameters = 32;

const gaussNewtonOptions: readonly (keyof GaussNewtonOptions)[] = [
  ...(["search", "power", "momentum", "corrections", "keepLargest", "gradientTolerance"] as const),
  ...(["relativeGradientTolerance", "maxBytes", "space"] as const),
];

/** λ of a step that counts as whole, as a part of the curvature's scale: enough for a singular JᵀJ. */
const wholeShare = 1e-12;

/**
 * @throws {RangeError} if an option is outside its domain; at the first step {TypeError} if the problem has no residual
 *   form.
 * @example
 * await minimizeLeastSquares(residuals, start, { method: gaussNewton() });
 */
export function gaussNewton(options: GaussNewtonOptions = {}): Optimizer {
  requireKnown("gaussNewton", options, gaussNewtonOptions);
  const { power = 0.5, momentum, corrections = 6, keepLargest, maxBytes = 2 ** 30 } = options;
  const { gradientTolerance = 0, relativeGradientTolerance, space = "smaller" } = options;
  const search = dampingSearch(options.search ?? "greedy");
  columnNormDiagonal(new Float64Array(1), { power });
  for (const [name, value] of Object.entries({ gradientTolerance, relativeGradientTolerance })) {
    if (value !== undefined && !(value >= 0)) throw new RangeError(`gaussNewton: ${name} must be >= 0, got ${value}.`);
  }
  requirePositive("gaussNewton", "maxBytes", maxBytes);
  requireInteger("gaussNewton", "corrections", corrections, 0);
  requireOneOf("gaussNewton", "space", space, ["smaller", "parameters", "samples"]);
  if (momentum !== undefined && !(momentum >= 0 && momentum < 1)) {
    throw new RangeError(`gaussNewton: momentum must be in [0, 1), got ${momentum}.`);
  }
  return asGiven({
    name: "gauss-newton",
    settings: {
      ...{ search: search.name, ...search.settings, power, corrections },
      ...(momentum !== undefined && { momentum }),
      ...{ keepLargest, gradientTolerance, maxBytes, space },
      ...(relativeGradientTolerance !== undefined && { relativeGradientTolerance }),
    },
    start: (objective, start, { batches }) =>
      startGaussNewton(objective, start, {
        keepLargest: start.length <= fewParameters,
        ...options,
        ...{ search, power, corrections, space },
        gradientTolerance,
        relativeGradientTolerance: relativeGradientTolerance ?? (batches ? 0 : undefined),
        maxBytes,
      }),
  });
}

type Optional = "relativeGradientTolerance" | "momentum";
type Settings = Required<Omit<GaussNewtonOptions, Optional>> &
  Pick<GaussNewtonOptions, Optional> & { readonly search: DampingSearch };

async function jacobianAt(
  objective: Objective,
  w: Vector,
  batch: unknown,
  maxBytes: number | undefined,
): Promise<JacobianEvaluation | NormalEvaluation> {
  const evaluation = await objective.jacobian?.(w, batch, { maxBytes });
  if (evaluation === undefined) {
    throw new TypeError(
      "gaussNewton: the problem must give model and a loss with known curvature in the outputs, { model, loss, params }, " +
        "got a loss without a residual form. Use trustRegion().",
    );
  }
  return evaluation;
}

function startGaussNewton(
  objective: Objective,
  start: Vector,
  { search, power, momentum: mu, corrections, keepLargest, maxBytes, space, ...tolerances }: Settings,
): OptimizerRun {
  const d = start.length;
  const iterate = makeIterate(start, objective);
  const damping = search.begin();
  const floor = noiseFloor();
  const { gradientTolerance, relativeGradientTolerance } = tolerances;
  const resolution = resolutionOf(objective.dtype, { gradient: relativeGradientTolerance });
  const largest = keepLargest ? new Float64Array(d) : undefined;
  const visited = extent();
  const momentum = makeMomentum(mu);

  const prepare = async (batches: BatchSource): Promise<void> =>
    objective.prepare?.(batches.batch(sampleIndices(batches)), {
      value: true,
      jacobian: { maxBytes, changes: corrections > 0 },
    });

  async function step(batches: BatchSource): Promise<StepRecord> {
    const indices = batches.draw();
    const batch = batches.batch(indices);
    const evaluation = await jacobianAt(objective, iterate.current, batch, maxBytes);
    const { value: loss, penalty } = evaluation;
    const unknown = { loss, gradientNorm: Number.NaN, accepted: false, products: 0 };
    const parts =
      "gram" in evaluation ? [evaluation.gram, evaluation.projection] : [evaluation.jacobian, evaluation.residuals];
    if (!Number.isFinite(loss) || !parts.every(allFinite)) return unknown;

    if (space === "samples" && "gram" in evaluation) {
      throw new RangeError(
        'gaussNewton: space must be "parameters" where JᵀJ is summed up, over ranks or by blocks of rows, got samples.',
      );
    }
    const squares = squaredColumns(evaluation, d);
    penalty?.curvature?.forEach((c, j) => {
      squares[j] += c;
    });
    const diagonal = columnNormDiagonal(squares, { power, largest });
    const model = await denseGaussNewton(
      { ...evaluation, diagonal },
      { engine: objective.matrices, ...(space !== "smaller" && { space }) },
    );
    const gradientNorm = norm2(model.gradient);
    const here = { ...unknown, gradientNorm };
    if (gradientNorm <= gradientTolerance) {
      return { ...here, ...endings.gradient(0) };
    }

    const rounding = roundingOf(evaluation, objective.dtype);
    const centre = momentum.centre(batch, indices, batches);
    const taken = trialsAt(
      { w: iterate.current, batch, evaluation, diagonal },
      { objective, model, rounding, centre, corrections },
    );
    const scale = squares.reduce((max, c, j) => Math.max(max, c / diagonal[j]), 0);
    const found = (await damping.search({ ...taken, scale })) as Tried | undefined;
    const { magnitude = Math.abs(loss) } = evaluation;
    visited.visit(magnitude, norm2(iterate.current));
    const wholeStep = () => model.solve(wholeShare * scale);
    const stall = () =>
      stalled(objective, {
        ...{ w: iterate.current, batch, gradient: Float64Array.from(model.gradient), a: diagonal },
        kind: objective.hasCurvature === false ? undefined : "gauss-newton",
        largest: visited.largest,
      });
    if (found === undefined) return { ...here, ...(await stall()) };
    const { solution, ratio, decrease, trial, atNoiseFloor } = found;
    momentum.took(iterate.current, trial);
    iterate.accept(trial);
    const { stepNorm, modelDecrease, multiplier, outcome } = solution;
    const isLevel = Math.abs(decrease) <= rounding;
    // The whole step decreases the model by more than any other: it is asked for only if this one says little.
    const mayBeNear = offsetOf(modelDecrease, magnitude) <= resolution.level;
    const whole = mayBeNear ? await wholeStep() : undefined;
    const offset = whole && whole.modelDecrease >= -rounding ? offsetOf(whole.modelDecrease, magnitude) : Infinity;
    const verdict = floor.after({
      isLevel,
      descent: decrease / rounding,
      gradientNorm,
      isNear: offset <= resolution.level,
    });
    return {
      ...here,
      accepted: true,
      radius: stepNorm,
      ...{ stepNorm, modelDecrease, multiplier, outcome, ratio, atNoiseFloor },
      ...(verdict === "rounding" && endings.rounding()),
      ...(offset <= resolution.gradient && endings.gradient(offset)),
      ...(verdict === "stalled" && (await stall())),
    };
  }

  return {
    get parameters() {
      return iterate.show();
    },
    prepare,
    step,
    state: () =>
      joinStates({
        damping: damping.state(),
        floor: floor.state(),
        extent: visited.state(),
        ...(largest && { norm: { scalars: {}, vectors: { largest: largest.slice() } } }),
        ...momentum.state(),
      }),
    restore(parameters, state) {
      iterate.restart(parameters);
      damping.restore(partOf(state, "damping")!);
      floor.restore(partOf(state, "floor")!);
      visited.restore(partOf(state, "extent"));
      largest?.set(partOf(state, "norm")!.vectors.largest);
      momentum.restore(state);
    },
    dispose() {},
  };
}
