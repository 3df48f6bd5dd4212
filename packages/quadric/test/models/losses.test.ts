import { numpy as np } from "@jax-js/jax";
import { expect, test } from "vitest";
import { wasm } from "../../src/compiler/backends/wasm/backend.ts";
import { compileObjective } from "../../src/compiler/objective.ts";
import { ShapeError } from "../../src/errors.ts";
import { losses } from "../../src/models/losses.ts";

const array = (shape: number[]) =>
  np.array(Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i / 4)).reshape(shape);

test.each(["squaredError", "meanSquaredError", "binaryCrossEntropy"] as const)(
  "%s takes targets [b] for outputs [b, 1], and broadcasts nothing",
  (name) => {
    const apart = losses[name](array([4, 1]), array([4]));
    expect(apart.shape).toEqual([4]);
    expect(apart.js()).toEqual(losses[name](array([4, 1]), array([4, 1])).js());
    expect(() => losses[name](array([4, 2]), array([4]))).toThrow(
      new ShapeError(`losses.${name}: targets must have the shape of the outputs, [4,2], got [4].`),
    );
    expect(() => losses[name](array([4, 4]), array([4, 1]))).toThrow(ShapeError);
  },
);

test("a loss returns a scalar, [b], or t losses of each example; another length is refused", async () => {
  const lossOf = async (loss: (x: np.Array) => np.Array) => {
    const problem = {
      params: { a: np.array(2) },
      loss: ({ a }: { a: np.Array }, { x }: { x: np.Array }) => loss(a.mul(x)),
    };
    const objective = await compileObjective(problem, { backend: wasm(), dtype: "float64" });
    const batch = { x: { shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) } };
    const { value, losses } = await objective.value(objective.initial, batch);
    objective.dispose();
    return [value, losses?.length];
  };
  expect(await lossOf((x) => np.mean(x))).toEqual([7, undefined]);
  expect(await lossOf((x) => x.sum(-1))).toEqual([21, 2]);
  expect(await lossOf((x) => x.reshape([6]))).toEqual([7, 6]);
  await expect(lossOf((x) => x.sum(0))).rejects.toThrow(
    "a loss must return one scalar, losses of the examples [2], or t losses of each in their order [2·t], got [3].",
  );
});
