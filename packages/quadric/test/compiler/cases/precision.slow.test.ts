import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { compileObjective } from "../../../src/compiler/objective.ts";
import { minimize, minimizeLeastSquares } from "../../../src/index.ts";

const n = 2 ** 14;
const targets = Float32Array.from({ length: n }, (_, i) => Math.sin(i) + 0.1 * Math.sin(7.7 * i * i));

/** Σ (a·sin i + b − t_i)² over many terms, as one scalar; the data are those of float32 in either type. */
function lossOf(dtype: np.DType) {
  return ({ a, b }: { a: np.Array; b: np.Array }): np.Array => {
    const x = np.array(Float32Array.from({ length: n }, (_, i) => Math.sin(i))).astype(dtype);
    return np.square(x.mul(a).add(b).sub(np.array(targets).astype(dtype))).sum();
  };
}

const loss = lossOf(np.float32);

/** The same in double precision, from scratch. */
function reference(a: number, b: number): number {
  return targets.reduce((sum, t, i) => sum + (Math.fround(Math.sin(i)) * a + b - t) ** 2, 0);
}

describe("float32 programs", () => {
  test("take the outermost sum of a scalar loss in float64: differences far below float32's resolution are right", async () => {
    const objective = await compileObjective({ loss, params: { a: np.array(1), b: np.array(0) } }, { backend: onnx() });
    const at = async (a: number, b: number) => (await objective.value(Float32Array.of(a, b), [])).value;
    const [a, b] = [1, 2 ** -11];
    const difference = (await at(a, 0)) - (await at(a, b));
    const expected = reference(a, 0) - reference(a, b);
    // The change, 4e-3, is 5e-5 of the value 82: eight bits of a float32 sum; its own error here is that of the terms.
    expect(Math.abs(difference / expected - 1)).toBeLessThan(1e-3);
    objective.dispose();
  });

  test("let a trust region reach the minimum that double precision knows, gradient 1e-6 of where it started", async () => {
    const start = { a: np.array(-3), b: np.array(2) };
    const method = "tr-steihaug";
    const { value, gradientNorm, history } = await minimize(loss, start, { backend: onnx(), dtype: "float32", method });
    const exact = await minimize(lossOf(np.float64), start, { backend: onnx(), dtype: "float64", method });
    expect(Math.abs(value / exact.value - 1)).toBeLessThan(1e-7);
    expect(gradientNorm / history[0].gradientNorm).toBeLessThan(1e-6);
  });

  test("keep residuals of least squares separate until float64 sums them", async () => {
    const residuals = ({ a }: { a: np.Array }) => np.array(targets).mul(a).sub(np.array(targets));
    const { value } = await minimizeLeastSquares(residuals, { a: np.array(3) }, { backend: onnx(), dtype: "float32" });
    expect(value).toBeLessThan(1e-10);
  });

  test("continue if a sum of squares is far smaller than one: its rounding is relative to its terms", async () => {
    // In units in which the targets are 1e-4, the loss starts below 1e-8, which is less than the rounding of one.
    const [m, scale] = [64, 1e-4];
    const t = np.linspace(0, 1, m);
    const data = np.array(Float32Array.from({ length: m }, (_, i) => scale * Math.exp((-3 * i) / (m - 1))));
    const residuals = ({ rate }: { rate: np.Array }) => np.exp(t.ref.mul(rate.neg())).mul(scale).sub(data.ref);
    for (const method of ["tr-steihaug", "lbfgs"] as const) {
      const options = { backend: onnx(), dtype: "float32", method, gradientTolerance: 0 } as const;
      const { x, value, history } = await minimizeLeastSquares(residuals, { rate: np.array(2) }, options);
      expect(history[0].loss).toBeLessThan(1e-8);
      expect(history[0].atNoiseFloor).not.toBe(true);
      expect(value / history[0].loss).toBeLessThan(1e-6);
      expect(Math.abs((x.rate.dataSync() as Float32Array)[0] / 3 - 1)).toBeLessThan(1e-3);
    }
    t.dispose();
    data.dispose();
  });
});
