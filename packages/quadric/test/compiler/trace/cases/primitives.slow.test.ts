import { grad, jvp, lax, nn, numpy as np, vmap } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { batchNorm, channelMoments, groupNorm, layerNorm } from "../../../../../../examples/models/normalization.ts";
import { onnx } from "../../../../src/compiler/backends/onnx/node.ts";
import { UnsupportedPrimitiveError } from "../../../../src/errors.ts";
import type { Tensor } from "../../../../src/vector/tensor.ts";
import { type Case, compiledOracles, engines, expectOracles, jaxOracles, tensor } from "../../../helpers/oracles.ts";

/** Σ sin of f(x₀, x₁, …): a loss with a Hessian wherever f depends on x. */
function of(shapes: readonly number[][], f: (x: np.Array[], data: np.Array[]) => np.Array, data: Tensor[] = []): Case {
  return {
    params: shapes.map((shape, i) => tensor(shape, i + 1)),
    loss: (x, given) => np.sin(f(x, given)).sum(),
    data,
  };
}

function integers(shape: readonly number[], values: readonly number[]): Tensor {
  return { shape, data: Int32Array.from(values) };
}

const positive = (x: np.Array) => np.square(x).add(0.5);
const bool = (x: np.Array) => x.astype(np.bool);
const cases: Record<string, Case> = {
  exp: of([[3, 4]], ([x]) => np.exp(x)),
  log: of([[3, 4]], ([x]) => np.log(positive(x))),
  reciprocal: of([[3, 4]], ([x]) => np.reciprocal(positive(x))),
  sqrt: of([[3, 4]], ([x]) => np.sqrt(positive(x))),
  "sin, cos, tan": of([[3, 4]], ([x]) =>
    np
      .sin(x.ref)
      .mul(np.cos(x.ref))
      .add(np.tan(x.mul(0.5))),
  ),
  asin: of([[3, 4]], ([x]) => np.square(np.arcsin(x.mul(0.9)))),
  acos: of([[3, 4]], ([x]) => np.arccos(x.mul(0.9))),
  atan: of([[3, 4]], ([x]) => np.arctan(x.mul(3))),
  "floor, ceil": of([[3, 4]], ([x]) =>
    np
      .floor(x.ref.mul(3))
      .add(np.ceil(x.ref.mul(2)))
      .mul(x),
  ),
  "idiv, mod": of(
    [
      [3, 4],
      [3, 4],
    ],
    ([x, y]) => np.fmod(x.mul(5), positive(y)),
  ),
  "max, min": of(
    [
      [3, 4],
      [3, 4],
    ],
    ([x, y]) => np.maximum(x.ref, y.ref).mul(np.minimum(x, y)),
  ),
  clip: of([[3, 4]], ([x]) => np.clip(x, -0.5, 0.3)),
  absolute: of([[3, 4]], ([x]) => np.absolute(np.sin(x))),
  power: of([[3, 4]], ([x]) => np.pow(positive(x), 1.5)),
  "where between two": of(
    [
      [3, 4],
      [3, 4],
    ],
    ([x, y]) => np.where(x.ref.less(0.2), np.square(x), y),
  ),
  "where of one": of([[3, 4], [4]], ([x, y]) =>
    np.where(x.ref.less(0.2), 1, np.square(x)).mul(np.where(y.ref.less(0), y, 2)),
  ),
  "compare in every way": of(
    [
      [3, 4],
      [3, 4],
    ],
    ([x, y]) =>
      [np.less, np.lessEqual, np.greater, np.greaterEqual, np.equal, np.notEqual]
        .map((op, i) => np.where(op(x.ref, y.ref), x.ref.mul(i + 1), np.square(y.ref)))
        .reduce((a, b) => a.add(b))
        .add(x.mul(y)),
  ),
  "logic of conditions": of(
    [
      [3, 4],
      [3, 4],
    ],
    ([x, y]) => {
      const [p, q] = [bool(np.floor(x.ref.mul(2))), y.ref.less(0)];
      const both = np.where(np.logicalAnd(p.ref, q.ref), x.ref, 1);
      const either = np.where(np.logicalOr(p.ref, np.logicalNot(q.ref)), y.ref, 2);
      const one = np.where(np.logicalXor(p.ref, q.ref), x.ref, 3);
      return both
        .mul(either)
        .mul(one)
        .add(np.where(np.where(q, p, true), x, y));
    },
  ),
  "any, all": of([[3, 4]], ([x]) =>
    np.where(np.any(x.ref.less(-0.9), 1), 2, np.where(np.all(x.ref.less(0.9), 1), 3, 5)).mul(x.sum(1)),
  ),
  sum: of([[2, 3, 4]], ([x]) => np.square(x).sum([0, 2])),
  prod: of([[3, 4]], ([x]) => np.prod(positive(x), 1)),
  "max over axes": of([[2, 3, 4]], ([x]) => np.max(np.square(x), [0, 2])),
  "min over axes": of([[2, 3, 4]], ([x]) => np.min(np.square(x), 1)),
  "mean, variance": of([[3, 4]], ([x]) => np.var_(x.ref, 1).add(np.mean(np.square(x), 1))),
  cumsum: of([[3, 5]], ([x]) => np.cumsum(np.square(x), 1)),
  reshape: of([[2, 6]], ([x]) => np.square(x).reshape([3, 4])),
  transpose: of([[2, 3, 4]], ([x]) => np.transpose(np.square(x), [2, 0, 1]).mul(np.arange(3))),
  flip: of([[3, 4]], ([x]) => np.flip(np.square(x.ref), [0, 1]).mul(x)),
  pad: of([[2, 3]], ([x]) =>
    np
      .pad(np.cos(x), [
        [1, 2],
        [0, 1],
      ])
      .add(0.5),
  ),
  slice: of([[4, 5]], ([x]) => np.square(x).slice([1, 3], [0, 4])),
  "concatenate, split": of(
    [
      [2, 3],
      [2, 2],
    ],
    ([x, y]) => {
      const [left, right] = np.split(np.concatenate([np.square(x), y], 1), [2], 1);
      return np.concatenate([right, left.mul(2)], 1);
    },
  ),
  "constants among what is joined and padded": of([[3, 1]], ([x]) => {
    const [five, one] = [5, 1].map((c) => np.broadcastTo(np.array(c), [3, 1]).astype(x.dtype));
    const padded = np.pad(one, { 1: [1, 1] }).mul(2);
    return np.concatenate([five, np.square(x), np.zeros([3, 1]).astype(padded.dtype)], 1).mul(padded.add(1));
  }),
  "a derivative through what joins a variable to constants": of([[3, 1]], ([x]) => {
    const joined = (t: np.Array) => np.square(np.concatenate([np.ones([3, 1]).astype(t.dtype), t], 1));
    const [y, dy] = jvp(joined, [x.ref], [np.onesLike(x)]);
    return y.add(dy.mul(3));
  }),
  stack: of([[3], [3]], ([x, y]) => np.stack([x.ref.mul(y), x])),
  "repeat, tile": of([[3]], ([x]) => np.repeat(np.square(x.ref), 2).mul(np.tile(x, 2))),
  "roll, diff": of([[6]], ([x]) => np.roll(np.square(x.ref), 2).mul(np.diff(x, 1, -1).sum())),
  "triu, tril, diagonal": of([[4, 4]], ([x]) => np.triu(np.square(x.ref)).add(np.tril(x.ref)).add(np.diagonal(x))),
  broadcast: of([[3, 1], [4]], ([x, y]) => np.square(x).mul(y)),
  cast: of([[3, 4]], ([x]) => x.ref.mul(np.floor(x.mul(3)).astype(np.int32).astype(x.dtype))),
  "stop gradient": of([[3, 4]], ([x]) => x.ref.mul(lax.stopGradient(np.exp(x)))),
  erf: of([[3, 4]], ([x]) => lax.erf(x)),
  erfc: of([[3, 4]], ([x]) => lax.erfc(x)),
  "batched products": of(
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
    ([x, y]) => np.matmul(x, y),
  ),
  "products of transposes": of(
    [
      [2, 4, 3],
      [2, 5, 4],
    ],
    ([x, y]) => np.matmul(np.swapaxes(x, 1, 2), np.swapaxes(y, 1, 2)),
  ),
  "outer and inner products": of([[3], [4]], ([x, y]) => np.outer(x.ref, y.ref).sum(0).mul(np.dot(x.ref, x)).add(y)),
  "contraction of two axes": of(
    [
      [2, 3, 4],
      [3, 4, 5],
    ],
    ([x, y]) => np.tensordot(x, y, 2),
  ),
  softmax: of([[3, 4]], ([x]) => nn.softmax(x.mul(2), 0)),
  "log-sum-exp": of([[3, 4]], ([x]) => nn.logsumexp(x, 1)),
  "one-hot": of([[3, 4]], ([x], [labels]) => nn.logSoftmax(x).mul(nn.oneHot(labels, 4)), [integers([3], [2, 0, 3])]),
  "gather along the first axis": of([[5, 3]], ([x], [i]) => np.square(x).slice(i), [integers([2, 2], [4, 0, 0, 3])]),
  "gather along the last axis": of([[3, 5]], ([x], [i]) => np.take(np.square(x), i, 1), [
    integers([2, 2], [4, 1, 1, 3]),
  ]),
  "gather along two axes": of([[4, 2, 5]], ([x], [i, j]) => np.square(x).slice(i, [], j), [
    integers([3, 1], [3, 0, 3]),
    integers([2], [1, 4]),
  ]),
  "gather along neighbouring axes": of([[2, 4, 5]], ([x], [i, j]) => np.square(x).slice([], i, j), [
    integers([3], [3, 0, 3]),
    integers([3], [1, 4, 1]),
  ]),
  "take along an axis": of([[3, 4]], ([x], [i]) => np.takeAlongAxis(np.square(x), i, 1), [
    integers([3, 2], [3, 0, 1, 1, 2, 0]),
  ]),
  "derivative inside the loss": of([[3], [3]], ([x, y]) => {
    const f = (z: np.Array) => np.tanh(z.ref.mul(y.ref)).mul(np.sin(z));
    const [value, slope] = jvp(f, [x.ref], [np.onesLike(x)]);
    y.dispose();
    return value.mul(slope);
  }),
  "gradient of a convolution inside the loss": of(
    [
      [1, 2, 5],
      [2, 2, 3],
    ],
    ([x, k]) => {
      const energy = (z: np.Array) => np.square(lax.conv(z, k.ref, [2], [[1, 1]])).sum();
      const slope = grad(energy)(x);
      k.dispose();
      return slope;
    },
  ),
  "map over examples": of([[3, 4], [4]], ([x, y]) =>
    vmap((row: np.Array) => np.tanh(row.mul(y.ref)).sum())(x).add(y.sum()),
  ),
  "map over convolutions": of(
    [
      [2, 1, 2, 5],
      [2, 3, 2, 3],
    ],
    ([x, k]) => vmap((a: np.Array, b: np.Array) => lax.conv(a, b, [1], "SAME"))(x, k),
  ),
  "batch normalization": of([[4, 2, 2, 3], [2], [2]], ([x, scale, shift]) =>
    batchNorm(x.ref, { scale, shift }, channelMoments(x)),
  ),
  "layer normalization": of([[3, 6], [6], [6]], ([x, scale, shift]) => layerNorm(x, { scale, shift })),
  "group normalization": of([[2, 4, 2, 3], [4], [4]], ([x, scale, shift]) => groupNorm(x, { scale, shift }, 2)),
  embedding: of([[5, 3]], ([table], [tokens]) => np.square(table.slice(tokens)).sum(1), [
    integers([2, 3], [4, 0, 0, 3, 1, 4]),
  ]),
  "causal attention": of(
    [
      [2, 4, 3],
      [2, 4, 3],
      [2, 4, 3],
    ],
    ([q, k, v]) => {
      const scores = np.matmul(q, np.swapaxes(k, 1, 2)).mul(1 / Math.sqrt(3));
      return np.matmul(nn.softmax(np.where(np.tri(4).astype(np.bool), scores, -Infinity)), v);
    },
  ),
};

describe.each(engines)("primitives on %s %s", (_name, dtype, backend, tolerance) => {
  // erf and erfc of jax-js, the reference here, are right to 1e-7 only: see float64-functions.test.ts.
  const missing = dtype === "float64" ? ["erf", "erfc"] : [];
  test.each(Object.keys(cases).filter((key) => !missing.includes(key)))("%s", async (key) => {
    expectOracles(await compiledOracles(cases[key], backend(), dtype), jaxOracles(cases[key]), tolerance);
  });
});

describe("what a backend lacks", () => {
  test("eigenvalues are an error that names them", async () => {
    const attempt = compiledOracles(
      of([[3, 3]], ([x]) => np.linalg.eigvalsh(x)),
      onnx(),
      "float32",
    );
    await expect(attempt).rejects.toThrow(UnsupportedPrimitiveError);
    await expect(attempt).rejects.toThrow('no rule for primitive "jacobi_eigh"');
  });
});
