import { numpy as np } from "@jax-js/jax";
import { mlp } from "quadric";
import { expect, test } from "vitest";
import { parseModel } from "../../src/model.ts";

const activation = "tanh+gelu";
const x = () => np.array([[0.5, -1.25]]);

test("a member with tanh+gelu is a linear map beside two perceptrons, and starts as the linear map", () => {
  const { build } = parseModel("mlp:2-5-1+linear");
  const network = build({ activation });
  const params = network.init(3) as unknown as { perceptrons: { weight: np.Array }[][]; linear: np.Array };
  expect(params.perceptrons.map(([{ weight }]) => weight.shape)).toEqual([
    [2, 3],
    [2, 2],
  ]);
  const linear = np.array([[2], [4]]);
  const apply = network.apply as (params: unknown, x: np.Array) => np.Array;
  const [tanh, gelu] = [mlp([2, 3, 1], { activation: "tanh" }), mlp([2, 2, 1], { activation: "gelu" })];
  expect(apply({ ...params, linear: linear.ref }, x()).js()).toEqual([[2 * 0.5 - 4 * 1.25]]);

  const parts = [tanh.init(0), gelu.init(1)];
  const sum = apply({ perceptrons: parts, linear }, x()).js() as number[][];
  const own = [tanh, gelu].map((part, k) => (part.apply(part.init(k), x()).js() as number[][])[0][0]);
  expect(sum[0][0]).toBeCloseTo(2 * 0.5 - 4 * 1.25 + own[0] + own[1], 5);
});

test("a layer of one unit has one function, and a network without a linear map refuses two", () => {
  const one = parseModel("mlp:2-1-1+linear").build({ activation }).init(0) as unknown as { perceptrons: unknown[] };
  expect(one.perceptrons.length).toBe(1);
  expect(() => parseModel("mlp:2-4-1").build({ activation })).toThrow(
    "--activation: tanh+gelu must be of a network beside a linear map, such as mlp:8-32-1+linear, got mlp:2-4-1.",
  );
});
