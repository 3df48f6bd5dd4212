import { lax, nn, numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../../src/vector/tensor.ts";
import { type Case, compiledOracles, engines } from "../../helpers/oracles.ts";

const floats = (...data: number[]): Tensor => ({ shape: [data.length], data: Float64Array.from(data) });
const integers = (...data: number[]): Tensor => ({ shape: [data.length], data: Int32Array.from(data) });

/** A loss of params and data, its value and its gradient. */
type Row = [name: string, loss: Case["loss"], params: Tensor[], data: Tensor[], value: number, gradient: number[]];

const table = [1, 10, 100, 1000, 1e4, 1e5];
const atIndex = integers(0, 2);
const mask = (x: np.Array) => x.astype(np.float32);

const rows: Row[] = [
  [
    "an index plus a number is an index",
    ([w], [i]) => np.take(w, i.add(1), 0).sum(),
    [floats(...table)],
    [atIndex],
    1010,
    [0, 1, 0, 1, 0, 0],
  ],
  [
    "an index times a number is an index",
    ([w], [i]) => w.slice(i.mul(2)).sum(),
    [floats(...table)],
    [atIndex],
    10001,
    [1, 0, 0, 0, 1, 0],
  ],
  [
    "an index clipped to numbers is an index",
    ([w], [i]) => np.take(w, np.clip(i, 0, 5), 0).sum(),
    [floats(...table)],
    [atIndex],
    101,
    [1, 0, 1, 0, 0, 0],
  ],
  [
    "integers that float32 cannot hold are subtracted exactly",
    ([w], [i]) => w.mul(i.sub(16777216)).sum(),
    [floats(1)],
    [integers(16777217)],
    1,
    [1],
  ],
  ["concatenation takes the wider type", ([x]) => np.concatenate([np.ones([1]), x]).sum(), [floats(0.5)], [], 1.5, [1]],
  ["concatenation takes integers too", ([x], [i]) => np.concatenate([x, i]).sum(), [floats(0.5)], [atIndex], 2.5, [1]],
  [
    "a matrix product of floats and integers is one of floats",
    ([x], [i]) => np.dot(x, i),
    [floats(0.5, 0.25)],
    [integers(2, 4)],
    2,
    [2, 4],
  ],
  [
    "a product of all of some bools is their and",
    ([x]) => x.mul(mask(np.prod(x.ref.less(1)))).sum(),
    [floats(0.5, 2)],
    [],
    0,
    [0, 0],
  ],
  [
    "a maximum of bools is their or",
    ([x]) => x.mul(mask(np.maximum(x.ref.less(1), x.ref.less(2)))).sum(),
    [floats(0.5, 2)],
    [],
    0.5,
    [1, 0],
  ],
  [
    "bools are ordered, false before true",
    ([x]) => x.mul(mask(np.less(x.ref.less(1), x.ref.less(2)))).sum(),
    [floats(0.5, 1.5)],
    [],
    1.5,
    [0, 1],
  ],
  [
    "any over interleaved axes is no pooling",
    ([x]) => x.mul(mask(np.any(x.ref.less(1).reshape([1, 2, 1, 2]), [1, 3])).sum()).sum(),
    [floats(0.5, 2, 3, 4)],
    [],
    9.5,
    [1, 1, 1, 1],
  ],
  [
    "matrices of integers multiply",
    ([x], [i]) => x.mul(np.matmul(i.ref.reshape([2, 2]), i.reshape([2, 2])).sum()).sum(),
    [floats(0.5)],
    [integers(1, 2, 3, 4)],
    27,
    [54],
  ],
  [
    "integers have maxima over windows",
    ([x], [i]) => x.mul(np.max(i.reshape([1, 2, 1, 2]), [1, 3]).sum()).sum(),
    [floats(0.5)],
    [integers(1, 2, 3, 4)],
    2,
    [4],
  ],
  [
    "a step function, which is made of numbers, joins data of either type",
    ([x]) => np.concatenate([np.heaviside(x.ref, 0.5), x]).sum(),
    [floats(-1, 0, 2)],
    [],
    2.5,
    [1, 1, 1],
  ],
  [
    "a product with integers is convolved",
    ([x], [i]) => {
      const product = np.matmul(x.reshape([1, 2]), i.reshape([2, 2])).reshape([1, 1, 2]);
      return lax.conv(product, np.array([[[1, -1]]]), [1], "VALID").sum();
    },
    [floats(0.5, 0.25)],
    [integers(1, 2, 3, 4)],
    -0.75,
    [-1, -1],
  ],
  [
    "whole numbers are integers as they are",
    ([x], [i]) =>
      x
        .mul(np.floor(np.floorDivide(i.ref, 2)).sum())
        .add(np.ceil(i).sum())
        .sum(),
    [floats(0.5)],
    [integers(3, 7)],
    12,
    [4],
  ],
  [
    "one-hot rows of shifted labels are those of jax-js",
    ([w], [i]) => nn.oneHot(i.sub(1), 3).mul(w).sum(),
    [floats(1, 10, 100)],
    [integers(1, 3)],
    101,
    [1, 0, 1],
  ],
  [
    "a stencil of plain numbers convolves float64 data",
    ([u]) => lax.conv(u.reshape([1, 1, 4]), np.array([[[1, -2, 1]]]), [1], "VALID").sum(),
    [floats(1, 2, 4, 7)],
    [],
    2,
    [1, -1, -1, 1],
  ],
];

describe.each(engines)("types on %s %s", (_name, dtype, backend) => {
  test.each(rows)("%s", async (_claim, loss, params, data, value, gradient) => {
    const oracles = await compiledOracles({ loss, params, data }, backend(), dtype);
    expect(oracles.value).toBeAllclose(value);
    expect(oracles.gradient).toBeAllclose(gradient);
  });
});

describe("float64 functions", () => {
  const engine = engines[1][2];
  const value = async (loss: Case["loss"]) =>
    (await compiledOracles({ loss, params: [floats(1)] }, engine(), "float64")).value;

  test("refuse constants that np.array([…]) has rounded, and say how to write them", async () => {
    const data = np.array([1.1, 2.2]);
    await expect(value(([x]) => x.mul(data.ref).sum())).rejects.toThrow(
      "compileObjective: a float64 loss must hold float64 constants, got float32[2] with 1.100000023841858.",
    );
    data.dispose();
  });

  test("take constants that float32 holds exactly", async () => {
    const data = np.array([0.5, 3, 16777216]);
    expect(await value(([x]) => x.mul(data.ref).sum())).toBe(16777219.5);
    data.dispose();
  });

  test("take float32 data that are said to be such", async () => {
    const data = np.array([1.1, 2.2]).astype(np.float64);
    expect(await value(([x]) => x.mul(data.ref).sum())).toBe(Math.fround(1.1) + Math.fround(2.2));
    data.dispose();
  });

  test("are not functions of integers, as in jax-js, and say what to do", async () => {
    const count = (x: np.Array) => np.countNonzero(x);
    await expect(value(([x]) => np.divide(x.ref, count(x)).sum())).rejects.toThrow(
      'compileObjective: "reciprocal" must be of floating-point numbers, got int32[]. Cast them: x.astype(np.float32), as the ' +
        "divisor of a quotient, too.",
    );
    expect(await value(([x]) => np.divide(x.ref, count(x).astype(np.float32)).sum())).toBe(1);
  });

  test("compute in float64 what jax-js calls float32", async () => {
    expect(await value(([x]) => np.mean(x.ref.less(2).astype(np.float32)).mul(0.1).mul(x).sum())).toBe(0.1);
    expect(await value(([x]) => np.where(x.ref.less(2), 0.1, 0.2).mul(x).sum())).toBe(0.1);
  });
});
