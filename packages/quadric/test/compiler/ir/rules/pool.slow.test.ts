import { fromBinary } from "@bufbuild/protobuf";
import { lax, numpy as np } from "@jax-js/jax";
import fc from "fast-check";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, test } from "vitest";
import { lowerGraph } from "../../../../src/compiler/backends/onnx/lower.ts";
import { simplifyingBuilder } from "../../../../src/compiler/ir/simplify.ts";
import { compileObjective } from "../../../../src/compiler/objective.ts";
import { trace } from "../../../../src/compiler/trace/import.ts";
import {
  type Case,
  compiledOracles,
  engines,
  expectOracles,
  jaxOracles,
  remembered,
  tensor,
} from "../../../helpers/oracles.ts";

interface Windows {
  readonly window: readonly number[];
  readonly strides: readonly number[];
}

/** Windows over images, and an image that they fit: apart, side by side or overlapping. */
const drawn = fc
  .array(
    fc.record({
      window: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 3 }),
      rest: fc.integer({ min: 0, max: 4 }),
    }),
    { minLength: 1, maxLength: 2 },
  )
  .map((axes) => ({
    shape: [2, 2, ...axes.map(({ window, rest }) => window + rest)],
    window: axes.map(({ window }) => window),
    strides: axes.map(({ stride }) => stride),
  }));

const kinds: Record<string, (x: np.Array) => np.Array> = {
  max: (x) => np.max(x),
  min: (x) => np.min(x),
  mean: (x) => np.mean(x),
  // Not a reduction of windows alone, so that the windows themselves are needed.
  square: (x) => np.square(x).sum(),
};

const pooling = remembered(
  (kind: string, shape: readonly number[], { window, strides }: Windows): Case => ({
    params: [tensor(shape, 3)],
    loss: ([x]) => np.sin(lax.reduceWindow(np.sin(x), kinds[kind], [...window], [...strides])).sum(),
  }),
);

const reshaped = [np.max, np.sum].map(
  (reduction): Case => ({
    params: [tensor([2, 3, 4, 6], 5)],
    loss: ([x]) => np.sin(reduction(np.sin(x).reshape([2, 3, 2, 2, 2, 3]), [3, 5])).sum(),
  }),
);
const activated = [np.tanh, (x: np.Array) => np.maximum(x, 0), (x: np.Array) => np.exp(x).mul(-0.5)].map(
  (activation): Case => ({
    params: [tensor([2, 3, 4, 4], 6), tensor([3], 7)],
    loss: ([x, bias]) =>
      np.sin(lax.reduceWindow(activation(x.add(bias.reshape([3, 1, 1]))), np.max, [2, 2], [2, 2])).sum(),
  }),
);

describe.each(engines)("pooling on %s %s", (name, dtype, backend, tolerance) => {
  test.each(Object.keys(kinds))("%s over random windows has jax-js's derivatives", async (kind) => {
    await fc.assert(
      fc.asyncProperty(drawn, async ({ shape, ...windows }) => {
        const problem = pooling(kind, shape, windows);
        expectOracles(await compiledOracles(problem, backend(), dtype), jaxOracles(problem), tolerance);
      }),
      { seed: 4, numRuns: name === "onnx" ? 8 : 4 },
    );
  });

  test("written as a reduction of a reshape it has jax-js's derivatives", async () => {
    for (const problem of reshaped) {
      expectOracles(await compiledOracles(problem, backend(), dtype), jaxOracles(problem), tolerance);
    }
  });

  test("after bias and activation it has jax-js's derivatives", async () => {
    for (const problem of activated) {
      expectOracles(await compiledOracles(problem, backend(), dtype), jaxOracles(problem), tolerance);
    }
  });
});

describe("max pooling after bias and rectifier", () => {
  function operators(f: (x: np.Array, bias: np.Array) => np.Array): string[] {
    const b = simplifyingBuilder();
    const inputs = [b.input("x", [2, 3, 4, 4], "float32"), b.input("bias", [3, 1, 1], "float32")];
    const { graph } = fromBinary(ModelProtoSchema, lowerGraph({ inputs, outputs: trace(b, f, inputs) }).model);
    return graph!.node.map(({ opType }) => opType).filter((op) => op !== "Reshape");
  }

  test("is one MaxPool, and touches what is left for the rest", () => {
    const pool = (x: np.Array) => lax.reduceWindow(x, np.max, [2, 2], [2, 2]);
    expect(operators((x, bias) => pool(np.maximum(x.add(bias), 0)))).toEqual(["MaxPool", "Add", "Max"]);
  });

  test("is the same when written as a reduction of a reshape", () => {
    const pool = (x: np.Array) => np.max(x.reshape([2, 3, 2, 2, 2, 2]), [3, 5]);
    expect(operators((x, bias) => pool(np.maximum(x.add(bias), 0)))).toEqual(["MaxPool", "Add", "Max"]);
  });
});

test.each(engines)(
  "an extremum of a function of the outputs is attained, however %s %s rounds it",
  async (_n, dtype, backend) => {
    const data = Float64Array.from({ length: 32 }, (_, i) => 1.3 + Math.sin(7 * i));
    const problem = {
      params: { p: { shape: [2, 16], data } },
      model: ({ p }: { p: np.Array }) => np.arctan(np.log(np.square(p)).mul(1.44)),
      loss: (z: np.Array) => np.exp(lax.reduceWindow(z, np.min, [1, 2], [1, 1])).sum(-1),
    };
    const objective = await compileObjective(problem as never, { backend: backend(), dtype });
    const { curvature } = await objective.linearize(objective.initial, [], "gauss-newton");
    const product = await curvature.multiply(objective.initial.map(() => 1) as Float64Array);
    expect(product.every(Number.isFinite)).toBe(true);
    expect(product.some((x) => x !== 0)).toBe(true);
    objective.dispose();
  },
);
