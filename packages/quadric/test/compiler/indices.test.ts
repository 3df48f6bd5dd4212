import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { jax } from "../../src/compiler/backends/jax/backend.ts";
import { onnx } from "../../src/compiler/backends/onnx/node.ts";
import { wasm } from "../../src/compiler/backends/wasm/backend.ts";
import { losses } from "../../src/models/losses.ts";
import { mlp } from "../../src/models/mlp.ts";
import { supervised } from "../../src/models/supervised.ts";
import { fit } from "../../src/training/fit.ts";
import { minimize } from "../../src/training/minimize.ts";
import type { TensorData } from "../../src/vector/tensor.ts";

const network = mlp([2, 3]);
const inputs = { shape: [4, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
const labels = (data: TensorData) => ({ x: inputs, y: { shape: [4], data } });

describe.each([
  ["jax", jax],
  ["onnx", onnx],
  ["wasm", wasm],
] as const)("on %s", (_name, backend) => {
  const run = (data: TensorData) =>
    fit(supervised(network, losses.crossEntropy), labels(data), { backend: backend(), steps: 1, batchSize: 2 });

  test.each<[string, TensorData, string]>([
    [
      "one label beyond the outputs",
      Int32Array.of(0, 1, 2, 3),
      'data: labels and indices in "y" must be integers in 0 … 2, got 3 in example 3.',
    ],
    ["bytes beyond them", Uint8Array.of(9, 1, 2, 0), "0 … 2, got 9 in example 0."],
    ["a negative label", Int32Array.of(0, -1, 2, 1), "0 … 2, got -1 in example 1."],
    [
      "labels that are no integers",
      Float32Array.of(0, 1, 2, 1),
      "losses.crossEntropy: labels must be integers, in an Int32Array or a Uint8Array, got float32.",
    ],
  ])("%s is refused", async (_claim, data, message) => {
    await expect(run(data)).rejects.toThrow(message);
  });

  test("labels of all classes are not", async () => {
    expect((await run(Int32Array.of(0, 1, 2, 0))).steps).toBe(1);
  });
});

test("tokens beyond the table of an embedding are refused, in a loss of one's own", async () => {
  const loss = ({ table }: { table: np.Array }, { t }: { t: np.Array }) => np.square(table.slice(t)).sum(-1).mean(-1);
  const problem = { loss, params: { table: np.ones([5, 2]) } };
  await expect(fit(problem, { t: { shape: [2, 2], data: Int32Array.of(0, 4, 1, 5) } }, { steps: 1 })).rejects.toThrow(
    'in "t" must be integers in 0 … 4, got 5 in example 1.',
  );
});

test("labels that a function holds are checked as it is traced", async () => {
  const at = (...values: number[]) => {
    const held = np.array(Int32Array.from(values), { dtype: np.int32 });
    const f = (z: np.Array) => np.mean(losses.crossEntropy(z, held.ref));
    return minimize(f, np.zeros([2, 3]), { maxIterations: 1 });
  };
  await expect(at(0, 3)).rejects.toThrow("an array that the loss holds must be integers in 0 … 2, got 3 in example 1.");
  expect((await at(0, 2)).iterations).toBe(1);
});
