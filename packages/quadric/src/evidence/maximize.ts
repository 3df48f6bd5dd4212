/**
 * The precisions of priors, one a group of parameters, and of the noise, at the maximum of the evidence:
 *
 *   α_g ← γ_g/‖θ_g‖²         β ← (n − Σγ)/2E         γ_g = Σ_{i∈g} γ_i, symbols as in laplace.ts
 *
 * between Gauss–Newton steps of a trust region in the ellipsoid of H itself, (H + λA)s = −∇F with A = diag(H). Both end
 * when a step and an update together promise less than `tolerance` of log evidence: a test in nats, whatever the units.
 *
 * Bounds: β counts at most 95 % of the observations as spent on parameters; a group whose α is 10⁴ times the curvature
 * of its parameters is switched off, and stays there until they move again.
 * References: [MacKay1992], [ForeseeHagan1997].
 */
import { type DataCurvature, type EvidenceProblem, type Laplace, laplaceAt, penaltyOf } from "./laplace.ts";
import { factorize, solveFactor, transposed } from "./precision.ts";

export interface Groups {
  /** The group of each parameter; −1 is not penalised. */
  readonly of: Int32Array;
  readonly count: number;
  /** The least α of each; defaults to 0. */
  readonly least?: Float64Array;
}

export interface Posterior {
  readonly theta: Float64Array;
  /** By groups. */
  readonly alpha: Float64Array;
  readonly beta: number;
  /** γ by groups, and the sum over all parameters. */
  readonly gamma: Float64Array;
  readonly effectiveParameters: number;
  /** Of one of the solutions that symmetries make of θ. */
  readonly logEvidence: number;
  /** L⁻¹ of H = LLᵀ at θ, row-major [d, d], lower triangle. */
  readonly inverseFactor: Float64Array;
  /** E(θ). */
  readonly misfit: number;
  readonly status: "converged" | "max-steps" | "stalled";
  readonly steps: number;
  /** Multiply-adds. */
  readonly cost: number;
}

export interface MaximizeOptions {
  /** By groups, > 0. */
  readonly alpha: Float64Array;
  /** Defaults to 1. */
  readonly beta?: number;
  /** Defaults to 100. */
  readonly maxSteps?: number;
  /** Nats, > 0; defaults to 0.5. */
  readonly tolerance?: number;
}

/** Of a parameter that is not penalised, as a part of the mean curvature. */
const freeShare = 1e-8;
const offAt = 1e4;
const mostSpent = 0.95;
/** β is at most so many times its start: targets without noise have none to find. */
const mostPrecise = 1e10;
/** An update changes a precision by at most e to this power. */
const mostChange = 2.5;
const mostTrials = 12;

export async function maximizeEvidence(
  problem: EvidenceProblem,
  start: Float64Array,
  groups: Groups,
  { alpha: initial, beta: first = 1, maxSteps = 100, tolerance = 0.5 }: MaximizeOptions,
): Promise<Posterior> {
  const d = problem.size;
  const alpha = initial.slice();
  let beta = problem.hasNoise ? first : 1;
  let theta: Float64Array = start.slice();
  let here = await problem.curvature(theta);
  let cost = problem.cost;
  const free = freeShare * meanDiagonal(here.gram, d);
  const priorNow = () => Float64Array.from(groups.of, (g) => (g < 0 ? free : alpha[g]));
  const laplaceNow = () => laplaceAt(theta, here, { prior: priorNow(), beta }, problem);
  const region = { lambda: 1e-2 };
  let status: Posterior["status"] = "max-steps";
  let steps = 0;
  while (steps < maxSteps) {
    const taken = await takeStep(problem, { theta, here, prior: priorNow(), beta }, region);
    cost += (taken.trials * d ** 3) / 6;
    if (!taken.theta) {
      status = "stalled";
      break;
    }
    theta = taken.theta;
    here = await problem.curvature(theta);
    cost += problem.cost + d ** 3 / 3;
    steps++;
    const laplace = laplaceNow();
    const update = updated({ theta, here, alpha, beta, laplace }, groups, problem);
    alpha.set(update.alpha);
    beta = Math.min(update.beta, mostPrecise * first);
    if (taken.promise + update.promise < tolerance) {
      status = "converged";
      break;
    }
  }
  const laplace = laplaceNow();
  return {
    ...{ theta, alpha, beta, status, steps, cost },
    gamma: byGroups(laplace.determined, groups),
    effectiveParameters: laplace.determined.reduce((sum, x) => sum + x, 0),
    logEvidence: laplace.logEvidence,
    inverseFactor: transposed(laplace.inverse, d),
    misfit: here.value,
  };
}

