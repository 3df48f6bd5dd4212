import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { onnx } from "../../../../../src/compiler/backends/onnx/node.ts";
import { compileObjective, losses, supervised } from "../../../../../src/index.ts";
import { convnet } from "../../../../../src/models.ts";
import { networkCase } from "../../../../helpers/networks.ts";
import { compiledOracles, expectOracles, jaxOracles, tensor } from "../../../../helpers/oracles.ts";

/** Chromium's software adapter, which the loader libvulkan1 finds by this name. */
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json";
const hasAdapter = existsSync(driver) && existsSync("/usr/lib/x86_64-linux-gnu/libvulkan.so.1");

const network = convnet({ inputShape: [1, 10, 10], features: [2, 3], kernelSize: 3, units: [4, 3] });
const examples = tensor([6, 100], 5);
const labels = { shape: [6], data: Int32Array.from([0, 2, 1, 1, 0, 2]) };

describe("onnx({ provider })", () => {
  test("refuses a provider that there is not", () => {
    expect(() => onnx({ provider: "metal" as "cpu" })).toThrow(
      "onnx: provider must be one of cpu, webgpu, cuda, got metal.",
    );
  });

  // Its libraries are no part of the package, and no machine that runs this has them.
  test("says what a provider lacks that cannot start", async () => {
    const attempt = compiledOracles(
      networkCase(network, losses.crossEntropy, examples, labels),
      onnx({ provider: "cuda" }),
      "float32",
    );
    await expect(attempt).rejects.toThrow(
      /onnx: provider "cuda" cannot start here: .+ It needs CUDA .+ use provider: "cpu"/,
    );
  });

  describe.skipIf(!hasAdapter)("webgpu on a software adapter", () => {
    process.env.VK_ICD_FILENAMES = driver;

    test("a convnet's value, gradient and Hessian product", async () => {
      const problem = networkCase(network, losses.crossEntropy, examples, labels);
      expectOracles(await compiledOracles(problem, onnx({ provider: "webgpu" }), "float32"), jaxOracles(problem), 1e-5);
    });

    test("a whole solve ends where it ends on the CPU", async () => {
      const steps = [];
      for (const provider of ["cpu", "webgpu"] as const) {
        const objective = await compileObjective(supervised(network, losses.crossEntropy), {
          backend: onnx({ provider }),
        });
        const linearization = await objective.linearize(objective.initial, { x: examples, y: labels }, "hessian");
        const { step, outcome, products } = await linearization.solve!(
          new Float64Array(objective.layout.size).fill(1),
          {
            radius: 1,
          },
        );
        steps.push({ step: step.slice(), outcome, products });
        linearization.dispose();
        objective.dispose();
      }
      const [cpu, webgpu] = steps;
      expect(webgpu).toMatchObject({ outcome: cpu.outcome, products: cpu.products });
      expect(webgpu.step).toBeAllclose(cpu.step, { relative: 1e-5 });
    });
  });
});
