import { lax, nn, numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import type { Backend } from "../../../src/compiler/backends/backend.ts";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { compileObjective } from "../../../src/compiler/objective.ts";
import { jax, minimizeLeastSquares, wasm } from "../../../src/index.ts";
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

const reals = [-700, -30, -3.3, -0.7, -1e-3, -1e-9, 1e-9, 1e-3, 0.3, 1, 2.5, 20, 40, 700];
const positive = [1e-300, 1e-9, 0.1, 1 - 1e-9, 1, 1 + 1e-9, 3, 1e5, 1e300];
const angles = [-100, -3, -0.5, -1e-9, 1e-9, 0.5, 1, 2, 3, 30, 1e3];
const inside = [-0.999, -0.5, -1e-9, 1e-9, 0.3, 0.9999];

const functions: [name: string, f: (x: np.Array) => np.Array, exact: (x: number) => number, xs: number[]][] = [
  ["exp", np.exp, Math.exp, reals],
  ["log", np.log, Math.log, positive],
  ["sqrt", np.sqrt, Math.sqrt, positive],
  ["sin", np.sin, Math.sin, angles],
  ["cos", np.cos, Math.cos, angles],
  ["asin", np.arcsin, Math.asin, inside],
  ["atan", np.arctan, Math.atan, reals],
  ["tanh", np.tanh, Math.tanh, reals],
  ["sinh", np.sinh, Math.sinh, reals],
  ["arcsinh", np.arcsinh, Math.asinh, [...reals, -1e9]],
  ["sigmoid", nn.sigmoid, (x) => 1 / (1 + Math.exp(-x)), reals],
  ["softplus", nn.softplus, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), reals],
  ["power", (x) => np.power(x, 1.3), (x) => x ** 1.3, [1e-9, 0.1, 1, 3, 1e5]],
  ["power of a base", (x) => np.power(0.1, x), (x) => 0.1 ** x, [-3.3, 0.5, 2, 20]],
];

describe.each(engines)("float64 on %s", (_name, backend) => {
  test.each(functions)("%s is right to its last digits", async (_function, f, exact, xs) => {
    // The worst: a power through log and exp, whose exponent is right to 1e-16 absolutely times its size.
    expect(await values(f, xs, backend())).toBeAllclose(xs.map(exact), { relative: 5e-15, absolute: 0 });
  });
});

/** x, erf x and erfc x from 40 digits of mpmath, rounded. */
const errorFunctions: [x: number, erf: number, erfc: number][] = [
  [-6, -1, 2],
  [-3.1, -0.9999883513426328, 1.9999883513426329],
  [-1.3, -0.9340079449406524, 1.9340079449406524],
  [-1, -0.8427007929497149, 1.8427007929497148],
  [-0.2, -0.22270258921047847, 1.2227025892104784],
  [-1e-9, -1.1283791670955127e-9, 1.0000000011283792],
  [0.1, 0.1124629160182849, 0.887537083981715],
  [0.9, 0.7969082124228322, 0.20309178757716786],
  [1, 0.8427007929497149, 0.15729920705028513],
  [1.25, 0.9229001282564583, 0.07709987174354177],
  [2, 0.9953222650189527, 0.004677734981047266],
  [4, 0.9999999845827421, 1.541725790028002e-8],
  [6.5, 1, 3.8421483271206475e-20],
  [10, 1, 2.088487583762545e-45],
  [26, 1, 5.663192408856143e-296],
  [40, 1, 0],
];

describe.each(engines)("error functions in float64 on %s", (_name, backend) => {
  const xs = errorFunctions.map(([x]) => x);

  test("erf is right to its last digits", async () => {
    const expected = errorFunctions.map(([, erf]) => erf);
    expect(await values(lax.erf, xs, backend())).toBeAllclose(expected, { relative: 1e-15, absolute: 0 });
  });

  test("erfc is too, in its tail as well", async () => {
    const expected = errorFunctions.map(([, , erfc]) => erfc);
    // e⁻ˣ² of x = 26 has the rounding of an exponent of 676.
    expect(await values(lax.erfc, xs, backend())).toBeAllclose(expected, { relative: 2e-15, absolute: 0 });
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
