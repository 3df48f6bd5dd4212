/** On Chromium's software adapter: right, and slow. */
import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { type Backend, compileObjective, jax } from "../../src/index.ts";
import { onnx, preferredProvider } from "../../src/web.ts";
import { numbers } from "../helpers/oracles.ts";
import { data, problem } from "./small.ts";

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
});
