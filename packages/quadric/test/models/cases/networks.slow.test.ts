import { nn, numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { convAutoencoder } from "../../../../../examples/models/conv-autoencoder.ts";
import { resnet18 } from "../../../../../examples/models/resnet.ts";
import { sequenceCrossEntropy, transformer } from "../../../../../examples/models/transformer.ts";
import { losses, mlp } from "../../../src/index.ts";
import { convnet } from "../../../src/models.ts";
import type { Tensor } from "../../../src/vector/tensor.ts";
import { networkCase, parameterCount } from "../../helpers/networks.ts";
import { type Case, compiledOracles, engines, expectOracles, jaxOracles, tensor } from "../../helpers/oracles.ts";

const labels = (shape: readonly number[], classes: number): Tensor => ({
  shape,
  data: Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (7 * i + 3) % classes),
});

describe("networks of the paper have its number of parameters", () => {
  test.each([
    ["mlp", mlp([784, 128, 10]), 101_770],
    ["mlp for CIFAR-10", mlp([3072, 128, 128, 10]), 411_146],
    ["autoencoder", mlp([784, 1000, 500, 250, 30, 250, 500, 1000, 784]), 2_837_314],
    ["convnet", convnet(), 431_080],
    ["convnet for CIFAR-10", convnet({ inputShape: [3, 32, 32], features: [6, 16], units: [120, 84, 10] }), 62_006],
    // The usual count of ResNet-18 for 32×32 images and ten classes.
    ["ResNet-18", resnet18(), 11_173_962],
    ["convolutional autoencoder", convAutoencoder(), 47_355],
  ] as const)("%s", (_name, network, count) => {
    expect(parameterCount(network as never)).toBe(count);
  });
});

const small = { inputShape: [1, 8, 8] as const, width: 2, blocks: [1, 1], classes: 3 };
const cases: Record<string, Case> = {
  "convnet, rectified": networkCase(
    convnet({ inputShape: [1, 10, 10], features: [2, 3], kernelSize: 3, units: [4, 3], activation: "relu" }),
    losses.crossEntropy,
    tensor([3, 100], 5),
    labels([3], 3),
  ),
  "convnet, softplus": networkCase(
    convnet({ inputShape: [2, 9, 9], features: [3], kernelSize: 2, units: [3], activation: "softplus" }),
    losses.crossEntropy,
    tensor([3, 162], 5),
    labels([3], 3),
  ),
  "convolutional autoencoder": networkCase(
    convAutoencoder({ inputShape: [1, 8, 8], features: [2, 3], activation: np.tanh }),
    losses.meanSquaredError,
    tensor([3, 64], 5),
    tensor([3, 64], 6),
  ),
  "residual network": networkCase(
    resnet18({ ...small, activation: nn.softplus }),
    losses.crossEntropy,
    tensor([2, 1, 8, 8], 5),
    labels([2], 3),
  ),
  transformer: networkCase(
    transformer({ vocabulary: 5, context: 4, width: 6, heads: 2, activation: nn.silu }),
    sequenceCrossEntropy,
    labels([3, 4], 5),
    labels([3, 4], 4),
  ),
};

describe.each(engines)("networks on %s %s", (name, dtype, backend, tolerance) => {
  // The largest is evaluated by our own programs: on jax-js, convolutions and sums of the smaller ones are the same.
  const keys = Object.keys(cases).filter((key) => key !== "residual network" || !name.startsWith("jax"));
  test.each(keys)("%s: jax-js's value, gradient and Hessian product", async (key) => {
    // Normalizations of a few numbers divide by small deviations, and log on wasm is right to 3e-5 only: a digit is
    // lost.
    const loses = key === "residual network" || key === "transformer" || name === "jax wasm";
    const slack = dtype === "float32" && loses ? 10 : 1;
    expectOracles(await compiledOracles(cases[key], backend(), dtype), jaxOracles(cases[key]), slack * tolerance);
  });
});
