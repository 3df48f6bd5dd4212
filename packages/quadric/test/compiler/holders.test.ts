import type { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { onnx } from "../../src/compiler/backends/onnx/node.ts";
import { wasm } from "../../src/compiler/backends/wasm/backend.ts";
import { compileObjective } from "../../src/compiler/objective.ts";
import "../helpers/matchers.ts";

const floats = (...data: number[]) => ({ shape: [data.length], data: Float64Array.from(data) });
const batchOf = (n: number) => ({ x: floats(...Array.from({ length: n }, (_, i) => i + 1)) });

/** The mean of (w·x)², whose curvature is twice the mean of x². */
const problem = {
  loss: (w: np.Array, { x }: { x: np.Array }) => {
    const y = x.mul(w);
    return y.ref.mul(y);
  },
  params: floats(1) as never,
};

describe.each([
  ["wasm", wasm],
  ["onnx", onnx],
] as const)("programs of many batch shapes on %s", (_name, backend) => {
  const compiled = () => compileObjective(problem, { backend: backend(), dtype: "float64" });

  test("stay while a linearization needs them, whatever else is asked", async () => {
    const objective = await compiled();
    const { curvature, dispose } = await objective.linearize(objective.initial, batchOf(2), "hessian");
    for (let n = 3; n < 14; n++) await objective.value(objective.initial, batchOf(n));
    expect(await curvature.multiply(Float64Array.of(1))).toBeAllclose([5]);
    dispose?.();
    objective.dispose();
  });

  test("stay while a call runs, through dispose() too", async () => {
    const objective = await compiled();
    const running = [2, 3].map((n) => objective.gradient(objective.initial, batchOf(n)));
    objective.dispose();
    const [{ value }, { gradient }] = await Promise.all(running);
    expect(value).toBeAllclose(2.5);
    expect(gradient).toBeAllclose([28 / 3]);
  });
});
