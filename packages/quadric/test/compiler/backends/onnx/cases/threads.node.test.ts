import { numpy as np } from "@jax-js/jax";
import { expect, test } from "vitest";
import { onnx } from "../../../../../src/compiler/backends/onnx/node.ts";
import { type Case, compiledOracles, tensor } from "../../../../helpers/oracles.ts";

test("a million threads are refused before they take the memory", () => {
  expect(() => onnx({ threads: 1e6 })).toThrow("onnx: threads must be at most 1024, got 1000000.");
});

test("several threads add up all updates of a scatter", async () => {
  const indices = Int32Array.from({ length: 20_000 }, (_, i) => (i * i) % 7);
  const problem: Case = {
    params: [tensor([7, 16], 1)],
    loss: ([x], [i]) => np.sin(np.square(x).slice(i)).sum(),
    data: [{ shape: [20_000], data: indices }],
  };
  const [one, four] = [
    await compiledOracles(problem, onnx(), "float64"),
    await compiledOracles(problem, onnx({ threads: 4 }), "float64"),
  ];
  expect(four.gradient).toBeAllclose(one.gradient);
  expect(four.product).toBeAllclose(one.product);
});
