/**
 * The predictions of a committee in jax-js, for ONNX files: the formulas of network.ts and predictor.ts on rows.
 *
 *   j = ∂z/∂θ      v = ‖jX ᵀ‖² for X = L⁻¹, as one product of matrices
 */
import { nn, numpy as np } from "@jax-js/jax";
import type { Tensor } from "../vector/tensor.ts";
import type { Member } from "./member.ts";
import { offsetsOf } from "./network.ts";
import type { Committee, Reading } from "./predictor.ts";

/** Tensors on the host, or arrays of jax in the same places. */
export interface GraphParams<Leaf = Tensor> {
  /** Of the inputs, [p]. */
  readonly low: Leaf;
  readonly high: Leaf;
  readonly shift: Leaf;
  /** 1/scale; 0 where a column says nothing. */
  readonly rate: Leaf;
  readonly members: readonly MemberParams<Leaf>[];
}

interface MemberParams<Leaf> {
  readonly weight: Leaf;
  readonly bias: Leaf;
  readonly output: Leaf;
  readonly linear: Leaf;
  readonly constant: Leaf;
  /** Xᵀ, [d, d]. */
  readonly inverse: Leaf;
}

export interface CommitteeGraph {
  /** Tensors on the host, as `exportOnnx` takes them. */
  // biome-ignore lint/suspicious/noExplicitAny: arrays of jax stand in the same places while it is traced.
  readonly params: GraphParams<any>;
  /** [n, p] → mean and deviation [n, 2], or probabilities [n, k]. Consumes its arguments. */
  apply(params: GraphParams<np.Array>, x: np.Array): np.Array;
}

export function graphOf({ loss, scales, members, weights, reading }: Committee): CommitteeGraph {
  const of = (read: (scale: { low: number; high: number; shift: number; scale: number }) => number): Tensor => ({
    shape: [scales.inputs.length],
    data: Float64Array.from(scales.inputs, (scale) => (scale ? read(scale) : 0)),
  });
  // Bounds beyond the range of float32 are none.
  const bounded = (value: number) => Math.min(Math.max(value, -3e38), 3e38);
  const noise = members.reduce((sum, { beta }, m) => sum + weights[m] / beta, 0);
  const { shift, scale } = scales.target;
  return {
    params: {
      low: of(({ low }) => bounded(low)),
      high: of(({ high }) => bounded(high)),
      shift: of((s) => s.shift),
      rate: of((s) => 1 / s.scale),
      members: members.map(paramsOf),
    },
    apply(params, x) {
      const clipped = np.minimum(np.maximum(x, params.low), params.high);
      const inputs = clipped.sub(params.shift).mul(params.rate);
      const said = params.members.map((member) => outputOf(member, inputs.ref));
      inputs.dispose();
      const mean = said.map(({ z }, m) => z.ref.mul(weights[m])).reduce((a, b) => a.add(b));
      const spread = said
        .map(({ z, variance }, m) => variance.add(np.square(z.sub(mean.ref))).mul(weights[m]))
        .reduce((a, b) => a.add(b));
      if (loss === "cross-entropy") return probabilities(mean, spread, reading);
      if (loss === "squared-error") {
        const deviation = np.sqrt(spread.add(noise)).mul(scale * reading.spread);
        return np.concatenate([mean.mul(scale).add(shift), deviation], 1);
      }
      const v = spread.mul(reading.spread ** 2);
      const rate = np.exp(mean.add(v.ref.mul(0.5)));
      const more = np.square(rate.ref).mul(np.exp(np.minimum(v, 50)).sub(1));
      return np.concatenate([rate.ref, np.sqrt(rate.add(more))], 1);
    },
  };
}

