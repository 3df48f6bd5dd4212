/** Curves and systems that other tools' users reported: right at the first try, and to be kept so. */
import { numpy as np } from "@jax-js/jax";
import { expect, test } from "vitest";
import "../helpers/matchers.ts";
import { minimizeLeastSquares } from "../../src/training/least-squares.ts";

const scalar = (v: number): np.Array => np.array(Float64Array.of(v)).reshape([]);
const array = (values: readonly number[] | Float64Array): np.Array => np.array(Float64Array.from(values));

async function fitted(f: (p: np.Array[]) => np.Array, start: readonly number[]) {
  const result = await minimizeLeastSquares(f, start.map(scalar));
  return { ...result, x: result.x.map((v) => v.item() as number) };
}

test("T06: exp(ax + b) through two points, which have one such curve", async () => {
  const [X, Y] = [array([100, 300]), array([2.5e5, 300])];
  const { x, status } = await fitted(([a, b]) => np.exp(a.mul(X.ref).add(b)).sub(Y.ref), [-0.01, 10]);
  const slope = Math.log(300 / 2.5e5) / 200;
  expect(status).toBe("converged");
  expect(x).toBeAllclose([slope, Math.log(2.5e5) - 100 * slope], { relative: 1e-8 });
});

test("T12: a power whose base may become negative", async () => {
  const luminance = [0.05, 0.2, 0.4, 0.7, 1];
  const [L, Y] = [array(luminance), array(luminance.map((v) => (0.8 * v + 0.1) ** (1 / 2.2)))];
  const { x, status } = await fitted(([a, b]) => np.power(a.mul(L.ref).add(b), 1 / 2.2).sub(Y.ref), [1, 0.5]);
  expect(status).toBe("converged");
  expect(x).toBeAllclose([0.8, 0.1], { relative: 1e-8 });
});

test("T31: an exponential below zero with an offset", async () => {
  const t = [0, 1, 2, 3, 4, 5, 6, 7];
  const [X, Y] = [array(t), array(t.map((v) => -3 * Math.exp(-0.4 * v) - 1))];
  const { x, status } = await fitted(
    ([a, b, c]) =>
      a
        .mul(np.exp(b.mul(X.ref)))
        .add(c)
        .sub(Y.ref),
    [-1, -0.1, 0],
  );
  expect(status).toBe("converged");
  expect(x).toBeAllclose([-3, -0.4, -1], { relative: 1e-7 });
});

test("T35: two equations in four unknowns", async () => {
  const { status, value } = await fitted(
    ([a, b, c, d]) => np.stack([a.ref.mul(b.ref).add(c).sub(3), np.sin(a).add(d).add(b).sub(1)]),
    [0.5, 0.5, 0.5, 0.5],
  );
  expect(status).toBe("converged");
  expect(value).toBeLessThan(1e-20);
});

test("T36: amplitudes that enter as their product are fitted, and said to be undetermined", async () => {
  const t = [0, 1, 2, 3, 4, 5];
  const [X, Y] = [array(t), array(t.map((v) => 6 * Math.exp(-0.5 * v)))];
  const { x, status, message } = await fitted(
    ([a, b, k]) =>
      a
        .mul(b)
        .mul(np.exp(k.neg().mul(X.ref)))
        .sub(Y.ref),
    [1, 2, 1],
  );
  expect(status).toBe("converged");
  expect([x[0] * x[1], x[2]]).toBeAllclose([6, 0.5], { relative: 1e-8 });
  expect(message).toContain("The Jacobian has rank 2 of 3");
});

test.each([[[1, 1, 1, 1]], [[0, 2, 5, 10]], [[3, 0.5, 20, 8]]])(
  "T55: four parameters of a logistic curve, from %j",
  async (start) => {
    const dose = [0.5, 1, 2, 4, 8, 16, 32, 64];
    const curve = (v: number) => 9 + (1 - 9) / (1 + (v / 6) ** 1.5);
    const [X, Y] = [array(dose), array(dose.map(curve))];
    const { x, status } = await fitted(
      ([a, b, c, d]) => d.ref.add(a.sub(d).mul(np.reciprocal(np.add(1, np.power(np.divide(X.ref, c), b))))).sub(Y.ref),
      start,
    );
    expect(status).toBe("converged");
    // The same curve with its ends exchanged has −b for b.
    expect(x[1] > 0 ? x : [x[3], -x[1], x[2], x[0]]).toBeAllclose([1, 1.5, 6, 9], { relative: 1e-6 });
  },
);

test("T04: a steepness that runs to infinity is followed as far as it matters", async () => {
  const [X, Y] = [array([0, 1, 2, 3, 4, 5, 6, 7]), array([0.1, -0.1, 0.1, -0.1, 2.1, 1.9, 2.1, 1.9])];
  const { x, value, status } = await fitted(
    ([a, k, c]) => np.divide(a, np.add(1, np.exp(k.mul(X.ref.sub(c)).neg()))).sub(Y.ref),
    [1, 1, 3],
  );
  // What is left to gain falls with e^{-k}.
  expect(value).toBeAllclose(0.04, { relative: 1e-5 });
  expect(x[0]).toBeAllclose(2, { relative: 1e-6 });
  expect(["converged", "max-iterations"]).toContain(status);
});

test("T79: integer data", async () => {
  const [X, Y] = [np.array([1, 2, 3, 4, 5], { dtype: np.int32 }), np.array([3, 5, 7, 9, 11], { dtype: np.int32 })];
  const { x, status } = await fitted(([a, b]) => a.mul(X.ref).add(b).sub(Y.ref), [0.3, 0.2]);
  expect(status).toBe("converged");
  expect(x).toBeAllclose([2, 1], { relative: 1e-10 });
});
