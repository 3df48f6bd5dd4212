import { lax, numpy as np } from "@jax-js/jax";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gradient, hessianProduct } from "../../../../src/compiler/autodiff/derive.ts";
import { partialEvaluate } from "../../../../src/compiler/autodiff/partial-eval.ts";
import { onnx } from "../../../../src/compiler/backends/onnx/node.ts";
import { type Node, reachable } from "../../../../src/compiler/ir/graph.ts";
import { simplifyingBuilder } from "../../../../src/compiler/ir/simplify.ts";
import { trace } from "../../../../src/compiler/trace/import.ts";
import { compileObjective, losses, norms, supervised } from "../../../../src/index.ts";
import { convnet } from "../../../../src/models.ts";
import { steihaug } from "../../../../src/subproblem/steihaug/steihaug.ts";
import {
  type Case,
  compiledOracles,
  engines,
  expectOracles,
  jaxOracles,
  remembered,
  tensor,
} from "../../../helpers/oracles.ts";

interface Geometry {
  readonly batch: number;
  readonly groups: number;
  /** Per group. */
  readonly channels: number;
  readonly features: number;
  readonly axes: readonly Axis[];
}

interface Axis {
  readonly size: number;
  readonly taps: number;
  readonly stride: number;
  readonly padding: readonly [number, number];
  readonly spread: number;
  readonly dilation: number;
}

const axis: fc.Arbitrary<Axis> = fc
  .record({
    size: fc.integer({ min: 2, max: 6 }),
    taps: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: -1, max: 3 })),
    spread: fc.integer({ min: 1, max: 2 }),
    dilation: fc.integer({ min: 1, max: 2 }),
  })
  .filter(({ size, taps, padding: [before, after], spread, dilation }) => {
    const reach = (taps - 1) * dilation;
    // jax-js cannot differentiate with more padding than the kernel reaches.
    return Math.max(before, after) <= reach && (size - 1) * spread + before + after >= reach;
  });

const geometry: fc.Arbitrary<Geometry> = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  groups: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 2 }),
  features: fc.integer({ min: 1, max: 2 }),
  axes: fc.array(axis, { minLength: 1, maxLength: 2 }),
});

const convolution = remembered(({ batch, groups, channels, features, axes }: Geometry): Case => {
  const x = [batch, groups * channels, ...axes.map(({ size }) => size)];
  const k = [groups * features, channels, ...axes.map(({ taps }) => taps)];
  return {
    params: [tensor(x, 1), tensor(k, 2)],
    loss: ([input, kernel]) => {
      const strides = axes.map(({ stride }) => stride);
      const padding = axes.map(({ padding: [before, after] }): [number, number] => [before, after]);
      const y = lax.convGeneralDilated(np.cos(input), kernel, strides, padding, {
        lhsDilation: axes.map(({ spread }) => spread),
        rhsDilation: axes.map(({ dilation }) => dilation),
        featureGroupCount: groups,
      });
      return np.sin(y).sum();
    },
  };
});

describe.each(engines)("convolutions on %s %s", (name, dtype, backend, tolerance) => {
  test("of random strides, paddings, dilations and groups have jax-js's derivatives", async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (drawn) => {
        const problem = convolution(drawn);
        expectOracles(await compiledOracles(problem, backend(), dtype), jaxOracles(problem), tolerance);
      }),
      { seed: 4, numRuns: name === "onnx" ? 25 : 8 },
    );
  });
});

describe("convolutions of an L-layer network", () => {
  const L = 3;
  const b = simplifyingBuilder();
  const x = b.input("x", [2, 1, 9, 9], "float32");
  const kernels = Array.from({ length: L }, (_, l) => b.input(`k${l}`, [2, l === 0 ? 1 : 2, 3, 3], "float32"));
  const [loss] = trace(
    b,
    (...args) =>
      args
        .slice(0, L)
        .reduce((h, k) => np.tanh(lax.conv(h, k, [1, 1], "VALID")), args[L])
        .sum(),
    [...kernels, x],
  );
  const problem = { parameters: kernels, batch: [x], loss, regularizer: undefined };
  const v = kernels.map(({ shape }) => b.input("v", shape, "float32"));
  const convolutions = (outputs: readonly Node[]) =>
    reachable(outputs).filter(({ op }) => op.startsWith("conv")).length;

  test("are as many as the matrix products of a dense one", () => {
    expect(convolutions([loss])).toBe(L);
    expect(convolutions(gradient(b, problem))).toBe(3 * L - 1);
    const product = hessianProduct(b, problem, v);
    expect(convolutions(product)).toBe(8 * L - 5);
    expect(convolutions(partialEvaluate(b, product, [...kernels, x], v).product.outputs)).toBe(6 * L - 4);
  });
});

test("a whole solve over a convnet takes the plain solver's step", async () => {
  const network = convnet({ inputShape: [1, 10, 10], features: [2, 3], kernelSize: 3, units: [4, 3] });
  const objective = await compileObjective(supervised(network, losses.crossEntropy), { backend: onnx() });
  const batch = { x: tensor([6, 100], 5), y: { shape: [6], data: Int32Array.from([0, 2, 1, 1, 0, 2]) } };
  const linearization = await objective.linearize(objective.initial, batch, "gauss-newton");
  const diagonal = new Float64Array(objective.layout.size).fill(1);
  const options = { radius: 1, tolerance: 1e-3 };
  const { multiply } = linearization.curvature;
  const plain = await steihaug({
    gradient: linearization.gradient,
    multiply,
    norm: norms.diagonal(diagonal),
    ...options,
  });
  const fused = await linearization.solve!(diagonal, options);
  expect(fused).toMatchObject({ outcome: plain.outcome, products: plain.products });
  // float32, and sums in another order, over several products.
  expect(fused.step).toBeAllclose(plain.step, { relative: 1e-4 });
  linearization.dispose();
  objective.dispose();
});
