import { numpy as np } from "@jax-js/jax";
import { compileObjective, type Loss, losses, mlp, supervised, train } from "quadric";
import { describe, expect, test } from "vitest";

const values: Record<string, { loss: Loss; rho: (z: number, y: number) => number; omega?: (r: number) => number }> = {
  absoluteError: {
    loss: losses.absoluteError,
    rho: (z, y) => Math.hypot(z - y, 1e-3),
    omega: (r) => 1 / Math.hypot(r, 1e-3),
  },
  "huber(0.5)": {
    loss: losses.huber(0.5),
    rho: (z, y) => (Math.abs(z - y) <= 0.5 ? (z - y) ** 2 / 2 : 0.5 * (Math.abs(z - y) - 0.25)),
    omega: (r) => Math.min(1, 0.5 / Math.abs(r)),
  },
  "quantile(0.9)": {
    loss: losses.quantile(0.9),
    rho: (z, y) => Math.hypot(y - z, 1e-3) / 2 + 0.4 * (y - z),
    omega: (r) => 0.5 / Math.hypot(r, 1e-3),
  },
  poisson: { loss: losses.poisson, rho: (z, y) => Math.exp(z) - y * z, omega: undefined },
  gamma: { loss: losses.gamma, rho: (z, y) => z + y * Math.exp(-z), omega: undefined },
};
const z = [-2, -0.3, 0.1, 0.7, 3];
const y = [1, 2, 0.5, 3, 2.5];
const tensor = (numbers: readonly number[]) => ({ shape: [numbers.length, 1], data: Float64Array.from(numbers) });

describe.each(Object.entries(values))("%s", (_, { loss, rho, omega }) => {
  const problem = {
    params: { shift: np.array([0]) },
    model: ({ shift }: { shift: np.Array }, { x }: { x: np.Array }) => x.add(shift),
    loss: (outputs: np.Array, { y }: { y: np.Array }) => loss(outputs, y),
  };
  const mean = (of: (i: number) => number) => z.reduce((sum, _, i) => sum + of(i) / z.length, 0);

  test("has the value of its formula, and the slope of differences", async () => {
    const objective = await compileObjective(problem, { dtype: "float64" });
    const batch = { x: tensor(z), y: tensor(y) };
    const { value, gradient } = await objective.gradient!(Float64Array.of(0), batch);
    expect(value).toBeCloseTo(
      mean((i) => rho(z[i], y[i])),
      10,
    );
    const h = 1e-6;
    expect(gradient[0]).toBeCloseTo(
      mean((i) => (rho(z[i] + h, y[i]) - rho(z[i] - h, y[i])) / (2 * h)),
      7, // differences of 10⁻⁶
    );
    objective.dispose();
  });

  test("gives Gauss–Newton the curvature of its majorizer, or its own", async () => {
    const objective = await compileObjective(problem, { dtype: "float64" });
    const { curvature } = await objective.linearize!(
      Float64Array.of(0),
      { x: tensor(z), y: tensor(y) },
      "gauss-newton",
    );
    const [b] = await curvature.multiply(Float64Array.of(1));
    const h = 1e-4;
    const second = (i: number) => (rho(z[i] + h, y[i]) - 2 * rho(z[i], y[i]) + rho(z[i] - h, y[i])) / h ** 2;
    expect(b).toBeCloseTo(
      mean((i) => (omega ? omega(z[i] - y[i]) : second(i))),
      5, // second differences
    );
    objective.dispose();
  });
});

describe("a constant trained on 1, 2, 3, 4, 100", () => {
  const data = { x: tensor([0, 0, 0, 0, 0]), y: tensor([1, 2, 3, 4, 100]) };
  test.each<[string, Loss, (z: number) => number, number]>([
    ["absoluteError is the median", losses.absoluteError, (z) => z, 3],
    ["quantile(0.3) is the second", losses.quantile(0.3), (z) => z, 2],
    ["huber(1) is where bounded pulls are level", losses.huber(1), (z) => z, 3.0],
    ["poisson is the logarithm of the mean", losses.poisson, Math.exp, 22],
    ["gamma is the logarithm of the mean", losses.gamma, Math.exp, 22],
  ])("%s", async (_, loss, read, expected) => {
    const objective = await compileObjective(supervised(mlp([1, 1]), loss), { dtype: "float64" });
    const { parameters } = await train(objective, objective.initial, data, { steps: 200, history: false });
    const bias = objective.layout.tensors.find(({ name }) => name.endsWith("bias"))!;
    expect(Math.abs(read(parameters[bias.offset]) - expected)).toBeLessThan(0.02);
    objective.dispose();
  });
});

test("parameters of losses outside their domain are refused", () => {
  expect(() => losses.huber(0)).toThrow("losses.huber: delta must be");
  expect(() => losses.quantile(1)).toThrow("losses.quantile: tau must be");
});
