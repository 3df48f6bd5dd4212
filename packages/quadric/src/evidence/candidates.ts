/**
 * Networks of one width, one a part of the rows, each fitted without that part and judged on it. Of several widths, the
 * linear model among them, those are averaged that together predict the rows held out from them best.
 */
import type { EvidenceLoss } from "./likelihood.ts";
import type { Posterior } from "./maximize.ts";
import { fitMember, type Member, memberOutputs, memberVariances, type Rows } from "./member.ts";
import { type Combined, probabilities, type Reading } from "./predictor.ts";

export interface Data extends Rows {
  /** The part of each row, 0 … parts − 1. */
  readonly parts: Int32Array;
  readonly columns: Int32Array;
  readonly loss: EvidenceLoss;
  readonly inputs: number;
  readonly outputs: number;
}

/** A member and how it came about. */
export interface Fitted extends Posterior, Member {
  /** Rows that it was fitted to. */
  readonly rows: number;
}

export interface Candidate {
  /** 0: the linear model. */
  readonly width: number;
  readonly members: readonly Fitted[];
  /** On the training rows, each by the network that it is held out from; and, of numbers, what each network said of all of them. */
  readonly heldOut: Combined & { readonly noises: Float64Array; readonly said: readonly Float64Array[] };
}

/** The rows for which `has` holds. */
export function rowsWhere(
  { x, y, weight, inputs }: Data,
  has: (row: number) => boolean,
): Rows & { readonly at: number[] } {
  const at = Array.from(y.keys()).filter(has);
  const n = y.length;
  const part = new Float64Array(inputs * at.length);
  for (let j = 0; j < inputs; j++) for (let i = 0; i < at.length; i++) part[j * at.length + i] = x[j * n + at[i]];
  const take = (values: Float64Array) => Float64Array.from(at, (i) => values[i]);
  return { x: part, y: take(y), weight: take(weight), at };
}

interface FitOptions {
  readonly parts: number;
  readonly seed: number;
  readonly maxSteps: number;
  /** Awaited before each fit. */
  between(): Promise<void>;
}

/** The networks of a width, one after the other. */
export async function fitCandidate(data: Data, width: number, options: FitOptions): Promise<Candidate> {
  const { parts, seed, maxSteps, between } = options;
  const { loss, columns, inputs, outputs, y } = data;
  const shape = { inputs, hidden: width, outputs };
  const members: Fitted[] = [];
  for (let part = 0; part < parts; part++) {
    await between();
    const outside = rowsWhere(data, (i) => data.parts[i] !== part);
    const member = await fitMember(outside, { loss, shape, columns, seed: 1000 * seed + part, maxSteps });
    members.push({ ...member, rows: outside.at.length });
  }
  return { width, members, heldOut: heldOutBy(members, data, outputs, y.length) };
}

function heldOutBy(members: readonly Fitted[], data: Data, k: number, n: number): Candidate["heldOut"] {
  const mean = new Float64Array(k * n);
  const variance = new Float64Array(k * n);
  const noises = new Float64Array(n);
  members.forEach((member, part) => {
    const inside = rowsWhere(data, (i) => data.parts[i] === part);
    const m = inside.at.length;
    const z = memberOutputs(member, inside.x, m);
    const v = memberVariances(member, inside.x, m);
    inside.at.forEach((row, i) => {
      noises[row] = 1 / member.beta;
      for (let l = 0; l < k; l++) {
        mean[l * n + row] = z[l * m + i];
        variance[l * n + row] = v[l * m + i];
      }
    });
  });
  const said = data.loss === "cross-entropy" ? [] : members.map((member) => memberOutputs(member, data.x, n));
  return { mean, variance, noise: 0, noises, said };
}

/** Held-out outputs of candidates averaged. */
export function averaged(candidates: readonly Candidate[]): Candidate["heldOut"] {
  const share = 1 / candidates.length;
  const sum = (of: (candidate: Candidate) => Float64Array) =>
    candidates
      .map(of)
      .reduce((a, b) => a.map((x, i) => x + b[i]))
      .map((x) => share * x);
  const mean = sum(({ heldOut }) => heldOut.mean);
  const own = sum(({ heldOut }) => heldOut.variance);
  const between = sum(({ heldOut }) => heldOut.mean.map((z, i) => (z - mean[i]) ** 2));
  return {
    ...{ mean, variance: own.map((v, i) => v + between[i]), noise: 0, noises: sum(({ heldOut }) => heldOut.noises) },
    said: candidates[0].heldOut.said.map((_, m) => sum(({ heldOut }) => heldOut.said[m])),
  };
}

