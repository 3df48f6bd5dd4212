/** Fits that other tools' users reported as hard or wrongly ended: the right parameters, and a status that says so. */
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { onnx } from "../../src/node.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import { fit } from "../../src/training/fit.ts";
import { minimizeLeastSquares } from "../../src/training/least-squares.ts";

const backend = onnx();
const scalar = (v: number): np.Array => np.array(Float64Array.of(v)).reshape([]);
const array = (values: Float64Array): np.Array => np.array(values);
const at = (n: number, x: (i: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => x(i));

async function fitted(f: (p: np.Array[]) => np.Array, start: readonly number[], options = {}) {
  const result = await minimizeLeastSquares(f, start.map(scalar), { backend, ...options });
  return { ...result, x: result.x.map((v) => v.item() as number) };
}

/** A Gaussian of height 1.2e-8 at 1.4, 0.11 wide. */
function smallGaussian(options = {}) {
  const x = at(100, (i) => 1 + i / 99);
  const [X, Y] = [array(x), array(x.map((v) => 1.2e-8 * Math.exp(-(((v - 1.4) / 0.11) ** 2) / 2)))];
  const residuals = ([h, m, s]: np.Array[]) =>
    h.mul(np.exp(np.square(np.divide(X.ref.sub(m), s)).mul(-0.5))).sub(Y.ref);
  return fitted(residuals, [1.5e-8, 1.6, 0.2], options);
}

describe("least squares", () => {
  test("F03: a Gaussian of height 1.2e-8", async () => {
    const { x: p, status, iterations } = await smallGaussian();
    expect(status).toBe("converged");
    expect(p).toBeAllclose([1.2e-8, 1.4, 0.11], { relative: 1e-9 });
    expect(iterations).toBeLessThan(40);
  });

  test("F04: data of size 3e9", async () => {
    const x = at(50, (i) => i / 49);
    const [X, Y] = [array(x), array(x.map((v) => 3e9 * Math.exp(1.3 * v) + 1e6 * Math.sin(99 * v)))];
    const { x: p, status, value } = await fitted(([a, b]) => a.mul(np.exp(b.mul(X.ref))).sub(Y.ref), [1e9, 1]);
    expect(status).toBe("converged");
    expect(p).toBeAllclose([3.00003e9, 1.29998], { relative: 1e-4 });
    expect(value).toBeAllclose(1.247e13, { relative: 1e-3 });
  });

  test("F05: a cubic in milliseconds of a day", async () => {
    const x = at(15, (i) => 44156000 + 108000 * i);
    const y = x.map((v) => {
      const u = (v - 44156000) / 1e6;
      return 3 + 900 * u + 150 * u * u - 60 * u ** 3;
    });
    const powers = [0, 1, 2, 3].map((k) => array(x.map((v) => v ** k)));
    const Y = array(y);
    const { status, value } = await fitted(
      (p) =>
        powers
          .map((P, k) => P.ref.mul(p[k]))
          .reduce((a, b) => a.add(b))
          .sub(Y.ref),
      [0, 0, 0, 0],
    );
    expect(status).toBe("converged");
    expect(value).toBeLessThan(1e-12);
  });

  test("F10: a pulse whose centre is a unix time", async () => {
    const t0 = 1473105190.2;
    const t = at(50, (i) => t0 + i / 5);
    const [T, Y] = [array(t), array(t.map((v) => 2e-3 * Math.exp(-(((v - t0 - 4) / 1.5) ** 2))))];
    const { x, status } = await fitted(
      ([a, c, w]) => a.mul(np.exp(np.square(np.divide(T.ref.sub(c), w)).neg())).sub(Y.ref),
      [1e-3, t0 + 3, 1],
    );
    expect(status).toBe("converged");
    expect(x[1] - t0).toBeAllclose(4, { absolute: 1e-5 });
    expect([x[0], x[2]]).toBeAllclose([2e-3, 1.5], { relative: 1e-5 });
  });

  test.each([
    [1.5, [2, 2]],
    // Beside the right frequency there is a minimum of its own; none of its steps is wrong.
    [1, [0.372629, 0.743653]],
  ])("F13: a sine fitted from frequency %d ends in the minimum next to it", async (start, minimum) => {
    const t = at(1000, (i) => (2 * Math.PI * i) / 1000);
    const [T, Y] = [array(t), array(t.map((v) => 2 * Math.sin(2 * v)))];
    const { x, status } = await fitted(([a, b]) => a.mul(np.sin(b.mul(T.ref))).sub(Y.ref), [1, start]);
    expect(status).toBe("converged");
    expect(x).toBeAllclose(minimum, { relative: 1e-5 });
  });

  test("F14: a Hill curve with the control at dose 0", async () => {
    const x = Float64Array.of(0, 0.1, 0.3, 1, 3, 10, 30, 100);
    const y = x.map((v, i) => 5 + (90 * v ** 1.4) / (4 ** 1.4 + v ** 1.4) + Math.sin(9 * i));
    const [X, Y] = [array(x), array(y)];
    const { status, value } = await fitted(
      ([a, b, k, n]) => {
        const p = np.power(X.ref, n.ref);
        return a.add(b.mul(np.divide(p.ref, np.power(k, n).add(p)))).sub(Y.ref);
      },
      [0, 100, 1, 1],
    );
    expect(status).toBe("converged");
    expect(value).toBeLessThan(3);
  });

  test("F15: a line weighted by 1e7", async () => {
    const c = at(11, (i) => 1 / Math.cos((5 * i * Math.PI) / 180));
    const y = c.map((v, i) => 1.4e-6 * v + 1.4e-5 + 1e-7 * Math.sin(7 * i));
    const W = array(c.map((_, i) => 1 / ((1 + 0.1 * (i % 4)) * 1e-7)));
    const [C, Y] = [array(c), array(y)];
    const { x, status } = await fitted(([a, b]) => a.mul(C.ref).add(b).sub(Y.ref).mul(W.ref), [0, 0]);
    expect(status).toBe("converged");
    expect(x).toBeAllclose([0.0000013569446300361482, 0.000014057041742919454], { relative: 1e-7 });
  });

  test.each([
    ["gradientTolerance 0", { gradientTolerance: 0 }],
    ["trustRegion()", { method: trustRegion() }],
  ])("F16: data of size 1e-8 end at their minimum, not at the last step, by %s", async (_, options) => {
    const { x: p, status, iterations } = await smallGaussian(options);
    expect(status).toBe("converged");
    expect(p).toBeAllclose([1.2e-8, 1.4, 0.11], { relative: 1e-7 });
    expect(iterations).toBeLessThan(60);
  });

  test("F22: a dose response over molar concentrations", async () => {
    const x = at(12, (i) => 1e-4 / 4 ** i);
    const y = x.map((v, i) => 3 + 92 / (1 + (2.4e-7 / v) ** 0.9) + 0.5 * Math.sin(9 * i));
    const [X, Y] = [array(x), array(y)];
    const { x: p, status } = await fitted(
      ([a, b, c, d]) => a.ref.add(np.divide(b.sub(a), np.add(1, np.power(np.divide(c, X.ref), d)))).sub(Y.ref),
      [0, 100, 1e-6, 1],
    );
    expect(status).toBe("converged");
    expect(p).toBeAllclose([2.928948954665408, 95.06416449474906, 2.4002222073062776e-7, 0.8962732535278901], {
      relative: 1e-5,
    });
  });

  test("F25: parameters that the data do not determine are told of", async () => {
    const x = at(37, (i) => 36 + i);
    const [X, Y] = [array(x), array(x.map((v) => 0.002 * Math.exp(0.195 * v) - 3))];
    const { message } = await fitted(
      ([a, b, c]) =>
        a
          .mul(np.exp(b.mul(X.ref).neg()))
          .add(c)
          .sub(Y.ref),
      [1, 1, 1],
    );
    expect(message).toContain("The Jacobian has rank 1 of 3: the data do not determine all parameters.");
  });

  test("F26: three parameters in an exponent", async () => {
    const x = at(61, (i) => i);
    const [X, Y] = [array(x), array(x.map((v) => 40 * Math.exp(-(((v - 30) / 8) ** 2))))];
    const {
      x: p,
      status,
      iterations,
    } = await fitted(
      ([a, b, c]) => np.exp(a.add(b.mul(X.ref)).add(c.mul(np.square(X.ref)))).sub(Y.ref),
      [-1, 1, -0.01],
    );
    expect(status).toBe("converged");
    expect(p[1]).toBeAllclose(0.9375, { relative: 1e-8 });
    expect(iterations).toBeLessThan(120);
  });

  test("G3: a rate constant two decades away, in float32", async () => {
    const t = np.array([1, 1e4, 2e4, 3e4, 4e4]);
    const K = 9.7e-18;
    const { x, status } = await fitted(
      ([A]) => np.reciprocal(np.add(1e-3, A.mul(K).mul(t.ref))).sub(np.reciprocal(np.add(1e-3, t.ref.mul(7.8e8 * K)))),
      [1e6],
      { dtype: "float32" },
    );
    expect(status).toBe("converged");
    expect(x[0]).toBeAllclose(7.8e8, { relative: 1e-4 });
  });

  test("G4: micro-units", async () => {
    const x = array(at(40, (i) => i / 10));
    const y = np.exp(x.ref.mul(-1.3)).mul(2.5e-6);
    const { x: p, status } = await fitted(([a, b]) => a.mul(np.exp(b.neg().mul(x.ref))).sub(y.ref), [1e-6, 0.1]);
    expect(status).toBe("converged");
    expect(p).toBeAllclose([2.5e-6, 1.3], { relative: 1e-6 });
  });

  test("F23: a hundred fits of twenty points, by derivatives of one's own", async () => {
    const x = at(20, (i) => i / 5);
    for (let k = 0; k < 100; k++) {
      const rate = 1 + k / 100;
      const exponential = {
        residuals: ([a, b]: Iterable<number>) => x.map((v) => a * Math.exp(-b * v) - rate * Math.exp(-rate * v)),
        jvp: ([a, b]: Iterable<number>, [p, q]: Iterable<number>) => x.map((v) => Math.exp(-b * v) * (p - a * v * q)),
        vjp: ([a, b]: Iterable<number>, u: ArrayLike<number>) => {
          const e = x.map((v, i) => Math.exp(-b * v) * u[i]);
          return Float64Array.of(
            e.reduce((sum, v) => sum + v, 0),
            e.reduce((sum, v, i) => sum - a * x[i] * v, 0),
          );
        },
      };
      const { x: p, status } = await minimizeLeastSquares(exponential, [1, 1]);
      expect(status).toBe("converged");
      expect(p).toBeAllclose([rate, rate], { relative: 1e-7 });
    }
  });

  test.each([
    ["F12", ([a, b]: np.Array[]) => np.stack([a.ref.mul(b.ref).sub(1), np.square(a).sub(np.square(b))]), [0, 0]],
    [
      "G5",
      ([p, q, s]: np.Array[]) => {
        const a = np.cumsum(np.stack([p, q, s]));
        return np.stack([np.sum(np.cos(a.ref)), np.sum(np.sin(a))]).sub(np.array([1.5, 0]));
      },
      [0, 0, 0],
    ],
  ])("%s: a certificate of second order is about the Hessian: the saddle is left", async (_, f, start) => {
    const { status, value } = await fitted(f as never, start, { curvatureTolerance: 1e-6 });
    expect(status).toBe("second-order-converged");
    expect(value).toBeLessThan(1e-12);
  });
});

test.each(["float32", "float64"] as const)("regressions by fit on unscaled columns, %s", async (dtype) => {
  const n = 200;
  const columns = [1, 1e4, 1e-3];
  const X = at(3 * n, (i) => columns[i % 3] * (1 + Math.sin(12.9898 * (i + 1) ** 2)));
  const y = at(n, (i) => 5 + 2 * X[3 * i] + 3e-4 * X[3 * i + 1] - 4e3 * X[3 * i + 2]);
  const data = { x: { shape: [n, 3], data: X }, y: { shape: [n], data: y } };
  type Batch = { x: np.Array; y: np.Array };
  const loss = ({ w, b }: Record<"w" | "b", np.Array>, { x, y }: Batch) => np.square(np.dot(x, w).add(b).sub(y));
  const { params, status } = await fit({ loss, params: { w: np.zeros([3]), b: np.array(0) } }, data, {
    backend,
    dtype,
    batchSize: n,
    steps: 100,
  });
  expect(status).toBe("converged");
  expect(params.w.js()).toBeAllclose([2, 3e-4, -4e3], { relative: dtype === "float32" ? 1e-3 : 1e-8 });
});
