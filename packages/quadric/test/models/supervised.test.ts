import { beforeAll, describe, expect, test } from "vitest";
import { compileObjective } from "../../src/compiler/objective.ts";
import { losses } from "../../src/models/losses.ts";
import { mlp } from "../../src/models/mlp.ts";
import { supervised } from "../../src/models/supervised.ts";
import { fit, type Run } from "../../src/training/fit.ts";
import { type Tensor, tensor } from "../../src/vector/tensor.ts";

describe("supervised() with standardize", () => {
  // y = 1e9 + 1e5·a − 2·b exactly; the third column says nothing, the offsets are beyond float32.
  const inputs = Array.from({ length: 24 }, (_, i) => [1e8 + Math.sin(i), 1e-6 * Math.cos(3 * i), 0.1]);
  const truth = ([a, b]: readonly number[]) => 1e9 + 1e5 * (a - 1e8) - 2e10 * b;
  const data = { x: tensor(inputs), y: tensor(inputs.map((row) => [truth(row)])) };
  const problem = supervised(mlp([3, 1]), losses.squaredError, { standardize: data });
  let run: Run<typeof problem.params>;
  beforeAll(async () => {
    run = await fit(problem, data, { steps: 20 });
  });

  test("learns what float32 cannot hold, and predicts in the units of the targets", async () => {
    const rows = [
      [1e8 + 0.25, 5e-7, 0.1],
      [1e8 - 0.5, -5e-7, 0.1],
    ];
    const { shape, data } = await run.predict({ x: tensor(rows) });
    expect(shape).toEqual([2, 1]);
    // The targets deviate by 71,000; float32 keeps seven digits of that.
    const errors = rows.map((row, i) => Math.abs(data[i] - truth(row)));
    expect(Math.max(...errors)).toBeLessThan(1);
  });

  test("a column of one value is 0, whatever it holds later", async () => {
    const [same, other] = await Promise.all(
      [0.1, 1e30].map((constant) => run.predict({ x: tensor([[1e8, 0, constant]]) })),
    );
    expect(other.data).toEqual(same.data);
  });

  test("refuses other columns by number, and use without fit", async () => {
    await expect(run.predict({ x: tensor([[1, 2]]) })).rejects.toThrow(
      "supervised: x must have the 3 values an example that it was standardized on, got shape [1,2].",
    );
    await expect(compileObjective(problem)).rejects.toThrow("must have a problem without units");
  });
});

test("supervised() with standardize leaves labels and shares as they are", async () => {
  const x = tensor([[1e6], [2e6], [3e6], [4e6]]);
  const shares = { x, y: tensor([[0], [0], [1], [1]]) };
  const one = supervised(mlp([1, 1]), losses.binaryCrossEntropy, { standardize: shares });
  const logits = (await (await fit(one, shares, { steps: 10 })).predict({ x })).data;
  expect(Array.from(logits, Math.sign)).toEqual([-1, -1, 1, 1]);

  const labels = { x, y: tensor([0, 0, 1, 1], "int32") };
  const two = supervised(mlp([1, 2]), losses.crossEntropy, { standardize: labels });
  const { data } = await (await fit(two, labels, { steps: 10 })).predict({ x });
  expect([0, 1, 2, 3].map((i) => Number(data[2 * i + 1] > data[2 * i]))).toEqual([0, 0, 1, 1]);
});

test("supervised() learns x from x where there is no y, and predicts in the units of x", async () => {
  const x: Tensor = tensor(Array.from({ length: 12 }, (_, i) => [1000 * i, 5000 - 500 * i]));
  const problem = supervised(mlp([2, 2]), losses.squaredError, { standardize: { x } });
  const { predict } = await fit(problem, { x }, { steps: 20 });
  // The second column is determined by the first; 1e-2 of deviations of thousands.
  expect((await predict({ x: tensor([[3000, 3500]]) })).data[0]).toBeCloseTo(3000, -1);
});

test("supervised() names the network that inputs do not fit, and what makes a tensor of lists", async () => {
  const problem = supervised(mlp([3, 1]), losses.squaredError);
  await expect(fit(problem, { x: tensor([[1, 2]]), y: tensor([1]) }, { steps: 1 })).rejects.toThrow(
    "mlp:3-1: inputs must have shape [b, 3], got [1,2].",
  );
  const lists = { x: [[1, 2, 3]], y: [1] } as unknown as { x: Tensor; y: Tensor };
  await expect(fit(problem, lists, { steps: 1 })).rejects.toThrow("tensor([[1, 2], [3, 4]])");
});