interface Point {
  readonly theta: Float64Array;
  readonly here: DataCurvature;
  readonly prior: Float64Array;
  readonly beta: number;
}

interface Taken {
  /** Undefined if no step was acceptable, however short. */
  readonly theta: Float64Array | undefined;
  /** Decrease of F that the model predicted. */
  readonly promise: number;
  readonly trials: number;
}

/** One step; λ of the region is kept for the next. */
async function takeStep(
  problem: EvidenceProblem,
  { theta, here, prior, beta }: Point,
  region: { lambda: number },
): Promise<Taken> {
  const d = theta.length;
  const value = beta * here.value + penaltyOf(prior, theta);
  const rounding = 1e-10 * (1 + Math.abs(value));
  const descent = theta.map((t, i) => -(beta * here.gradient[i] + prior[i] * t));
  const diagonal = prior.map((a, i) => beta * here.gram[i * d + i] + a);
  // A little of the geometric mean with the largest holds parameters that the data do not see.
  const largest = diagonal.reduce((most, x) => Math.max(most, x), 0);
  const ellipsoid = diagonal.map((x) => x + 1e-3 * Math.sqrt(x * largest));
  for (let trials = 1; trials <= mostTrials; trials++) {
    const { lambda } = region;
    const L = factorize(
      here.gram,
      beta,
      prior.map((a, i) => a + lambda * ellipsoid[i]),
    );
    if (L) {
      const s = solveFactor(L, descent);
      // m(0) − m(s) = ½(−∇F)ᵀs + ½λsᵀAs
      let promise = 0;
      for (let i = 0; i < d; i++) promise += 0.5 * descent[i] * s[i] + 0.5 * lambda * ellipsoid[i] * s[i] ** 2;
      const next = theta.map((t, i) => t + s[i]);
      const decrease = value - (beta * (await problem.value(next)) + penaltyOf(prior, next));
      if (decrease > 0.1 * promise || (promise <= rounding && decrease >= -rounding)) {
        if (decrease > 0.5 * promise) region.lambda = Math.max(lambda / 5, 1e-10);
        return { theta: next, promise, trials };
      }
    }
    region.lambda = Math.max(5 * lambda, 1e-8);
  }
  return { theta: undefined, promise: 0, trials: mostTrials };
}

/** One update of all precisions, and the log evidence that it promises: half of slope times change. */
function updated(
  at: Omit<Point, "prior"> & { readonly alpha: Float64Array; readonly laplace: Laplace },
  groups: Groups,
  { size: d, observations: n, hasNoise }: EvidenceProblem,
): { readonly alpha: Float64Array; readonly beta: number; readonly promise: number } {
  const { theta, here, alpha, beta, laplace } = at;
  const gamma = byGroups(laplace.determined, groups);
  const squares = byGroups(
    theta.map((t) => t * t),
    groups,
  );
  const curvature = new Float64Array(groups.count);
  groups.of.forEach((g, i) => {
    if (g >= 0) curvature[g] = Math.max(curvature[g], beta * here.gram[i * d + i]);
  });
  let promise = 0;
  const moved = (precision: number, target: number, slope: number): number => {
    const change = Math.min(Math.max(Math.log(target / precision), -mostChange), mostChange);
    promise += 0.5 * Math.abs(slope * change);
    return precision * Math.exp(change);
  };
  const next = alpha.map((a, g) => {
    const wanted = Math.max(gamma[g], tiny) / Math.max(squares[g], tiny);
    const target = Math.max(Math.min(wanted, offAt * curvature[g]), groups.least?.[g] ?? 0, tiny);
    return moved(a, target, gamma[g] - a * squares[g]);
  });
  if (!hasNoise) return { alpha: next, beta, promise };
  const spent = laplace.determined.reduce((sum, x) => sum + x, 0);
  const left = n - Math.min(spent, mostSpent * n);
  const squared = Math.max(2 * here.value, tiny);
  return { alpha: next, beta: moved(beta, left / squared, left - beta * squared), promise };
}

const tiny = 1e-300;

function byGroups(values: Float64Array, { of, count }: Groups): Float64Array {
  const sums = new Float64Array(count);
  of.forEach((g, i) => {
    if (g >= 0) sums[g] += values[i];
  });
  return sums;
}

function meanDiagonal(G: Float64Array, d: number): number {
  let sum = 0;
  for (let i = 0; i < d; i++) sum += G[i * d + i] / d;
  return sum;
}
