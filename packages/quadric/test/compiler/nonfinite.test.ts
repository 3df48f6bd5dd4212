import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { onnx } from "../../src/compiler/backends/onnx/node.ts";
import { compileObjective } from "../../src/compiler/objective.ts";
import { minimize, wasm } from "../../src/index.ts";
import type { TensorTree } from "../../src/vector/tensor.ts";

const floats = (...data: number[]) => ({ shape: [data.length], data: Float64Array.from(data) });

/** What is said of a loss of one parameter vector and data at a point. */
async function explained(
  loss: (w: np.Array, x: np.Array) => np.Array,
  at: number[],
  data: number[],
  backend = wasm(),
): Promise<string | undefined> {
  const objective = await compileObjective(
    { loss: (w: np.Array, { x }: { x: np.Array }) => loss(w, x), params: floats(...at) as never },
    { backend, dtype: "float64" },
  );
  const batch: TensorTree = { x: floats(...data) };
  const sentence = await objective.explainNonfinite!(objective.initial, batch);
  objective.dispose();
  return sentence;
}

describe.each([
  ["wasm", wasm],
  ["onnx", onnx],
] as const)("explainNonfinite() on %s", (_name, backend) => {
  test("names the operation, the entry and the operand that made a loss NaN", async () => {
    const sentence = await explained((w, x) => np.log(x).mul(w).sum(), [2], [1, 0, 3], backend());
    expect(sentence).toBe("The loss is not finite: log of 0 at [1] of [3] is -Infinity.");
  });

  test("tells a gradient from a loss", async () => {
    const sentence = await explained((w, x) => np.sqrt(w).add(x).sum(), [4, 0], [1, 1], backend());
    expect(sentence).toBe("The gradient is not finite: reciprocal of 0 at [1] of [2] is Infinity.");
  });

  test("names data that are not finite themselves", async () => {
    const sentence = await explained((w, x) => w.mul(x).sum(), [1], [1, Number.NaN], backend());
    expect(sentence).toBe("The loss is not finite: batch.x is NaN at [1] of [2].");
  });

  test("names a factor of a matrix that is not positive definite, and where it stopped", async () => {
    const factor = (w: np.Array) => np.linalg.cholesky(w.reshape([2, 2])).sum();
    const sentence = await explained(factor, [1, 2, 2, 1], [0], backend());
    expect(sentence).toBe("The loss is not finite: cholesky at [1,1] of [2,2] is NaN.");
  });

  test("has nothing to say of what is finite", async () => {
    expect(await explained((w, x) => w.mul(x).sum(), [1], [1, 2], backend())).toBeUndefined();
  });
});

describe("minimize()", () => {
  test("ends nonfinite with the operation that was to blame", async () => {
    const { status, message } = await minimize((x: np.Array) => np.log(x).sum(), np.array([0, 1]));
    expect(status).toBe("nonfinite");
    expect(message).toContain("The loss is not finite: log of 0 at [0] of [2] is -Infinity.");
  });
});

describe("dispose()", () => {
  test("of an objective whose program could not be made is quiet", async () => {
    const broken = { ...wasm(), compile: () => Promise.reject(new Error("no session")) };
    const objective = await compileObjective(
      { loss: (w: np.Array) => w.sum(), params: floats(1) as never },
      { backend: broken, dtype: "float64" },
    );
    await expect(objective.value(objective.initial, [])).rejects.toThrow("no session");
    objective.dispose();
    await new Promise((resolve) => setTimeout(resolve, 0));
  });
});
