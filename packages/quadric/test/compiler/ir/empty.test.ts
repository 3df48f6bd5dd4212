import { lax, numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../../src/vector/tensor.ts";
import { printed } from "../../helpers/graphs.ts";
import { type Case, compiledOracles, engines } from "../../helpers/oracles.ts";

const floats = (shape: number[], ...data: number[]): Tensor => ({ shape, data: Float64Array.from(data) });
const nothing = floats([0]);

/** A loss of params, its value and its gradient. */
const rows: [claim: string, loss: Case["loss"], params: Tensor[], value: number, gradient: number[]][] = [
  ["a parameter may have no elements", ([x, y]) => x.sum().add(y.sum()), [nothing, floats([1], 2)], 2, [1]],
  [
    "the integral of one point is 0",
    ([x]) => np.sin(np.trapezoid(np.sum(x, [0], { keepdims: true }))).add(1),
    [floats([2], 1, 2)],
    1,
    [0, 0],
  ],
  [
    "arrays without elements are reshaped, joined and padded",
    ([x]) => {
      const none = x.ref.slice([0, 0]).reshape([2, 0]);
      const padded = np.pad(none, [
        [0, 0],
        [1, 0],
      ]);
      return np.concatenate([padded.reshape([2]), x.ref.slice([0, 0]), x]).sum();
    },
    [floats([2], 1, 2)],
    3,
    [1, 1],
  ],
  [
    "a product over an axis without elements is of zeros",
    ([x, y]) =>
      np
        .matmul(x.reshape([2, 0]), y.ref.slice([0, 0]).reshape([0, 3]))
        .sum()
        .add(y.sum()),
    [nothing, floats([1], 0.5)],
    0.5,
    [1],
  ],
  [
    "a condition on nothing chooses",
    ([x, y]) => np.where(x.sum().less(1), y.ref, y.mul(3)).sum(),
    [nothing, floats([1], 2)],
    2,
    [1],
  ],
  [
    "any of nothing is false, all of nothing true",
    ([x, y]) => {
      const none = x.astype(np.bool);
      return y.mul(np.any(none.ref).astype(np.float32).add(np.all(none).astype(np.float32).mul(10))).sum();
    },
    [nothing, floats([1], 2)],
    20,
    [10],
  ],
  [
    "the sum of nothing after a convolution is 0",
    ([x, y]) =>
      lax
        .conv(x.reshape([0, 1, 2]), np.ones([1, 1, 1]), [1], "VALID")
        .sum()
        .add(np.square(y).sum()),
    [nothing, floats([1], 2)],
    4,
    [4],
  ],
];

describe.each(engines)("arrays without elements on %s %s", (_name, dtype, backend) => {
  test.each(rows)("%s", async (_claim, loss, params, value, gradient) => {
    const oracles = await compiledOracles({ loss, params }, backend(), dtype);
    expect(oracles.value).toBeAllclose(value);
    expect(oracles.gradient).toBeAllclose(gradient);
  });
});

test("no engine sees an operation on them", () => {
  const build = printed([[2, 0], [3]], (b, x, y) => [
    b.unary("exp", x),
    b.sum(x, [1]),
    b.reduce("max", x, [1]),
    b.concatenate([b.reshape(x, [0]), y], 0),
  ]);
  expect(build).toMatchInlineSnapshot(`
    "(%0: float32[2,0], %1: float32[3]) {
      %2: float32[2,0] = constant id=0
      %3: float32[2] = expand 0
      %4: float32[2] = expand -Infinity
      return %2, %3, %4, %1
    }"
  `);
});
