import { lax, nn, numpy as np, scipySpecial } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import type { Backend } from "../../../src/compiler/backends/backend.ts";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { compileObjective } from "../../../src/compiler/objective.ts";
import { jax, minimizeLeastSquares, special, wasm } from "../../../src/index.ts";
import recorded from "../../fixtures/functions.json" with { type: "json" };
import "../../helpers/matchers.ts";

const engines: [name: string, backend: () => Backend][] = [
  ["onnx", () => onnx()],
  ["wasm", () => wasm()],
  ["jax cpu", () => jax({ device: "cpu" })],
];

/** f of numbers, computed by a compiled float64 loss that returns one value an example. */
async function values(f: (x: np.Array) => np.Array, xs: readonly number[], backend: Backend): Promise<number[]> {
  const params = { shape: [xs.length], data: Float64Array.from(xs) };
  const objective = await compileObjective({ loss: f, params: params as never }, { backend, dtype: "float64" });
  const { losses } = await objective.value(objective.initial, []);
  objective.dispose();
  return [...losses!];
}

type Unary = (x: np.Array) => np.Array;

/** jax-js's functions under the names of the fixture; the others are called as they are. */
const composed: Record<string, Unary> = {
  "arctan2 of x and 2": (x) => np.arctan2(x, 2),
  "arctan2 of x and -2": (x) => np.arctan2(x, -2),
  "hypot of x and 3": (x) => np.hypot(x, 3),
  "logaddexp of x and 1": (x) => np.logaddexp(x, 1),
  "exact gelu": (x) => nn.gelu(x, { approximate: false }),
  "power of x and 1.3": (x) => np.power(x, 1.3),
  "power of 0.1 and x": (x) => np.power(0.1, x),
};
const libraries = { ...scipySpecial, ...special, ...lax, ...nn, ...np } as unknown as Record<string, Unary>;

/** Relative errors beyond the digits of float64. */
const tolerances: Record<string, number> = {
  // eʸ of y = log x/3 = ±230, which is right to 230 units.
  cbrt: 2e-14,
  // π/2 − arcsin x, as jax-js has it: its error is absolute.
  arccos: 2e-13,
  // eˣ − 1 of x = −10⁻⁹, likewise.
  elu: 1e-7,
  // e^{−x²/2} of x = −30 has the rounding of an exponent of 450.
  "exact gelu": 1e-13,
};

describe.each(engines)("float64 on %s", (_name, backend) => {
  test.each(Object.entries(recorded))("%s is right to its last digits, in its tails and near 0", async (name, row) => {
    const f = composed[name] ?? libraries[name];
    const got = await values((x) => f(x), row.x, backend());
    const limit = tolerances[name] ?? 1e-14;
    const wrong = row.x.flatMap((x, i) =>
      Math.abs(got[i] - row.y[i]) <= limit * Math.abs(row.y[i]) ? [] : [[x, got[i], row.y[i]]],
    );
    expect(wrong).toEqual([]);
  });
});

test.each(engines)("the log-sum-exp of nothing but −∞ is −∞, on %s", async (_name, backend) => {
  const f = (x: np.Array) => nn.logsumexp(np.log(x).reshape([2, 2]), 1);
  expect(await values(f, [0, 0, 0, 3], backend())).toBeAllclose([-Infinity, Math.log(3)], { absolute: 1e-15 });
});

describe("float64", () => {
  test("is refused where its functions are those of float32, and what has them is named", async () => {
    await expect(values(np.exp, [1], jax())).rejects.toThrow(
      'jax: "exp" has float32 accuracy on device "wasm". For float64 use backend: wasm() or onnx(), or jax({ device: "cpu" }).',
    );
  });

  test("is what minimizeLeastSquares has by default: an exponential fit to its last digits", async () => {
    const x = Float64Array.from({ length: 40 }, (_, i) => 0.1 * (i + 1));
    const [X, Y] = [np.array(x), np.array(x.map((t) => 2.5 * Math.exp(-1.3 * t) + 0.5))];
    const start = [1, 0.1, 0].map((value) => np.array(value));
    const residuals = ([a, b, c]: np.Array[]) =>
      a
        .mul(np.exp(b.mul(X.ref).neg()))
        .add(c)
        .sub(Y.ref);
    const fit = await minimizeLeastSquares(residuals, start);
    expect(fit.x.map((value) => value.item())).toBeAllclose([2.5, 1.3, 0.5], { relative: 1e-12 });
  });

  test("fits a Hill curve with a dose of 0 among its data, where 0ⁿ·log 0 is in the gradient", async () => {
    const x = Float64Array.of(0, 0.1, 0.3, 1, 3, 10, 30, 100);
    const y = x.map((dose, i) => 5 + (90 * dose ** 1.4) / (4 ** 1.4 + dose ** 1.4) + Math.sin(9 * i));
    const [X, Y] = [np.array(x), np.array(y)];
    const residuals = ([a, b, k, n]: np.Array[]) => {
      const p = np.power(X.ref, n.ref);
      const share = np.divide(p.ref, np.power(k, n).add(p));
      return a.add(b.mul(share)).sub(Y.ref);
    };
    const fit = await minimizeLeastSquares(
      residuals,
      [0, 100, 1, 1].map((value) => np.array(value)),
    );
    // scipy.optimize.leastsq, whose differences leave it 4e-7 away.
    expect(fit.x.map((value) => value.item())).toBeAllclose([5.1302776, 89.80702739, 4.01623262, 1.41358407], {
      relative: 1e-6,
    });
    expect(fit.value).toBeAllclose(1.809578732, { relative: 1e-10 });
  });

  test("fits to the digits of its literals", async () => {
    for (const [residual, answer] of [
      [(x: np.Array) => x.sub(0.1), 0.1],
      [(x: np.Array) => x.sub(Math.PI), Math.PI],
    ] as const) {
      const fit = await minimizeLeastSquares(residual, np.array(5));
      // The one step, from 5 to the answer, is rounded to the digits of 5.
      expect(fit.x.item()).toBeAllclose(answer, { relative: 1e-14 });
    }
  });

  test("refuses plain arrays as data, since they are rounded to float32", async () => {
    const [X, Y] = [np.array([1.1, 2.3, 3.7]), np.array([7.1, 7.2, 7.4])];
    const residuals = ([a, b]: np.Array[]) => a.mul(X.ref).add(b).sub(Y.ref);
    await expect(minimizeLeastSquares(residuals, [np.array(0), np.array(0)])).rejects.toThrow("Float64Array.of");
  });

  test("refuses a start that float32 moved by whole seconds", async () => {
    await expect(minimizeLeastSquares((x: np.Array) => x.mul(1), np.array(1473105193.2))).rejects.toThrow(
      "compileObjective: a float64 start must not be rounded to float32, got 1473105152",
    );
    const exact = await minimizeLeastSquares((x: np.Array) => x.sub(1), np.array(1e8));
    expect(exact.x.item()).toBeAllclose(1);
  });
});
