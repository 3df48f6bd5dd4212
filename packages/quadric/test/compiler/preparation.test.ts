import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { jax } from "../../src/compiler/backends/jax/backend.ts";
import { onnx } from "../../src/compiler/backends/onnx/node.ts";
import { compileObjective } from "../../src/compiler/objective.ts";

const problem = {
  model: (w: np.Array, x: np.Array) => np.tanh(x.mul(w)),
  loss: (z: np.Array) => np.square(z.sub(1)),
  params: np.array(0.5),
};
const batch = { shape: [4], data: Float32Array.of(1, 2, 3, 4) };

describe("objective.prepare()", () => {
  test("compiles what a run will use, so that the run compiles nothing, and books nothing", async () => {
    const objective = await compileObjective(problem, { backend: onnx() });
    const solve = { stoppingRule: "residual", memory: 3 } as const;
    await objective.prepare!(batch, { value: true, gradient: true, curvature: "gauss-newton", products: true, solve });
    const { programs } = objective.compilation();
    expect(programs).toBe(5);
    expect(objective.ledger.counts()).toMatchObject({ values: 0, gradients: 0, ggnvps: 0 });
    await objective.value(objective.initial, batch);
    await objective.gradient(objective.initial, batch);
    const linearization = await objective.linearize(objective.initial, batch, "gauss-newton");
    await linearization.curvature.multiply(Float32Array.of(1));
    expect(objective.compilation().programs).toBe(programs);
    await linearization.solve!(Float64Array.of(1), { radius: 1, stoppingRule: "residual" });
    expect(objective.compilation().programs, "a solve without correction pairs is another program").toBe(programs + 1);
    objective.dispose();
  });

  test("takes everything of the preferred curvature when it is not told, in a backend without loops too", async () => {
    const objective = await compileObjective(problem, { backend: jax() });
    await objective.prepare!(batch);
    expect(objective.compilation().programs).toBe(4);
    expect(objective.ledger.counts().gradients).toBe(0);
    objective.dispose();
  });
});