function paramsOf({ shape, theta, inverseFactor }: Member): MemberParams<Tensor> {
  const { inputs: p, hidden: h, outputs: k } = shape;
  const at = offsetsOf(shape);
  const matrix = (rows: number, columns: number, entry: (i: number, j: number) => number): Tensor => ({
    shape: [rows, columns],
    data: Float64Array.from({ length: rows * columns }, (_, q) => entry(Math.floor(q / columns), q % columns)),
  });
  return {
    weight: matrix(p, h, (j, a) => theta[j * h + a]),
    bias: { shape: [h], data: theta.slice(at.b, at.V) },
    output: matrix(h, k, (a, l) => theta[at.V + l * h + a]),
    linear: matrix(p, k, (j, l) => theta[at.A + l * p + j]),
    constant: { shape: [k], data: theta.slice(at.c) },
    inverse: matrix(at.size, at.size, (i, j) => inverseFactor[j * at.size + i]),
  };
}

/** z and its variances, [n, k]; consumes both. */
function outputOf({ weight, bias, output, linear, constant, inverse }: MemberParams<np.Array>, x: np.Array) {
  const [p, h] = weight.shape;
  const k = linear.shape[1];
  const n = x.shape[0];
  const straight = np.dot(x.ref, linear).add(constant);
  if (h === 0) {
    for (const unused of [weight, bias, output]) unused.dispose();
    const variances = Array.from({ length: k }, (_, l) => varianceOf(centredParts([], x.ref, k, l, n), inverse.ref));
    for (const used of [x, inverse]) used.dispose();
    return { z: straight, variance: np.concatenate(variances, 1) };
  }
  const T = np.tanh(np.dot(x.ref, weight).add(bias));
  const slope = np.square(T.ref).mul(-1).add(1);
  const variances = Array.from({ length: k }, (_, l) => {
    const own = output.ref.slice([], [l, l + 1]);
    const mixed = (k > 1 ? own.sub(np.mean(output.ref, 1, { keepdims: true })) : own).reshape([1, h]);
    const s = slope.ref.mul(mixed);
    const byInputs = x.ref
      .reshape([n, p, 1])
      .mul(s.ref.reshape([n, 1, h]))
      .reshape([n, p * h]);
    return varianceOf([byInputs, s, ...centredParts([T.ref], x.ref, k, l, n)], inverse.ref);
  });
  const z = np.dot(T, output).add(straight);
  for (const used of [x, slope, inverse]) used.dispose();
  return { z, variance: np.concatenate(variances, 1) };
}

/** Of output m in the difference of output l from the mean of all; 1 if there is but one. */
const share = (k: number, l: number, m: number): number => (l === m ? 1 : 0) - (k > 1 ? 1 / k : 0);

/** ∂/∂V, ∂/∂A and ∂/∂c of that difference; consumes its arguments. */
function centredParts(T: np.Array[], x: np.Array, k: number, l: number, n: number): np.Array[] {
  const by = (part: np.Array) => Array.from({ length: k }, (_, m) => part.ref.mul(share(k, l, m)));
  const one = x.ref.slice([], [0, 1]).mul(0).add(1);
  const parts = [...T.flatMap(by), ...by(x), ...by(one).map((c) => c.reshape([n, 1]))];
  for (const used of [...T, x, one]) used.dispose();
  return parts;
}

/** ‖jXᵀ‖², [n, 1]. */
const varianceOf = (parts: np.Array[], inverse: np.Array): np.Array =>
  np.sum(np.square(np.dot(np.concatenate(parts, 1), inverse)), 1, { keepdims: true });

function probabilities(mean: np.Array, variance: np.Array, { sharpness }: Reading): np.Array {
  const k = mean.shape[1];
  const z = k > 1 ? mean.ref.sub(np.mean(mean, 1, { keepdims: true })) : mean;
  const damped = z.mul(sharpness).div(np.sqrt(variance.mul(Math.PI / 8).add(1)));
  if (k > 1) return nn.softmax(damped, 1);
  const p = nn.sigmoid(damped);
  return np.concatenate([p.ref.mul(-1).add(1), p], 1);
}
