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

  test("quotients of what is known to be bounded are not 0", async () => {
    const ofConstant = ([y]: np.Array[]) => np.remainder(np.array([-1]), y).sum();
    expect((await oracles(ofConstant, [tensor([2], 0.375, 0.75)])).value).toBeAllclose(0.125 + 0.5, close);
    const ofSine = ([x, y]: np.Array[]) => np.fmod(np.sin(x), y).sum();
    const { value, gradient } = await oracles(ofSine, [tensor([1], 1), tensor([1], 0.25)]);
    expect(value).toBeAllclose(Math.sin(1) - 0.75, close);
    expect(gradient).toBeAllclose([Math.cos(1), -3], close);
    const data = [{ shape: [1], data: Int32Array.of(-2) }];
    const ofInteger = ([w]: np.Array[], [i]: np.Array[]) => w.mul(np.floorDivide(np.fmod(i.ref, 5).mul(2), i)).sum();
    expect((await oracles(ofInteger, [tensor([1], 1)], data)).value).toBe(2);
  });
});

describe("functions of jax() in float32", () => {
  const values = async (f: (x: np.Array) => np.Array, ...xs: number[]) => {
    const problem = { loss: f, params: tensor([xs.length], ...xs) as never };
    const objective = await compileObjective(problem, { backend: jax() });
    const { losses } = await objective.value(objective.initial, []);
    objective.dispose();
    return losses!;
  };
  // jax-js's exp is right to 1e-6 or so.
  const close = { relative: 1e-6 };

  test("are right where jax-js's own lose digits: logarithms, at 1 too", async () => {
    const xs = [0.3, 0.75, 1.5, 1.984375, 20, 1e6];
    expect(await values(np.log, ...xs)).toBeAllclose(xs.map(Math.log), close);
    expect(await values(np.log, 0.9921875, 1.0078125)).toBeAllclose([0.9921875, 1.0078125].map(Math.log), close);
    expect(await values(np.log, 0, Number.POSITIVE_INFINITY)).toEqual(Float32Array.of(-Infinity, Infinity));
    expect(await values(nn.softplus, 0.015625)).toBeAllclose([Math.log1p(Math.exp(0.015625))], close);
  });

  test("powers of real numbers", async () => {
    const xs = [0.3, 0.999, 1.5, 3.998, 20];
    expect(await values((x) => np.power(x.ref, x), ...xs)).toBeAllclose(
      xs.map((x) => x ** x),
      { relative: 4e-6 },
    );
    expect(await values((x) => np.power(x, 2.5), 0, 1)).toEqual(Float32Array.of(0, 1));
    expect(await values((x) => np.power(x.ref.neg(), x), 3, 2)).toBeAllclose([-27, 4], close);
  });

  test("sines of many turns", async () => {
    const xs = [100, -400.5, 5000, 30000.25];
    expect(await values(np.sin, ...xs)).toBeAllclose(xs.map(Math.sin), close);
    expect(await values(np.cos, ...xs)).toBeAllclose(xs.map(Math.cos), close);
  });

  test("tanh of small numbers", async () => {
    expect(await values(np.tanh, 2 ** -27, 2 ** -10)).toBeAllclose([2 ** -27, Math.tanh(2 ** -10)], close);
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
