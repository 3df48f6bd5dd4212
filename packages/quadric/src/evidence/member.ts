/** One network fitted by evidence, and what it says of new inputs. */
import { makeRandom } from "../vector/random.ts";
import type { EvidenceLoss } from "./likelihood.ts";
import { likelihoodOf } from "./likelihood.ts";
import { type Groups, maximizeEvidence, type Posterior } from "./maximize.ts";
import { hiddenUnits, jacobianColumns, offsetsOf, outputsOf, plainRoot, type Shape } from "./network.ts";
import { variancesOf } from "./precision.ts";
import { networkProblem } from "./problem.ts";

/** Standardized rows: x [p × n] by columns, targets and weights. */
export interface Rows {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly weight: Float64Array;
}

/** What a network needs to predict. */
export interface Member {
  readonly shape: Shape;
  readonly theta: Float64Array;
  /** L⁻¹ of the precision LLᵀ of θ, row-major [d, d], lower triangle. */
  readonly inverseFactor: Float64Array;
  /** β, of squared error. */
  readonly beta: number;
}

export interface MemberOptions {
  readonly loss: EvidenceLoss;
  readonly shape: Shape;
  /** Of each input. */
  readonly columns: Int32Array;
  readonly seed: number;
  readonly maxSteps?: number;
}

export async function fitMember(rows: Rows, options: MemberOptions): Promise<Posterior & Member> {
  const { loss, shape, columns, seed, maxSteps } = options;
  const n = rows.y.length;
  const likelihood = likelihoodOf(loss, shape.outputs, rows);
  const problem = networkProblem(shape, rows.x, n, likelihood);
  const groups = groupsOf(shape, columns);
  const alpha = new Float64Array(groups.count).fill(1);
  // Outputs of h units of size 1 add up to one of size 1.
  const ofOutputs = groups.count - 2;
  const least = new Float64Array(groups.count);
  least[ofOutputs] = leastOfOutputs * alpha[ofOutputs];
  alpha[ofOutputs] = Math.max(1, shape.hidden);
  const posterior = await maximizeEvidence(
    problem,
    startOf(loss, shape, rows, seed),
    { ...groups, least },
    {
      alpha,
      beta: firstPrecision,
      maxSteps,
    },
  );
  const live = liveUnits(shape, posterior.theta);
  const symmetries = live * Math.LN2 + logFactorial(live);
  return { ...posterior, shape, logEvidence: posterior.logEvidence + symmetries };
}

/**
 * Least α of the outputs as a part of its start. Without one, units drift into their linear range, with small inputs and
 * large outputs, which changes nothing but the number of steps.
 */
const leastOfOutputs = 0.05;

/** Of the noise, in units of the targets' variance; from a lower one a network may fall into its linear map. */
const firstPrecision = 100;

/** A precision for the weights of each group of inputs, the biases, the outputs and the linear map; the constants are free. */
export function groupsOf(shape: Shape, columns: Int32Array): Groups {
  const { inputs: p, hidden: h } = shape;
  const at = offsetsOf(shape);
  const count = columns.reduce((most, g) => Math.max(most, g), -1) + 1;
  const of = new Int32Array(at.size);
  for (let j = 0; j < p; j++) of.fill(columns[j], j * h, (j + 1) * h);
  of.fill(count, at.b, at.V).fill(count + 1, at.V, at.A);
  of.fill(count + 2, at.A, at.c).fill(-1, at.c);
  return { of, count: count + 3 };
}

/** Random units, of which little reaches the outputs, and the constants that suit the mean of the targets. */
function startOf(loss: EvidenceLoss, shape: Shape, { y, weight }: Rows, seed: number): Float64Array {
  const { inputs: p, hidden: h } = shape;
  const at = offsetsOf(shape);
  const random = makeRandom(seed, h);
  const theta = new Float64Array(at.size);
  for (let i = 0; i < at.b; i++) theta[i] = random.normal() / Math.sqrt(p);
  for (let i = at.b; i < at.V; i++) theta[i] = 0.5 * random.normal();
  for (let i = at.V; i < at.A; i++) theta[i] = (0.1 * random.normal()) / Math.sqrt(h);
  for (let l = 0; l < shape.outputs; l++) {
    let [sum, total] = [0, 0];
    for (let i = 0; i < y.length; i++) {
      sum += weight[i] * (shape.outputs === 1 ? y[i] : Number(y[i] === l));
      total += weight[i];
    }
    // A half more of each keeps a class that is not there at a finite distance.
    if (loss === "cross-entropy") theta[at.c + l] = Math.log((sum + 0.5) / (total - sum + 0.5));
    else theta[at.c + l] = loss === "poisson" ? Math.log((sum + 0.5) / (total + 0.5)) : sum / total;
  }
  return theta;
}

/** Units that a permutation or a change of sign makes another solution of: those that add more than 1 % of a deviation. */
function liveUnits(shape: Shape, theta: Float64Array): number {
  const { inputs: p, hidden: h, outputs: k } = shape;
  const { V } = offsetsOf(shape);
  let live = 0;
  for (let a = 0; a < h; a++) {
    let [into, out] = [0, 0];
    for (let j = 0; j < p; j++) into += theta[j * h + a] ** 2;
    for (let l = 0; l < k; l++) out = Math.max(out, Math.abs(theta[V + l * h + a]));
    if (out * Math.tanh(Math.sqrt(into)) > 0.01) live++;
  }
  return live;
}

const logFactorial = (n: number): number => (n < 2 ? 0 : Math.log(n) + logFactorial(n - 1));

/** z [k × n] of the network at θ. */
export const memberOutputs = ({ shape, theta }: Member, x: Float64Array, n: number): Float64Array =>
  outputsOf(shape, theta, x, n);

const rowsAtOnce = 128;

/**
 * Variances of the outputs by what is not known of θ, jᵀH⁻¹j [k × n]. Of several outputs they are those of the
 * differences from their mean, since what all have in common is no part of a probability.
 */
export function memberVariances({ shape, theta, inverseFactor }: Member, x: Float64Array, n: number): Float64Array {
  const { outputs: k } = shape;
  const { size: d } = offsetsOf(shape);
  const T = hiddenUnits(shape, theta, x, n);
  const variances = new Float64Array(k * n);
  const block = Math.max(1, Math.floor(rowsAtOnce / k));
  const columns = new Float64Array(d * k * block);
  const rowsOf = new Float64Array(d * k * block);
  const centred = { examples: n, at: (_: number, l: number, m: number) => (l === m ? 1 : 0) - (k > 1 ? 1 / k : 0) };
  for (let from = 0; from < n; from += block) {
    const m = Math.min(n, from + block) - from;
    const rows = k * m;
    jacobianColumns(shape, theta, x, T, k > 1 ? centred : plainRoot(n), from, from + m, columns);
    for (let r = 0; r < rows; r++) for (let i = 0; i < d; i++) rowsOf[r * d + i] = columns[i * rows + r];
    variancesOf(inverseFactor, rowsOf, rows, d).forEach((variance, r) => {
      variances[Math.floor(r / m) * n + from + (r % m)] = variance;
    });
  }
  return variances;
}
