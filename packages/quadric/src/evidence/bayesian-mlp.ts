/**
 * Networks for a table, regularized by evidence and averaged.
 *
 * The linear model first, then networks of growing width while the work allows; each once for every part of the rows,
 * without it. What is averaged is decided by the rows held out, which also say how wide the errors are.
 */
import { requireInteger, requireKnown, requireOneOf, requirePositive } from "../check.ts";
import { ShapeError } from "../errors.ts";
import { extremes } from "../vector/kernels.ts";
import { permutation, randomWords } from "../vector/philox.ts";
import { standardization } from "../vector/standardization.ts";
import type { Tensor, TensorData } from "../vector/tensor.ts";
import { bestAverage, type Candidate, type Data, type Fitted, fitCandidate, type Judged, judge } from "./candidates.ts";
import { type CommitteeGraph, graphOf } from "./graph.ts";
import type { EvidenceLoss } from "./likelihood.ts";
import type { Posterior } from "./maximize.ts";
import type { Member } from "./member.ts";
import { hiddenUnits, offsetsOf } from "./network.ts";
import { gramCost } from "./network-gram.ts";
import {
  type BayesianPrediction,
  type Committee,
  type Predictor,
  predictorOf,
  read,
  type Scales,
} from "./predictor.ts";
import { storedTensors } from "./stored.ts";

export interface BayesianMlpData {
  /** Inputs [n, p], of any units. */
  readonly x: Tensor;
  /** Numbers or counts [n] or [n, 1], or labels 0 … k − 1 [n]. */
  readonly y: Tensor;
  /** Weights ≥ 0 of the rows, [n]; their mean counts as 1. Defaults to equal ones. */
  readonly weight?: Tensor;
}

export interface BayesianMlpOptions {
  readonly loss: EvidenceLoss;
  /** k, of cross-entropy; defaults to one more than the largest label. */
  readonly classes?: number;
  /**
   * Input weights of columns with the same number share a precision, [p]; defaults to one each. Indicators of a category
   * should share theirs.
   */
  readonly groups?: ArrayLike<number>;
  /** A safe integer ≥ 0; the same seed gives the same bits. Defaults to 0. */
  readonly seed?: number;
  /** Multiply-adds beyond which no wider network is begun, a billion or two of which take a second; the linear model and the
   * first width are always fitted. Defaults to 10⁹. */
  readonly work?: number;
  /** Parts that rows are held out by, an integer ≥ 2, or the part of each row, [n]; defaults to 5. */
  readonly folds?: number | Int32Array;
  /** Hidden units that are tried, ascending; defaults to 8, 16 and 32, and to 4 or 2 and no more where 8 are too much work. */
  readonly widths?: readonly number[];
  /** Steps of a fit, an integer ≥ 1; defaults to 40. */
  readonly maxSteps?: number;
  readonly signal?: AbortSignal;
  /** Called before each fit. */
  readonly onProgress?: (progress: BayesianMlpProgress) => void;
}

export interface BayesianMlpProgress {
  /** Hidden units and part of the fit that begins. */
  readonly width: number;
  readonly part: number;
  readonly parts: number;
  /** Mean held-out losses so far by width, 0 for the linear model. */
  readonly heldOut: ReadonlyMap<number, number>;
}

export interface FittedNetwork {
  /** Hidden units; 0: the linear model. */
  readonly width: number;
  readonly logEvidence: number;
  readonly effectiveParameters: number;
  /** In the mean. */
  readonly weight: number;
  readonly steps: number;
  readonly status: Posterior["status"];
}

export interface LinearByEvidence {
  predict: Predictor["predict"];
  readonly heldOut: BayesianPrediction;
  readonly logEvidence: number;
  readonly effectiveParameters: number;
}

