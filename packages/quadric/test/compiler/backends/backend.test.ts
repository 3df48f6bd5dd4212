import "../../../src/compiler/trace/float16-array.ts";
import { grad, jvp, nn, numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import type { Backend } from "../../../src/compiler/backends/backend.ts";
import { jax } from "../../../src/compiler/backends/jax/backend.ts";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { wasm } from "../../../src/compiler/backends/wasm/backend.ts";
import { onDevice } from "../../../src/compiler/device.ts";
import { type CompiledObjective, compileObjective } from "../../../src/compiler/objective.ts";
import type { CurvatureKind } from "../../../src/objective/objective.ts";
import type { TensorTree } from "../../../src/vector/tensor.ts";
import type { Dtype, Vector } from "../../../src/vector/vector.ts";

const batchSize = 6;
const sizes = [5, 4, 3];

/** Numbers in (−1, 1) that look random and never change. */
function numbers(n: number, seed: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed));
}

type Params = { w1: np.Array; b1: np.Array; w2: np.Array; b2: np.Array };
type Batch = { x: np.Array; y: np.Array };

const activations: Record<string, (x: np.Array) => np.Array> = {
  tanh: np.tanh,
  sigmoid: nn.sigmoid,
  softplus: nn.softplus,
  relu: nn.relu,
  gelu: (x) => nn.gelu(x),
  silu: (x) => nn.silu(x),
};

const losses: Record<string, (z: np.Array, y: np.Array) => np.Array> = {
  "cross-entropy": (z, y) => np.sum(nn.logSoftmax(z).mul(nn.oneHot(y, 3)), -1).neg(),
  "squared error": (z, y) =>
    np
      .square(z.sub(nn.oneHot(y, 3)))
      .mul(0.5)
      .sum(-1),
  "binary cross-entropy": (z, y) =>
    nn
      .softplus(z.ref)
      .sub(z.mul(nn.oneHot(y, 3)))
      .sum(-1),
};

function problem(activation: string, loss: string, dtype: Dtype = "float32") {
  const array = (n: number, shape: number[], seed: number) =>
    np.array(Float32Array.from(numbers(n, seed)), { shape }).astype(dtype as np.DType);
  return {
    model: ({ w1, b1, w2, b2 }: Params, { x, y }: Batch) => {
      y.dispose();
      return np.dot(activations[activation](np.dot(x, w1).add(b1)), w2).add(b2);
    },
    loss: (z: np.Array, { x, y }: Batch) => {
      x.dispose();
      return losses[loss](z, y);
    },
    regularizer: ({ w1, b1, w2, b2 }: Params) => {
      b1.dispose();
      b2.dispose();
      return np.square(w1).sum().add(np.square(w2).sum()).mul(0.01);
    },
    params: { w1: array(20, [5, 4], 1), b1: array(4, [4], 2), w2: array(12, [4, 3], 3), b2: array(3, [3], 4) },
  };
}

const batch: TensorTree = {
  x: { shape: [batchSize, sizes[0]], data: numbers(batchSize * sizes[0], 7) },
  y: { shape: [batchSize], data: Int32Array.from([0, 1, 2, 1, 0, 2]) },
};

function relativeError(actual: Vector, expected: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < actual.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    size += expected[i] ** 2;
  }
  return Math.sqrt(difference / size);
}

async function oracles(objective: CompiledObjective, kind: CurvatureKind) {
  const w = objective.initial;
  const v = numbers(w.length, 9);
  const direction = objective.dtype === "float32" ? Float32Array.from(v) : v;
  const { value } = await objective.value(w, batch);
  const plain = await objective.gradient(w, batch);
  const linearization = await objective.linearize(w, batch, kind);
  const product = await linearization.curvature.multiply(direction);
  linearization.dispose();
  return { value, plain, linearization, product };
}

