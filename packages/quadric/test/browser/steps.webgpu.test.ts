/** Whole steps on Chromium's software adapter take a minute, so these run in `npm run soak:browser`. */
import { expect, test } from "vitest";
import "../helpers/matchers.ts";
import { type Backend, fit, jax, norms, trustRegion } from "../../src/index.ts";
import { onnx } from "../../src/web.ts";
import { data, problem } from "./small.ts";

test.each([
  ["onnx", () => onnx({ provider: "webgpu" })],
  ["jax", () => jax({ device: "webgpu" })],
] as const)("a few steps of %s on webgpu are those of wasm", async (_name, backend) => {
  const run = async (backend: Backend) =>
    (await fit(problem(), data, { optimizer: trustRegion({ norm: norms.rmsprop() }), steps: 5, backend })).history;
  const [gpu, wasm] = [await run(backend()), await run(jax())];
  expect(gpu.map(({ loss }) => loss)).toBeAllclose(
    wasm.map(({ loss }) => loss),
    { relative: 1e-4 }, // five steps of other roundings
  );
});
