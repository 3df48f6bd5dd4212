/** On Chromium's software adapter: right, and slow. */
import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import {
  type Backend,
  compileObjective,
  crossEntropy,
  fit,
  jax,
  mlp,
  norms,
  supervised,
  trustRegion,
} from "../../src/index.ts";
import { onnx, preferredProvider } from "../../src/web.ts";
import { numbers } from "../helpers/oracles.ts";

const problem = () => supervised(mlp([6, 5, 3]), crossEntropy, { seed: 1 });
const data = {
  x: { shape: [12, 6], data: Float32Array.from(numbers(72, 4)) },
  y: { shape: [12], data: Int32Array.from({ length: 12 }, (_, i) => (i * i) % 3) },
};

async function oracles(backend: Backend) {
  const objective = await compileObjective(problem(), { backend });
  const linearization = await objective.linearize(objective.initial, data, "hessian");
  const product = await linearization.curvature.multiply(Float32Array.from(numbers(objective.layout.size, 9)));
  const { value, gradient } = linearization;
  objective.dispose();
  return { value, gradient, product };
}

test("a software adapter is no reason to leave wasm", async () => {
  const { navigator } = globalThis as unknown as { navigator: { gpu: { requestAdapter(): unknown } } };
  expect(await navigator.gpu.requestAdapter()).not.toBeNull();
  expect(await preferredProvider()).toBe("wasm");
});

describe.each([
  ["onnx", () => onnx({ provider: "webgpu" })],
  ["jax", () => jax({ device: "webgpu" })],
] as const)("%s on webgpu", (_name, backend) => {
  test("value, gradient and Hessian product are those of wasm", async () => {
    const [gpu, wasm] = [await oracles(backend()), await oracles(jax())];
    expect(gpu.value).toBeAllclose(wasm.value, { relative: 1e-5 }); // float32, other kernels
    expect(gpu.gradient).toBeAllclose(wasm.gradient, { relative: 1e-5 });
    expect(gpu.product).toBeAllclose(wasm.product, { relative: 1e-5 });
  });

  test("a few steps are those of wasm", async () => {
    const run = async (backend: Backend) =>
      (await fit(problem(), data, { optimizer: trustRegion({ norm: norms.rmsprop() }), steps: 5, backend })).history;
    const [gpu, wasm] = [await run(backend()), await run(jax())];
    expect(gpu.map(({ loss }) => loss)).toBeAllclose(
      wasm.map(({ loss }) => loss),
      { relative: 1e-4 }, // five steps of other roundings
    );
  });
});
