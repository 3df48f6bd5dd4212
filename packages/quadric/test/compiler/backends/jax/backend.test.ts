import { lax, nn, numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { jax } from "../../../../src/compiler/backends/jax/backend.ts";
import { compileObjective } from "../../../../src/compiler/objective.ts";
import type { Tensor } from "../../../../src/vector/tensor.ts";
import { type Case, compiledOracles, engines } from "../../../helpers/oracles.ts";

const tensor = (shape: number[], ...data: number[]): Tensor => ({ shape, data: Float64Array.from(data) });

describe.each(engines)("what jax-js fuses on %s %s", (_name, dtype, backend) => {
  const oracles = (loss: Case["loss"], params: Tensor[], data: Tensor[] = []) =>
    compiledOracles({ loss, params, data }, backend(), dtype);
  // Two roundings of float32 a term.
  const close = { relative: dtype === "float32" ? 1e-6 : 1e-12 };

  test("a transposed convolution sees zeros between the elements, not their sigmoids", async () => {
    const loss = ([k]: np.Array[], [x]: np.Array[]) => lax.convTranspose(nn.sigmoid(x), k, [2, 2], "VALID").sum();
    const params = [tensor([1, 1, 2, 2], 1, 0.5, -1, 2)];
    const data = [tensor([1, 1, 2, 2], 0.1, 0.2, 0.3, 0.4)];
    const objective = await compileObjective({ loss, params: params as never }, { backend: backend(), dtype });
    expect((await objective.value(objective.initial, data)).value).toBeAllclose(5.619857928, { relative: 1e-6 });
    objective.dispose();
  });

  test("the gradient of pooling under a sum sees zeros around the ones", async () => {
    const loss = ([x]: np.Array[]) => lax.reduceWindow(np.sin(x), np.sum, [2, 1], [1, 1]).sum();
    const { gradient } = await oracles(loss, [tensor([2, 2, 1], 0.8, -0.6, -0.4, 0.5)]);
    expect(gradient).toBeAllclose([0.8, -0.6, -0.4, 0.5].map(Math.cos), close);
  });

  test("the gradient of a convolution under a sum does too", async () => {
    const loss = ([u]: np.Array[]) => lax.conv(u, np.array([[[1, -2, 1]]]), [1], "VALID").sum();
    const { gradient } = await oracles(loss, [tensor([1, 1, 4], 1, 2, 4, 7)]);
    expect(gradient).toBeAllclose([1, -1, -1, 1], close);
  });

  test("remainders of exact multiples are zero, in reals and in integers", async () => {
    const fmod = ([x, y]: np.Array[]) => np.fmod(x, y).sum();
    expect((await oracles(fmod, [tensor([2], 41, 49), tensor([2], 41, 49)])).value).toBe(0);
    const data = [
      { shape: [2], data: Int32Array.of(41, 49) },
      { shape: [2], data: Int32Array.of(41, 7) },
    ];
    const divided = ([w]: np.Array[], [i, j]: np.Array[]) => np.floorDivide(i, j).mul(w).sum();
    expect((await oracles(divided, [tensor([2], 1, 1)], data)).value).toBe(8);
  });
});

describe("a chain whose steps use their predecessor twice", () => {
  test("is compiled by jax() in time linear in its length: 60 steps of y ← 3.1·y(1 − y)", async () => {
    const loss = ([y]: np.Array[]) => {
      let state = y;
      for (let i = 0; i < 60; i++) state = state.ref.mul(np.subtract(1, state)).mul(3.1);
      return state.sum();
    };
    let [y, slope] = [0.3, 1];
    for (let i = 0; i < 60; i++) [y, slope] = [3.1 * y * (1 - y), 3.1 * (1 - 2 * y) * slope];
    const { value, gradient } = await compiledOracles(
      { loss, params: [tensor([1], 0.3)] },
      jax({ device: "cpu" }),
      "float64",
    );
    expect(value).toBeAllclose(y, { relative: 1e-10 });
    expect(gradient).toBeAllclose([slope], { relative: 1e-8 });
  });
});
