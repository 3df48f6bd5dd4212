/** A Jacobian too large for its limit is summed up by blocks of examples, or refused. */
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { onnx } from "../../src/compiler/backends/onnx/node.ts";
import { compileObjective } from "../../src/compiler/objective.ts";
import { examplesOfBlock } from "../../src/compiler/row-blocks.ts";
import { losses } from "../../src/models/losses.ts";
import type { JacobianEvaluation, NormalEvaluation } from "../../src/objective/objective.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import "../helpers/matchers.ts";

interface Batch {
  readonly x: np.Array;
  readonly y: np.Array;
}

const random = makeRandom(5);
const tensor = (shape: readonly number[]) => ({
  shape,
  data: normalVector(
    random,
    shape.reduce((a, b) => a * b, 1),
  ),
});
const params = [tensor([2, 3]), tensor([3, 2])] as unknown as np.Array[];
const batch = { x: tensor([11, 2]), y: tensor([11, 2]) };
const model = ([W, V]: np.Array[], { x, y }: Batch) => {
  y.dispose();
  return np.matmul(np.tanh(np.matmul(x, W)), V);
};
const loss = (z: np.Array, { x, y }: Batch) => {
  x.dispose();
  return losses.squaredError(z, y);
};
const regularizer = (p: np.Array[]) => p.map((W) => np.square(W).sum().mul(0.05)).reduce((a, b) => a.add(b));
const d = 12;

describe("objective.jacobian() within a limit", () => {
  // 22 rows of 96 bytes; at 1,152 bytes J has 12 rows, that is 6 examples and 5.
  test.each([
    [1152, "blocks of 6 and 5 examples"],
    [1200, "the same, with room to spare"],
  ])("%d bytes: JᵀJ, Jᵀr, loss and penalty are those of the whole, by %s", async (maxBytes) => {
    const problem = { model, loss, regularizer, params };
    const objective = await compileObjective(problem, { backend: onnx(), dtype: "float64" });
    const whole = (await objective.jacobian!(objective.initial, batch)) as JacobianEvaluation;
    const before = objective.ledger.counts();
    const parts = (await objective.jacobian!(objective.initial, batch, { maxBytes })) as NormalEvaluation;
    const { jacobian: J, residuals: r } = whole;
    for (let i = 0; i < d; i++) {
      const column = (j: number) => Float64Array.from(r, (_, row) => J[row * d + j]);
      const inner = (u: ArrayLike<number>, v: Float64Array) => v.reduce((sum, x, row) => sum + x * u[row], 0);
      for (let j = i; j < d; j++) expect(parts.gram[i * d + j]).toBeAllclose(inner(column(i), column(j)));
      expect(parts.projection[i]).toBeAllclose(inner(r, column(i)));
    }
    expect(parts.value).toBeAllclose(whole.value);
    expect(parts.losses!).toBeAllclose(whole.losses!);
    expect(parts.penalty!.gradient).toBeAllclose(whole.penalty!.gradient);
    expect(parts.penalty!.curvature).toEqual(whole.penalty!.curvature);
    // Two outputs an example: the price of the whole, once more.
    expect(objective.ledger.counts()).toEqual({
      ...before,
      gradients: 2 * before.gradients,
      backprops: 2 * before.backprops,
      examples: 2 * before.examples,
    });
    objective.dispose();
  });

  test("is whole where it fits exactly, and prepared by blocks where it does not", async () => {
    const objective = await compileObjective({ model, loss, params }, { backend: onnx(), dtype: "float64" });
    expect(await objective.jacobian!(objective.initial, batch, { maxBytes: 22 * 96 })).toHaveProperty("residuals");
    await objective.prepare!(batch, { jacobian: { maxBytes: 1152 } });
    const { programs } = objective.compilation();
    expect(programs).toBe(3); // of 11, 6 and 5 examples
    await objective.jacobian!(objective.initial, batch, { maxBytes: 1152 });
    await objective.jacobian!(objective.initial, batch, { maxBytes: 1152 });
    // The product of matrices, for 12 and 10 rows.
    expect(objective.compilation().programs).toBe(programs);
    objective.dispose();
  });

  test("a loss that is one scalar is refused, and so are outputs and data that mix examples", async () => {
    const scalar = { model, loss: (z: np.Array, b: Batch) => loss(z, b).mean(), params };
    const centred = (p: np.Array[], b: Batch) => {
      const z = model(p, b);
      return z.ref.sub(np.mean(z, 0));
    };
    const ofCentredData = (p: np.Array[], { x, y }: Batch) => model(p, { x: x.ref.sub(np.mean(x, 0)), y });
    for (const problem of [scalar, { model: centred, loss, params }, { model: ofCentredData, loss, params }]) {
      const objective = await compileObjective(problem, { backend: onnx(), dtype: "float64" });
      await expect(objective.jacobian!(objective.initial, batch, { maxBytes: 1152 })).rejects.toThrow(
        "jacobian: maxBytes must hold all of J, whose rows cannot be had by blocks",
      );
      objective.dispose();
    }
  });
});

describe("examplesOfBlock()", () => {
  const size = { rows: 1000, d: 10, dtype: "float64", examples: 500, isSeparable: () => true } as const;

  test("blocks are as equal as they can be", () => {
    // 20 bytes a column and example: 160 bytes an example.
    expect(examplesOfBlock(size, 80_000)).toBe(500);
    expect(examplesOfBlock(size, 79_999)).toBe(250);
    expect(examplesOfBlock(size, 40_000)).toBe(250);
    expect(examplesOfBlock(size, 39_999)).toBe(167);
  });

  test("sample space takes all of J, and parameter space all of JᵀJ", () => {
    expect(() => examplesOfBlock({ ...size, d: 1001 }, 1e6)).toThrow(
      "jacobian: maxBytes must hold all of J, which has fewer rows than columns, of [1000, 1001], 8008000 bytes, got 1000000.",
    );
    expect(() => examplesOfBlock(size, 799)).toThrow(
      "jacobian: maxBytes must hold JᵀJ of [10, 10], 800 bytes, got 799.",
    );
  });
});