/** jax-js's own value, gradient and Hessian product: an independent differentiation of the same loss, in float64. */
function jaxReference(activation: string, loss: string) {
  const { model, loss: ofOutputs, regularizer, params } = problem(activation, loss, "float64");
  const order = ["w1", "b1", "w2", "b2"] as const;
  const leaves = order.map((name) => params[name]);
  const data = numbers(batchSize * sizes[0], 7);
  const x = () => np.array(data, { shape: [batchSize, sizes[0]], dtype: np.float64 });
  const y = () => np.array(Int32Array.from([0, 1, 2, 1, 0, 2]), { shape: [batchSize], dtype: np.int32 });
  const total = (args: np.Array[]) => {
    const tree = (use: (a: np.Array) => np.Array) =>
      Object.fromEntries(order.map((n, i) => [n, use(args[i])])) as Params;
    const z = model(
      tree((a) => a.ref),
      { x: x(), y: y() },
    );
    return ofOutputs(z, { x: x(), y: y() })
      .mean()
      .add(regularizer(tree((a) => a)));
  };
  const flat = (arrays: np.Array[]) => Float64Array.from(arrays.flatMap((a) => [...(a.dataSync() as Float64Array)]));
  let offset = 0;
  const all = numbers(39, 9);
  const v = leaves.map((leaf) => {
    const part = all.slice(offset, offset + leaf.size);
    offset += leaf.size;
    return np.array(part, { shape: leaf.shape, dtype: np.float64 });
  });
  const refs = () => leaves.map((leaf) => leaf.ref);
  return {
    value: (total(refs()).dataSync() as Float64Array)[0],
    gradient: flat(grad(total)(refs()) as np.Array[]),
    product: flat(jvp((args: np.Array[]) => grad(total)(args) as np.Array[], [refs()], [v])[1] as np.Array[]),
  };
}

const backends: [string, Dtype, () => Backend, number][] = [
  // float32 rounding through two layers and back; 1e-5 is the bound that the issue of the compiler set.
  ["onnx", "float32", () => onnx(), 1e-5],
  ["jax wasm", "float32", () => jax(), 1e-5],
  ["onnx", "float64", () => onnx(), 1e-13],
  ["jax cpu", "float64", () => jax({ device: "cpu" }), 1e-13],
  ["wasm", "float32", () => wasm(), 1e-5],
  ["wasm", "float64", () => wasm(), 1e-13],
];

describe.each(backends)("%s %s", (_name, dtype, backend, tolerance) => {
  // jax-js keeps what it once traced: the reference below, first, has rounded the constants of gelu.
  const precise = Object.keys(activations).filter((activation) => dtype === "float32" || activation !== "gelu");
  const cases = precise.map((activation) => [activation, "cross-entropy"] as const);
  const more = Object.keys(losses).map((loss) => ["tanh", loss] as const);
  test.each([...cases, ...more])("agrees with jax-js's own derivatives: %s, %s", async (activation, loss) => {
    const objective = await compileObjective(problem(activation, loss, dtype), { backend: backend(), dtype });
    const { value, plain, linearization, product } = await oracles(objective, "hessian");
    // On the interpreter: on wasm the elementary functions carry float32 accuracy.
    const expected = onDevice("cpu", () => jaxReference(activation, loss));
    expect(Math.abs(value - expected.value) / Math.abs(expected.value)).toBeLessThan(tolerance);
    expect(plain.value).toBeCloseTo(value, 6);
    expect(relativeError(plain.gradient, expected.gradient)).toBeLessThan(tolerance);
    expect(relativeError(linearization.gradient, expected.gradient)).toBeLessThan(tolerance);
    expect(relativeError(product, expected.product)).toBeLessThan(tolerance);
    objective.dispose();
  });
});

test("a difference of equal numbers leaves the small number that is added to it, on every engine", async () => {
  for (const backend of [onnx(), wasm(), jax({ device: "cpu" })]) {
    const loss = ({ x, y }: { x: np.Array; y: np.Array }) => np.log(x.sub(y).add(1e-9)).sum();
    const params = { x: np.array(Float64Array.of(3, 5)), y: np.array(Float64Array.of(3, 5)) };
    const objective = await compileObjective({ loss, params }, { backend, dtype: "float64" });
    expect((await objective.value(objective.initial, [])).value).toBe(2 * Math.log(1e-9));
    objective.dispose();
  }
});
