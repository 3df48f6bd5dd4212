import "../../src/compiler/trace/float16-array.ts";
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { freeProblem } from "../../src/training/frozen.ts";

const params = () => ({
  layers: [
    { weight: np.array([1, 2]), bias: np.array(3) },
    { weight: np.array([4, 5]), bias: np.array(6) },
  ],
});
type Params = ReturnType<typeof params>;

/** The sum of all parameters times their position, and what the loss has seen. */
const problem = () => ({
  params: params(),
  loss: ({ layers }: Params, batch: np.Array) => np.sum(layers[0].weight).add(layers[1].bias.mul(batch)),
});
const free = (mask: never) => freeProblem(problem() as never, mask, "float64");
const namesOf = (mask: object | boolean) => Object.keys(free(mask as never).problem.params as object);

describe("freeProblem()", () => {
  test("leaves the tensors that no true of the mask is above", () => {
    expect(namesOf(false)).toEqual(["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]);
    expect(namesOf({ layers: [true] })).toEqual(["layers.1.weight", "layers.1.bias"]);
    expect(namesOf({ layers: [{ weight: true }, { bias: true }] })).toEqual(["layers.0.bias", "layers.1.weight"]);
    expect(namesOf({ layers: [{ weight: true, bias: false }, true] })).toEqual(["layers.0.bias"]);
    expect(() => free(true as never)).toThrow("fit: frozen must leave something to train, got all tensors frozen.");
  });

  test("is the same loss of the free tensors, the frozen ones constants", () => {
    const { problem } = free({ layers: [true, { weight: true }] } as never) as unknown as {
      problem: { loss(p: Record<string, np.Array>, batch: np.Array): np.Array };
    };
    expect(problem.loss({ "layers.1.bias": np.array(10) }, np.array(7)).js()).toBe(1 + 2 + 70);
  });

  test("hands model, loss and regularizer the whole tree", () => {
    const composite = {
      params: params(),
      model: ({ layers }: Params, batch: np.Array) => np.sum(layers[1].weight).mul(batch),
      loss: (z: np.Array) => z,
      regularizer: ({ layers }: Params) => np.sum(layers[0].weight).add(layers[1].bias),
    };
    const { problem } = freeProblem(composite as never, { layers: [true] } as never, "float64") as unknown as {
      problem: typeof composite & { model(p: object, batch: np.Array): np.Array; regularizer(p: object): np.Array };
    };
    const given = () => ({ "layers.1.weight": np.array([1, 1]), "layers.1.bias": np.array(0.5) });
    expect(problem.model(given() as never, np.array(3)).js()).toBe(6);
    expect(problem.regularizer(given() as never).js()).toBe(3.5);
    expect(problem.loss).toBe(composite.loss);
    const plain = freeProblem({ ...composite, regularizer: undefined } as never, false, "float64");
    expect("regularizer" in plain.problem && plain.problem.regularizer).toBeFalsy();
  });

  test("puts w back where the free tensors were", () => {
    const { unflatten } = free({ layers: [{ weight: true }, { bias: true }] } as never) as unknown as {
      unflatten(w: Float64Array): Params;
    };
    const { layers } = unflatten(Float64Array.of(30, 40, 50));
    expect(layers.map(({ weight, bias }) => [weight.js(), bias.js()])).toEqual([
      [[1, 2], 30],
      [[40, 50], 6],
    ]);
  });
});
