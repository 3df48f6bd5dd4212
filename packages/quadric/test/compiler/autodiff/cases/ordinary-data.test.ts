import { grad, jvp, lax, nn, numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../../../src/vector/tensor.ts";
import { type Case, compiledOracles, engines } from "../../../helpers/oracles.ts";

const floats = (...data: number[]): Tensor => ({ shape: [data.length], data: Float64Array.from(data) });

/** A loss, where it is taken, its value and its gradient by hand. */
type Row = [name: string, loss: Case["loss"], params: Tensor[], data: Tensor[], value: number, gradient: number[]];

const along = (f: (x: np.Array) => np.Array, x: np.Array) => jvp(f, [x], [np.onesLike(x.ref)])[1];

/** gelu′ and [gelu″] of ½x(1 + t), t = tanh kx(1 + cx²). */
function geluSlope(x: number): [number, number[]] {
  const [k, c] = [Math.sqrt(2 / Math.PI), 0.044715];
  const t = Math.tanh(k * x * (1 + c * x * x));
  const [inner, slope] = [k * (1 + 3 * c * x * x), 1 - t * t];
  const second = slope * inner + 0.5 * x * slope * (6 * k * c * x - 2 * t * inner * inner);
  return [0.5 * (1 + t) + 0.5 * x * slope * inner, [second]];
}

const rows: Row[] = [
  ["x² at 0", ([x]) => np.power(x, 2).sum(), [floats(0)], [], 0, [0]],
  ["x³ at negative x", ([x]) => np.power(x, 3).sum(), [floats(-2, 0, 2)], [], 0, [12, 0, 12]],
  [
    "0ⁿ by n is 0, as is its limit",
    ([n], [x]) => np.power(x, n).sum(),
    [floats(1.4)],
    [floats(0, 1, 2)],
    1 + 2 ** 1.4,
    [2 ** 1.4 * Math.log(2)],
  ],
  ["0.1ˣ", ([x]) => np.power(0.1, x).sum(), [floats(2)], [], 0.01, [0.01 * Math.log(0.1)]],
  [
    "the derivative of x^2.5 inside a loss",
    ([x]) => along((y) => np.power(y, 2.5), x).sum(),
    [floats(0.25, 4)],
    [],
    2.5 * (0.125 + 8),
    [3.75 * 0.5, 3.75 * 2],
  ],
  ["a product with a zero", ([x]) => np.prod(x), [floats(0.5, 0, 0.25)], [], 0, [0, 0.125, 0]],
  ["a cumulative product with a zero", ([x]) => np.cumprod(x).sum(), [floats(0.5, 0, 0.25)], [], 0.5, [1, 0.625, 0]],
  ["a product of five", ([x]) => np.prod(x), [floats(1, 2, 3, 4, 5)], [], 120, [120, 60, 40, 30, 24]],
  [
    "atan2 on the negative axis",
    ([y, x]) => np.arctan2(y, x).sum(),
    [floats(0, 1), floats(-1, -1)],
    [],
    Math.PI * 1.75,
    [-1, -0.5, 0, -0.5],
  ],
  ["sinc at 0", ([x]) => np.sinc(x).sum(), [floats(0, 0.5)], [], 1 + 2 / Math.PI, [0, -4 / Math.PI]],
  [
    "erf",
    ([x]) => lax.erf(x).sum(),
    [floats(0.5, 2)],
    [],
    0.5204998778130465 + 0.9953222650189527,
    [0.5, 2].map((x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x)),
  ],
  [
    "sinh near 0 and away from it",
    ([x]) => np.sinh(x).sum(),
    [floats(1e-9, 0.5, -2)],
    [],
    1e-9 + Math.sinh(0.5) + Math.sinh(-2),
    [1, Math.cosh(0.5), Math.cosh(2)],
  ],
  [
    "arcsinh of small and of negative numbers",
    ([x]) => np.arcsinh(x).sum(),
    [floats(1e-9, 0.5, -200)],
    [],
    1e-9 + Math.asinh(0.5) + Math.asinh(-200),
    [1, 1 / Math.hypot(1, 0.5), 1 / Math.hypot(1, 200)],
  ],
  ["|x| at 0 has the slope of x", ([x]) => np.absolute(x).sum(), [floats(0, -1)], [], 1, [1, -1]],
  ["log-sum-exp of one element", ([x]) => nn.logsumexp(x), [floats(0.25)], [], 0.25, [1]],
  ["ties of maxima fall to the first", ([x, y]) => np.maximum(x, y).sum(), [floats(1), floats(1)], [], 1, [1, 0]],
  ["ties of minima fall to the first", ([x, y]) => np.minimum(x, y).sum(), [floats(1), floats(1)], [], 1, [1, 0]],
  [
    "relu at 0 is the identity in every layer",
    ([x, y]) => nn.relu(nn.relu(x).add(y)).sum(),
    [floats(0), floats(0)],
    [],
    0,
    [1, 1],
  ],
  [
    "log σ has its tail",
    ([x]) => np.log(nn.sigmoid(x)).neg().sum(),
    [floats(-16, -20)],
    [],
    Math.log1p(Math.exp(16)) + Math.log1p(Math.exp(20)),
    [-1 / (1 + Math.exp(-16)), -1 / (1 + Math.exp(-20))],
  ],
  [
    "softplus has its tail",
    ([x]) => nn.softplus(x).mul(1e6).sum(),
    [floats(-15)],
    [],
    1e6 * Math.log1p(Math.exp(-15)),
    [1e6 / (1 + Math.exp(15))],
  ],
  [
    "the derivative of gelu inside a loss",
    ([x]) => grad((t: np.Array) => nn.gelu(t).sum())(x).sum(),
    [floats(0.5)],
    [],
    ...geluSlope(0.5),
  ],
  [
    "the sign of a multiple times it is no tanh",
    ([x, y]) => {
      const u = x.mul(y);
      return np.where(u.ref.mul(0.5).less(0), 1, -1).mul(u).sum();
    },
    [floats(0.5, -0.5), floats(1, 2)],
    [],
    -1.5,
    [-1, 2, -0.5, -0.5],
  ],
];

describe.each(engines)("at ordinary data, on %s %s", (_name, dtype, backend) => {
  test.each(rows)("%s", async (_claim, loss, params, data, value, gradient) => {
    const oracles = await compiledOracles({ loss, params, data }, backend(), dtype);
    // jax-js's powers and angles keep 1e-6 of float32.
    const close = dtype === "float32" ? { relative: 2e-6, absolute: 1e-6 } : { relative: 1e-14, absolute: 1e-14 };
    expect(oracles.value).toBeAllclose(value, close);
    expect(oracles.gradient).toBeAllclose(gradient, close);
    expect(oracles.product.every(Number.isFinite)).toBe(true);
  });
});