export interface Judged {
  readonly candidates: readonly Candidate[];
  readonly heldOut: Candidate["heldOut"];
  /** Mean loss of held-out rows: squares, log losses. */
  readonly error: number;
  readonly reading: Reading;
}

export function judge(candidates: readonly Candidate[], data: Data): Judged {
  const heldOut = averaged(candidates);
  const { error, reading } = data.loss === "cross-entropy" ? readClasses(heldOut, data) : readNumbers(heldOut, data);
  return { candidates, heldOut, error, reading };
}

/** The best of all averages of some of the candidates. */
export function bestAverage(candidates: readonly Candidate[], data: Data): Judged {
  const subsets = Array.from({ length: 2 ** candidates.length - 1 }, (_, code) =>
    candidates.filter((_, bit) => (code + 1) & (1 << bit)),
  );
  return subsets.map((subset) => judge(subset, data)).reduce((best, next) => (next.error < best.error ? next : best));
}

/** s is at least and at most. */
const spreads = [0.5, 3] as const;

function readNumbers(heldOut: Candidate["heldOut"], { loss, y, weight }: Data) {
  const n = y.length;
  const { mean, variance, noises, said } = heldOut;
  const between = betweenOf(said, n);
  let [error, square, total, apart] = [0, 0, 0, 0];
  const ratios = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const rate = Math.exp(mean[i]);
    const residual = loss === "poisson" ? y[i] - rate : y[i] - mean[i];
    const unsure = variance[i] + between[i];
    const expected = loss === "poisson" ? rate + rate ** 2 * unsure : noises[i] + unsure;
    ratios[i] = Math.abs(residual) / Math.sqrt(expected);
    error += weight[i] * (loss === "poisson" ? rate - y[i] * mean[i] : residual ** 2);
    square += weight[i] * ratios[i] ** 2;
    total += weight[i];
    apart += weight[i] * between[i];
  }
  // The mean of networks errs less than one of them, by how much they differ: (y − z̄)² = mean (y − z_m)² − mean (z_m − z̄)².
  const share = loss === "poisson" ? 1 : Math.sqrt(Math.max(1 - apart / error, leastShare));
  const spread = Math.min(Math.max(share * Math.sqrt(square / total), spreads[0]), spreads[1]);
  const quantiles = ratios.map((ratio) => (share * ratio) / spread).sort();
  return { error: error / total, reading: { sharpness: 1, spread, quantiles: thinned(quantiles) } };
}

/** Of the squared error that the mean of networks is taken to have at least of that of one. */
const leastShare = 0.25;

/** Variance of the networks about their mean, [n]. */
function betweenOf(said: readonly Float64Array[], n: number): Float64Array {
  const variance = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const mean = said.reduce((sum, z) => sum + z[i] / said.length, 0);
    for (const z of said) variance[i] += (z[i] - mean) ** 2 / said.length;
  }
  return variance;
}

/** At most so many quantiles are kept. */
const mostQuantiles = 999;

function thinned(sorted: Float64Array): Float64Array {
  const n = sorted.length;
  if (n <= mostQuantiles) return sorted;
  return Float64Array.from({ length: mostQuantiles }, (_, i) => sorted[Math.floor(((i + 0.5) * n) / mostQuantiles)]);
}

const sharpnesses = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4, 1.6, 2, 2.5, 3, 4];
/** Deviation of ln τ before rows are seen: where classes separate, held-out rows alone ask for any certainty. */
const sharpnessDeviation = 0.5;

function readClasses({ mean, variance }: Candidate["heldOut"], { y, weight }: Data) {
  const n = y.length;
  const errorOf = (sharpness: number): number => {
    const p = probabilities(mean, variance, n, sharpness);
    const k = p.length / n;
    let [error, total] = [0, 0];
    for (let i = 0; i < n; i++) {
      error -= weight[i] * Math.log(Math.max(p[i * k + y[i]], 1e-15));
      total += weight[i];
    }
    return error / total;
  };
  const { error, sharpness } = sharpnesses
    .map((sharpness) => ({ sharpness, error: errorOf(sharpness) }))
    .map((each) => ({
      ...each,
      posterior: each.error + (Math.log(each.sharpness) / sharpnessDeviation) ** 2 / (2 * n),
    }))
    .reduce((best, next) => (next.posterior < best.posterior ? next : best));
  return { error, reading: { sharpness, spread: 1, quantiles: new Float64Array(0) } };
}