export interface BayesianMlp extends Predictor, CommitteeGraph {
  /** On the training rows, each by networks that did not see it. */
  readonly heldOut: BayesianPrediction;
  /** The linear models alone: ridge or logistic regression by evidence. */
  readonly linear: LinearByEvidence;
  /** True if no network was better than the linear model on held-out rows; `predict` is then that of the linear model. */
  readonly keepsLinear: boolean;
  /** What was chosen and why, in one line. */
  readonly because: string;
  readonly networks: readonly FittedNetwork[];
  /** Means over the networks that are averaged. */
  readonly logEvidence: number;
  readonly effectiveParameters: number;
  /** Deviation of the noise in units of y; undefined for classes and counts. */
  readonly noise: number | undefined;
  /** Of each column, how much the outputs change with it where the rows are, as shares; [p]. */
  readonly relevance: Float64Array;
  /** Multiply-adds spent. */
  readonly work: number;
  /** What `loadBayesianMlp` needs. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

const optionNames: readonly (keyof BayesianMlpOptions)[] = [
  ...(["loss", "classes", "groups", "seed", "work", "folds", "widths", "maxSteps", "signal", "onProgress"] as const),
];

/** @throws {ShapeError} | {RangeError} | {TypeError} if data or options do not fit. */
export async function bayesianMlp(data: BayesianMlpData, options: BayesianMlpOptions): Promise<BayesianMlp> {
  requireKnown("bayesianMlp", options, optionNames);
  const { loss, seed = 0, work = 1e9, signal, onProgress, widths, maxSteps = 40 } = options;
  requireOneOf("bayesianMlp", "loss", loss, ["squared-error", "cross-entropy", "poisson"]);
  requireInteger("bayesianMlp", "seed", seed, 0);
  requireInteger("bayesianMlp", "maxSteps", maxSteps, 1);
  requirePositive("bayesianMlp", "work", work);
  const { prepared, scales, parts } = prepare(data, options);
  const heldOutErrors = new Map<number, number>();
  const candidates: Candidate[] = [];
  let spent = 0;

  async function fit(width: number): Promise<void> {
    let part = 0;
    const between = async () => {
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
      onProgress?.({ width, part: part++, parts, heldOut: heldOutErrors });
    };
    const candidate = await fitCandidate(prepared, width, { parts, seed, maxSteps, between });
    candidates.push(candidate);
    spent += candidate.members.reduce((sum, { cost }) => sum + cost, 0);
    heldOutErrors.set(width, judge([candidate], prepared).error);
  }

  await fit(0);
  for (const [i, width] of (widths ?? widthsFor(prepared, parts, work)).entries()) {
    if (i > 0 && spent + expected(width, prepared, parts) > work) break;
    await fit(width);
  }
  const [linear] = candidates;
  const best = bestAverage(candidates, prepared);
  const linearAlone = judge([linear], prepared);
  return resultOf({ prepared, scales, candidates, best, linearAlone, spent });
}

/** Steps that a fit is expected to take. */
const usualSteps = 30;

const expected = (hidden: number, { inputs, outputs, y }: Data, parts: number): number => {
  const shape = { inputs, hidden, outputs };
  const { size } = offsetsOf(shape);
  return parts * usualSteps * (y.length * gramCost(shape) + size ** 3 / 2);
};

/** The first width may take more than its share: without it there is no network. */
const firstShare = 2.5;

function widthsFor(data: Data, parts: number, work: number): readonly number[] {
  const isCheap = (width: number) => expected(width, data, parts) <= firstShare * work;
  return isCheap(8) ? [8, 16, 32] : [isCheap(4) ? 4 : 2];
}

function prepare(data: BayesianMlpData, options: BayesianMlpOptions) {
  const { x, y, weight } = data;
  const { loss, groups, folds = 5, seed = 0 } = options;
  if (x.shape.length !== 2) throw new ShapeError(`bayesianMlp: x must have shape [n, p], got [${x.shape}].`);
  const [n, p] = x.shape;
  if (y.data.length !== n || (y.shape.length === 2 && y.shape[1] !== 1)) {
    throw new ShapeError(`bayesianMlp: y must have shape [${n}] or [${n}, 1], got [${y.shape}].`);
  }
  if (n < 2) throw new RangeError(`bayesianMlp: needs at least 2 rows, got ${n}.`);
  if (weight && weight.data.length !== n) {
    throw new ShapeError(`bayesianMlp: weight must have shape [${n}], got [${weight.shape}].`);
  }
  if (groups && groups.length !== p)
    throw new ShapeError(`bayesianMlp: groups must have length ${p}, got ${groups.length}.`);
  const areFinite = (values: TensorData) => values.every((v: number) => Number.isFinite(v));
  if (!areFinite(x.data) || !areFinite(y.data)) throw new RangeError("bayesianMlp: x and y must be finite.");

  const targets = Float64Array.from(y.data);
  const column = (j: number) => Float64Array.from({ length: n }, (_, i) => x.data[i * p + j]);
  const inputs = Array.from({ length: p }, (_, j) => bounded(column(j)));
  const isNumber = loss === "squared-error";
  const mean = targets.reduce((sum, t) => sum + t / n, 0);
  const largest = targets.reduce((most, t) => Math.max(most, Math.abs(t - mean)), 0);
  const deviation = largest * Math.sqrt(targets.reduce((sum, t) => sum + ((t - mean) / (largest || 1)) ** 2 / n, 0));
  const target = isNumber ? { shift: mean, scale: deviation || 1 } : { shift: 0, scale: 1 };
  let classes = 1;
  if (loss === "cross-entropy") {
    classes = options.classes ?? 1 + targets.reduce((most, t) => Math.max(most, t), 0);
    const isLabel = (t: number) => Number.isInteger(t) && t >= 0 && t < classes;
    const wrong = targets.find((t) => !isLabel(t));
    if (wrong !== undefined)
      throw new RangeError(`bayesianMlp: labels must be integers in 0 … ${classes - 1}, got ${wrong}.`);
  }
  if (loss === "poisson" && targets.some((t) => t < 0)) throw new RangeError("bayesianMlp: counts must be >= 0.");
  const columns = new Float64Array(n * p);
  inputs.forEach((scale, j) => {
    if (!scale) return;
    for (let i = 0; i < n; i++) columns[j * n + i] = standardization.apply(scale, x.data[i * p + j]);
  });
  const given = weight ? Float64Array.from(weight.data) : new Float64Array(n).fill(1);
  const total = given.reduce((sum, w) => sum + w, 0);
  const count = typeof folds === "number" ? Math.min(folds, n) : 1 + folds.reduce((most, f) => Math.max(most, f), 0);
  requireInteger("bayesianMlp", "folds", count, 2);
  const names = [...new Set(Array.from(groups ?? inputs.keys()))];
  const prepared: Data = {
    x: columns,
    y: targets.map((t) => (t - target.shift) / target.scale),
    weight: given.map((w) => (w * n) / total),
    parts: typeof folds === "number" ? partsOf(targets, loss === "cross-entropy", count, seed) : folds,
    columns: Int32Array.from({ length: p }, (_, j) => (groups ? names.indexOf(groups[j]) : j)),
    loss,
    inputs: p,
    outputs: classes > 2 ? classes : 1,
  };
  return { prepared, scales: { inputs, target } satisfies Scales, parts: count };
}

/** How far beyond the range of the training rows inputs may lie, as a part of it. */
const beyond = 0.1;

function bounded(values: Float64Array) {
  const scale = standardization.fit(values);
  if (!scale) return undefined;
  const [low, high] = extremes(values);
  const margin = beyond * (high - low);
  return { ...scale, low: Math.max(scale.low, low - margin), high: Math.min(scale.high, high + margin) };
}

/** At random, class by class if the targets are classes; sizes differ by one at most. */
function partsOf(targets: Float64Array, areClasses: boolean, count: number, seed: number): Int32Array {
  const order = Array.from(permutation(targets.length, randomWords(seed, [0x65766964, 0])));
  if (areClasses) order.sort((a, b) => targets[a] - targets[b]);
  const parts = new Int32Array(targets.length);
  order.forEach((row, place) => {
    parts[row] = place % count;
  });
  return parts;
}

interface Outcome {
  readonly prepared: Data;
  readonly scales: Scales;
  readonly candidates: readonly Candidate[];
  readonly best: Judged;
  readonly linearAlone: Judged;
  readonly spent: number;
}

function resultOf({ prepared, scales, candidates, best, linearAlone, spent }: Outcome): BayesianMlp {
  const { loss, y } = prepared;
  const n = y.length;
  const inUnits = ({ logEvidence, rows }: Fitted) => logEvidence - rows * Math.log(scales.target.scale);
  const averaged = committeeOf(best, loss, scales);
  const linear = committeeOf(linearAlone, loss, scales);
  const averageOf = (of: (member: Fitted) => number, { members, weights }: Averaged = averaged) =>
    members.reduce((sum, member, m) => sum + weights[m] * of(member), 0);
  const heldOutOf = ({ heldOut, reading }: Judged): BayesianPrediction => {
    const { mean, variance, noises } = heldOut;
    return read(
      loss,
      { mean, variance: variance.map((v, i) => v + (loss === "squared-error" ? noises[i] : 0)), noise: 0 },
      reading,
      scales.target,
      n,
    );
  };
  const keepsLinear = best.candidates.every(({ width }) => width === 0);
  const effectiveParameters = averageOf((member) => member.effectiveParameters);
  return {
    ...predictorOf(averaged),
    ...graphOf(averaged),
    heldOut: heldOutOf(best),
    linear: {
      predict: predictorOf(linear).predict,
      heldOut: heldOutOf(linearAlone),
      logEvidence: averageOf(inUnits, linear),
      effectiveParameters: averageOf((member) => member.effectiveParameters, linear),
    },
    keepsLinear,
    because: because(
      best,
      linearAlone,
      scales,
      effectiveParameters,
      averageOf((member) => member.theta.length),
    ),
    networks: candidates.flatMap(({ width, members: fitted }) =>
      fitted.map((member) => ({
        width,
        logEvidence: inUnits(member),
        effectiveParameters: member.effectiveParameters,
        weight: averaged.weights[averaged.members.indexOf(member)] ?? 0,
        steps: member.steps,
        status: member.status,
      })),
    ),
    logEvidence: averageOf(inUnits),
    effectiveParameters,
    noise: loss === "squared-error" ? scales.target.scale * Math.sqrt(averageOf(({ beta }) => 1 / beta)) : undefined,
    relevance: relevanceOf(averaged.members, averaged.weights, prepared),
    work: spent,
    tensors: storedTensors(averaged),
  };
}

interface Averaged extends Committee {
  readonly members: readonly Fitted[];
}

/** Each width counts the same, and so do its networks. */
function committeeOf({ candidates, reading }: Judged, loss: EvidenceLoss, scales: Scales): Averaged {
  const members = candidates.flatMap((candidate) => candidate.members);
  const weights = candidates.flatMap((candidate) =>
    candidate.members.map(() => 1 / (candidates.length * candidate.members.length)),
  );
  return { loss, scales, members, weights: Float64Array.from(weights), reading };
}

const digits = (x: number): string => String(Number(x.toPrecision(3)));

function because(best: Judged, linear: Judged, { target }: Scales, effective: number, size: number): string {
  const inUnits = (error: number) =>
    digits(best.reading.quantiles.length > 0 ? target.scale * Math.sqrt(Math.abs(error)) : error);
  const widths = best.candidates.map(({ width }) => (width === 0 ? "the linear model" : `networks of ${width} units`));
  const name = widths.length === 1 ? widths[0] : `the mean of ${widths.join(" and ")}`;
  const versus =
    widths[0] === "the linear model" && widths.length === 1
      ? "no network is better"
      : `${inUnits(linear.error)} of the linear model`;
  return `${name}: held-out error ${inUnits(best.error)}, ${versus}; ${digits(effective)} of ${digits(size)} parameters are determined by the data`;
}

/** √ of the mean square of ∂z/∂x_j over rows and outputs, as shares. */
function relevanceOf(members: readonly Member[], weights: Float64Array, { x, y, inputs: p }: Data): Float64Array {
  const n = y.length;
  const squares = new Float64Array(p);
  members.forEach(({ shape, theta }, m) => {
    const { hidden: h, outputs: k } = shape;
    const at = offsetsOf(shape);
    const T = hiddenUnits(shape, theta, x, n);
    for (let l = 0; l < k; l++) {
      for (let j = 0; j < p; j++) {
        for (let i = 0; i < n; i++) {
          let slope = theta[at.A + l * p + j];
          for (let a = 0; a < h; a++) slope += theta[at.V + l * h + a] * (1 - T[a * n + i] ** 2) * theta[j * h + a];
          squares[j] += (weights[m] * slope * slope) / n;
        }
      }
    }
  });
  const roots = squares.map(Math.sqrt);
  const total = roots.reduce((sum, r) => sum + r, 0);
  return roots.map((r) => (total > 0 ? r / total : 0));
}
