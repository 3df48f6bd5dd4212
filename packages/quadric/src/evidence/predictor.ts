/**
 * What networks fitted by evidence say together of new inputs.
 *
 *   numbers    mean z̄ = Σ w_m z_m      variance s²·(Σ w_m(1/β_m + v_m) + Σ w_m(z_m − z̄)²)
 *   counts     mean e^{z̄ + v/2}        v = s²·(Σ w_m v_m + Σ w_m(z_m − z̄)²)
 *   classes    softmax(τ·z̄/√(1 + πv/8))
 *
 * s and τ are those that suit held-out rows: s makes the squared errors there what the variances say.
 * References: [MacKay1992b] for √(1 + πv/8).
 */
import { ShapeError } from "../errors.ts";
import { type Standardization, standardization } from "../vector/standardization.ts";
import type { Tensor } from "../vector/tensor.ts";
import { type EvidenceLoss, logistic, softmaxInPlace } from "./likelihood.ts";
import { type Member, memberOutputs, memberVariances } from "./member.ts";

export interface BayesianPrediction {
  /** Means [n, 1] in the units of the targets, or probabilities of the classes [n, k]. */
  readonly outputs: Tensor;
  /** Of a new observation, [n], in the units of the targets; undefined for classes, and if they were not asked for. */
  readonly deviations?: Float64Array;
}

export interface PredictOptions {
  /** Whether what is not known of the parameters is taken into account, at d² multiply-adds a row; defaults to true. */
  readonly deviations?: boolean;
}

/** How outputs are read; found on held-out rows. */
export interface Reading {
  /** τ > 0. */
  readonly sharpness: number;
  /** s > 0. */
  readonly spread: number;
  /** |y − mean|/deviation of held-out rows at shares (i + ½)/length, ascending. */
  readonly quantiles: Float64Array;
}

/** Columns of inputs and targets on their way. */
export interface Scales {
  /** Of each input; undefined says nothing. */
  readonly inputs: readonly (Standardization | undefined)[];
  readonly target: { readonly shift: number; readonly scale: number };
}

export interface Committee {
  readonly loss: EvidenceLoss;
  readonly scales: Scales;
  readonly members: readonly Member[];
  /** Of the members; they add up to 1. */
  readonly weights: Float64Array;
  readonly reading: Reading;
}

export function columnsOf({ shape, data }: Tensor, inputs: Scales["inputs"], where: string): Float64Array {
  const p = inputs.length;
  if (shape.length !== 2 || shape[1] !== p)
    throw new ShapeError(`${where}: x must have shape [n, ${p}], got [${shape}].`);
  const [n] = shape;
  const columns = new Float64Array(n * p);
  inputs.forEach((scale, j) => {
    if (!scale) return;
    for (let i = 0; i < n; i++) columns[j * n + i] = standardization.apply(scale, data[i * p + j]);
  });
  return columns;
}

/** Outputs and variances of members, each [k × n], weighted to mean and variance. */
export interface Combined {
  readonly mean: Float64Array;
  /** Of the parameters, between the members too. */
  readonly variance: Float64Array;
  readonly noise: number;
}

export function combine(
  members: readonly Member[],
  weights: ArrayLike<number>,
  x: Float64Array,
  n: number,
  withVariance: boolean,
): Combined {
  const k = members[0].shape.outputs;
  const mean = new Float64Array(k * n);
  const variance = new Float64Array(k * n);
  let noise = 0;
  const outputs = members.map((member) => memberOutputs(member, x, n));
  outputs.forEach((z, m) => {
    for (let i = 0; i < z.length; i++) mean[i] += weights[m] * z[i];
    noise += weights[m] / members[m].beta;
  });
  if (!withVariance) return { mean, variance, noise };
  members.forEach((member, m) => {
    const own = memberVariances(member, x, n);
    for (let i = 0; i < own.length; i++) variance[i] += weights[m] * (own[i] + (outputs[m][i] - mean[i]) ** 2);
  });
  return { mean, variance, noise };
}

/** What combined outputs mean, in the units of the targets. */
export function read(
  loss: EvidenceLoss,
  { mean, variance, noise }: Combined,
  { sharpness, spread }: Reading,
  { shift, scale }: Scales["target"],
  n: number,
): { readonly outputs: Tensor; readonly deviations?: Float64Array } {
  if (loss === "squared-error") {
    return {
      outputs: { shape: [n, 1], data: mean.map((z) => shift + scale * z) },
      deviations: variance.map((v) => scale * spread * Math.sqrt(v + noise)),
    };
  }
  if (loss === "poisson") {
    const rate = mean.map((z, i) => Math.exp(z + 0.5 * spread ** 2 * variance[i]));
    return {
      outputs: { shape: [n, 1], data: rate },
      deviations: rate.map((mu, i) => Math.sqrt(mu + mu * mu * Math.expm1(Math.min(spread ** 2 * variance[i], 50)))),
    };
  }
  return {
    outputs: {
      shape: [n, Math.max(2, mean.length / n)],
      data: probabilities(mean, variance, n, sharpness),
    },
  };
}

/** [n, k], of one logit [n, 2]. */
export function probabilities(mean: Float64Array, variance: Float64Array, n: number, sharpness: number): Float64Array {
  const k = mean.length / n;
  const z = mean.slice();
  for (let i = 0; i < n; i++) {
    let common = 0;
    for (let l = 0; k > 1 && l < k; l++) common += z[l * n + i] / k;
    for (let l = 0; l < k; l++) {
      const damp = Math.sqrt(1 + (Math.PI / 8) * variance[l * n + i]);
      z[l * n + i] = (sharpness * (z[l * n + i] - common)) / damp;
    }
  }
  if (k === 1) {
    const data = new Float64Array(2 * n);
    for (let i = 0; i < n; i++) {
      data[2 * i] = logistic(-z[i]);
      data[2 * i + 1] = logistic(z[i]);
    }
    return data;
  }
  softmaxInPlace(z, k);
  return Float64Array.from({ length: n * k }, (_, at) => z[(at % k) * n + Math.floor(at / k)]);
}

export interface Predictor {
  predict(x: Tensor, options?: PredictOptions): BayesianPrediction;
  interval(level: number): number;
}

export function predictorOf({ loss, scales, members, weights, reading }: Committee): Predictor {
  return {
    predict(x, { deviations = true } = {}) {
      const [n] = x.shape;
      const columns = columnsOf(x, scales.inputs, "predict");
      const result = read(loss, combine(members, weights, columns, n, deviations), reading, scales.target, n);
      return deviations ? result : { outputs: result.outputs };
    },
    interval: (level) => intervalOf(reading, level),
  };
}

function intervalOf({ quantiles }: Reading, level: number): number {
  if (!(level > 0 && level < 1)) throw new RangeError(`interval: level must be in (0, 1), got ${level}.`);
  const n = quantiles.length;
  if (n === 0) throw new TypeError("interval: must be asked of numbers or counts, got classes.");
  const place = Math.min(Math.max(level * (n + 1) - 1, 0), n - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, n - 1);
  return quantiles[below] + (place - below) * (quantiles[above] - quantiles[below]);
}
