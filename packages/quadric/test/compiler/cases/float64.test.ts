import { jvp, numpy as np, tree } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { wasm } from "../../../src/compiler/backends/wasm/backend.ts";
import { type CompiledObjective, compileObjective } from "../../../src/compiler/objective.ts";
import { type DenseLayer, jax, losses, mlp, supervised } from "../../../src/index.ts";
import { convnet } from "../../../src/models.ts";
import { makeRandom, normalVector } from "../../../src/vector/random.ts";
import type { TensorTree } from "../../../src/vector/tensor.ts";
import { inner } from "../../helpers/dense.ts";
import { numbers, relativeError } from "../../helpers/oracles.ts";

const labels = Int32Array.from({ length: 6 }, (_, i) => (5 * i) % 3);

/** u″ = −k² sin kx on (0, 1) for u = x(1 − x)·N(x), at 8 points: derivatives of the network inside the loss. */
function poisson() {
  const network = mlp([1, 6, 6, 1]);
  const k = 4 * Math.PI;
  type Field = (x: np.Array) => np.Array;
  const derivative =
    (f: Field): Field =>
    (x) =>
      jvp(f, [x], [np.onesLike(x.ref)])[1];
  const loss = (params: DenseLayer[], { x }: { x: np.Array }) => {
    const u: Field = (at) => at.ref.mul(np.subtract(1, at.ref)).mul(network.apply(tree.ref(params), at));
    return np.square(derivative(derivative(u))(x.ref).add(np.sin(x.mul(k)).mul(k * k))).sum(-1);
  };
  return { problem: { loss, params: network.init(2) }, batch: { x: { shape: [8, 1], data: points(8) } } };
}

/** Inside (0, 1). */
function points(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => (i + 0.5) / n);
}

const problems: Record<string, () => { problem: Parameters<typeof compileObjective>[0]; batch: TensorTree }> = {
  mlp: () => ({
    problem: supervised(mlp([5, 4, 3]), losses.crossEntropy, { seed: 1 }),
    batch: { x: { shape: [6, 5], data: numbers(30, 3) }, y: { shape: [6], data: labels } },
  }),
  poisson,
  convnet: () => ({
    problem: supervised(
      convnet({ inputShape: [1, 10, 10], features: [2, 3], kernelSize: 3, units: [4, 3], activation: "softplus" }),
      losses.crossEntropy,
      { seed: 1 },
    ),
    batch: { x: { shape: [6, 100], data: normalVector(makeRandom(3), 600) }, y: { shape: [6], data: labels } },
  }),
};

/** f′(0) by the five-point rule at h: an error of h⁴/30·f⁽⁵⁾ beside rounding of 1e-16/h. */
async function derivative(f: (t: number) => Promise<Float64Array>, h: number): Promise<Float64Array> {
  const [a, b, c, d] = [await f(-2 * h), await f(-h), await f(h), await f(2 * h)];
  return a.map((_, i) => (a[i] - 8 * b[i] + 8 * c[i] - d[i]) / (12 * h));
}

async function expectFiniteDifferences(objective: CompiledObjective, batch: TensorTree): Promise<void> {
  const w = objective.initial;
  const v = numbers(w.length, 9);
  const along = (t: number) => Float64Array.from(w, (x, i) => x + t * v[i]);
  const linearization = await objective.linearize(w, batch, "hessian");
  const slope = inner(linearization.gradient, v);
  const product = await linearization.curvature.multiply(v);
  linearization.dispose();
  const value = async (t: number) => Float64Array.of((await objective.value(along(t), batch)).value);
  const gradient = async (t: number) => (await objective.gradient(along(t), batch)).gradient as Float64Array;
  // Small enough that no maximum of a pooling window passes from one element to another on the way.
  const h = 1e-5;
  // The values that are subtracted carry rounding of their own: 2e-8 of the convnet's slope, which is 1e-3 beside a
  // loss of 1.
  const rounding = (Number.EPSILON * Math.abs(linearization.value)) / (h * Math.abs(slope));
  expect(relativeError([slope], await derivative(value, h))).toBeLessThan(1e-8 + rounding);
  expect(relativeError(product, await derivative(gradient, h))).toBeLessThan(1e-8);
}

describe("float64 agrees with finite differences", () => {
  test.each(Object.keys(problems))("onnx: %s", async (key) => {
    const { problem, batch } = problems[key]();
    const objective = await compileObjective(problem, { backend: onnx(), dtype: "float64" });
    await expectFiniteDifferences(objective, batch);
    objective.dispose();
  });

  test.each(Object.keys(problems))("wasm: %s", async (key) => {
    const { problem, batch } = problems[key]();
    const objective = await compileObjective(problem, { backend: wasm(), dtype: "float64" });
    await expectFiniteDifferences(objective, batch);
    objective.dispose();
  });

  test("jax on its interpreter: mlp", async () => {
    const { problem, batch } = problems.mlp();
    const objective = await compileObjective(problem, { backend: jax({ device: "cpu" }), dtype: "float64" });
    await expectFiniteDifferences(objective, batch);
    objective.dispose();
  });
});
