/** Functions that minimisers of other tools failed at or ended wrongly on: the right point, and a status that says so. */
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { wasm } from "../../src/compiler/backends/wasm/backend.ts";
import { type MinimizeMethod, type MinimizeOptions, minimize } from "../../src/training/minimize.ts";

type Vector = Iterable<number> & ArrayLike<number>;
const methods: readonly MinimizeMethod[] = ["tr-gltr", "tr-exact", "arc", "lbfgs"];
const at = (n: number, f: (i: number) => number) => Float64Array.from({ length: n }, (_, i) => f(i));

async function minimum(f: (x: np.Array) => np.Array, start: readonly number[], options: MinimizeOptions = {}) {
  const result = await minimize(f, np.array(Float64Array.from(start)), { backend: wasm(), ...options } as never);
  return { ...result, x: result.x.js() as number[] };
}

describe.each(methods)("by %s", (method) => {
  test("T13: x − log x + y − 3 log y from (50, 1e-3)", async () => {
    const { x, status } = await minimize(
      {
        value: ([x, y]) => x - Math.log(x) + y - 3 * Math.log(y),
        gradient: ([x, y]) => Float64Array.of(1 - 1 / x, 1 - 3 / y),
        hvp: ([x, y], [v, w]) => Float64Array.of(v / x ** 2, (3 * w) / y ** 2),
      },
      [50, 1e-3],
      { method },
    );
    expect(status).toBe("converged");
    expect(x).toBeAllclose([1, 3], { relative: 1e-6 });
  });

  test("T16: a deviation held positive by a sigmoid", async () => {
    const y = [-1.5, 0.2, 0.9, 2.1, -0.7, 1.6];
    const scale = (s: number) => 5 / (1 + Math.exp(-s));
    const square = y.reduce((sum, v) => sum + v * v, 0) / y.length;
    const slope = (s: number) => (1 / scale(s) - square / scale(s) ** 3) * scale(s) * (1 - scale(s) / 5);
    const { x, status } = await minimize(
      {
        value: ([s]) => Math.log(scale(s)) + square / (2 * scale(s) ** 2),
        gradient: ([s]) => Float64Array.of(slope(s)),
        hvp: ([s], [v]) => Float64Array.of(((slope(s + 1e-5) - slope(s - 1e-5)) / 2e-5) * v),
      },
      [-2],
      // The curvature is a difference.
      { method, checkDeterminism: false },
    );
    expect(status).toBe("converged");
    expect(scale(x[0])).toBeAllclose(Math.sqrt(square), { relative: 1e-6 });
  });

  test("T22: a start at the minimiser stays, one where the function is 0 moves", async () => {
    const f = {
      value: ([x]: Vector) => x * x - 4,
      gradient: ([x]: Vector) => Float64Array.of(2 * x),
      hvp: (_: Vector, [v]: Vector) => Float64Array.of(2 * v),
    };
    expect(await minimize(f, [0], { method })).toMatchObject({ status: "converged", iterations: 0, value: -4 });
    const moved = await minimize(f, [2], { method });
    expect(moved.status).toBe("converged");
    expect(moved.value).toBeAllclose(-4);
  });
});

test("T13b: a logarithm on a quadratic whose minimum is where the logarithm holds it", async () => {
  // ½(x − 3)² + 10(y − x)² − log x − log y is convex; its minimum has a zero gradient.
  const { x, status } = await minimum(
    (p) => {
      const [a, b] = [p.ref.slice(0), p.slice(1)];
      const bowl = np
        .square(a.ref.sub(3))
        .mul(0.5)
        .add(np.square(b.ref.sub(a.ref)).mul(10));
      return bowl.sub(np.log(a)).sub(np.log(b));
    },
    [1e-4, 40],
  );
  expect(status).toBe("converged");
  expect(x[0] - 3 + 20 * (x[0] - x[1]) - 1 / x[0]).toBeAllclose(0, { absolute: 1e-8 });
  expect(20 * (x[1] - x[0]) - 1 / x[1]).toBeAllclose(0, { absolute: 1e-8 });
});

test("T14: what is NaN everywhere, or has no minimum, is no success", async () => {
  const nowhere = {
    value: () => Number.NaN,
    gradient: () => Float64Array.of(Number.NaN),
    hvp: () => Float64Array.of(0),
  };
  expect((await minimize(nowhere, [1])).status).toBe("nonfinite");
  const fall = {
    value: ([x]: Vector) => -Math.exp(x),
    gradient: ([x]: Vector) => Float64Array.of(-Math.exp(x)),
    hvp: ([x]: Vector, [v]: Vector) => Float64Array.of(-Math.exp(x) * v),
  };
  expect((await minimize(fall, [0], { maxIterations: 100 })).status).not.toMatch(/converged/);
});

test("T15: a cost of e³⁰⁰ is followed", async () => {
  const { x, status } = await minimum((p) => np.exp(np.square(p.sub(1)).sum()), [18.3, 1]);
  expect(status).toBe("converged");
  // exp is flat at its minimum: √ε of the digits.
  expect(x).toBeAllclose([1, 1], { absolute: 1e-6 });
});

test("T19: a sum of squares in float32", async () => {
  const { x, status } = await minimum((p) => np.square(p).sum(), [3, -2, 1], { method: "lbfgs", dtype: "float32" });
  expect(status).toBe("converged");
  expect(x).toBeAllclose([0, 0, 0], { absolute: 1e-6 });
});

test("T34: x log x of 10,000 variables with a term that joins them", async () => {
  const n = 10_000;
  const { x, status } = await minimum(
    (p) =>
      p.ref
        .mul(np.log(p.ref))
        .sum()
        .add(np.square(p.mean().sub(1)).mul(n)),
    Array.from({ length: n }, (_, i) => 0.2 + i / n),
  );
  expect(status).toBe("converged");
  // All are equal: log x + 1 + 2(x − 1) = 0.
  let root = 0.5;
  for (let k = 0; k < 60; k++) root -= (Math.log(root) + 2 * root - 1) / (1 / root + 2);
  expect(Math.max(...x.map((v) => Math.abs(v - root)))).toBeLessThan(1e-6);
});

test.each([1e-10, 1e-6, 1e-3])("T38: noise of %sin the function ends near its minimum", async (eta) => {
  const noisy = {
    value: ([x, y]: Vector) => (x - 1) ** 2 + 10 * (y - 1) ** 2 + eta * Math.sin(1e9 * x + 3e9 * y),
    gradient: ([x, y]: Vector) => Float64Array.of(2 * (x - 1), 20 * (y - 1)),
    hvp: (_: Vector, [v, w]: Vector) => Float64Array.of(2 * v, 20 * w),
  };
  const { x, status } = await minimize(noisy, [-1.2, 2], { checkDeterminism: false });
  expect(Math.hypot(x[0] - 1, x[1] - 1)).toBeLessThan(3 * Math.sqrt(eta) + 1e-9);
  expect(["converged", "stalled"]).toContain(status);
});

test("T39: the kink of a sum of absolute values is reached", async () => {
  const { x } = await minimize(
    {
      value: ([x, y]) => Math.abs(x - 1) + 2 * Math.abs(y + 2),
      gradient: ([x, y]) => Float64Array.of(Math.sign(x - 1), 2 * Math.sign(y + 2)),
      hvp: (_, v) => v.map(() => 0),
    },
    [4, 3],
  );
  expect(x).toBeAllclose([1, -2], { absolute: 1e-3 });
});

test("T40: asynchronous functions, and one that rejects", async () => {
  const later = {
    value: async ([x]: Vector) => (x - 3) ** 2,
    gradient: async ([x]: Vector) => Float64Array.of(2 * (x - 3)),
    hvp: async (_: Vector, [v]: Vector) => Float64Array.of(2 * v),
  };
  expect(await minimize(later, [0])).toMatchObject({ status: "converged", x: Float64Array.of(3) });
  const rejecting = { ...later, value: () => Promise.reject(new Error("no connection")) };
  await expect(minimize(rejecting, [0])).rejects.toThrow("no connection");
});

test("T41: (x − 3)¹⁰ is flat, and ends", async () => {
  const { x, status, iterations } = await minimum((p) => np.power(p.sub(3), 10).sum(), [0]);
  expect(status).toBe("converged");
  expect(iterations).toBeLessThan(300);
  expect(x[0]).toBeAllclose(3, { absolute: 0.05 });
});

test.each([1e-6, 1, 1e6])("T42: a Weibull likelihood in units of %s has the same shape", async (unit) => {
  const y = at(50, (i) => 2 * (-Math.log(1 - (i + 0.5) / 50)) ** (1 / 1.7));
  const logs = np.array(y.map((v) => Math.log(unit * v)));
  const { x, status } = await minimum(
    (p) => {
      const [a, b] = [p.ref.slice(0), p.slice(1)];
      const z = logs.ref.sub(b).mul(np.exp(a.ref));
      return np.sum(np.exp(z.ref).sub(z).sub(a));
    },
    [0, Math.log(unit)],
  );
  expect(status).toBe("converged");
  // Zero score: the mean of (z·eᶻ − z) is 1, that of eᶻ too.
  const z = y.map((v) => (Math.log(unit * v) - x[1]) * Math.exp(x[0]));
  const mean = (f: (z: number) => number) => z.reduce((sum, v) => sum + f(v), 0) / z.length;
  expect([mean(Math.exp), mean((v) => v * Math.exp(v) - v)]).toBeAllclose([1, 1], { relative: 1e-6 });
});

test("T43: an offset of 1e10", async () => {
  const { x, status } = await minimum(
    (p) => {
      const [a, b] = [p.ref.slice(0), p.slice(1)];
      return np
        .square(np.subtract(1, a.ref))
        .add(np.square(b.sub(np.square(a))).mul(100))
        .sub(1e10);
    },
    [-1.2, 1],
  );
  expect(status).toBe("converged");
  // 1e10 leaves 2e-6 of the function, and its root of the parameters.
  expect(x).toBeAllclose([1, 1], { absolute: 1e-2 });
});

test("T58: Ackley's function is followed to its kink; on it, the gradient is said to be none", async () => {
  const ackley = (p: np.Array) => {
    const r = np.sqrt(np.square(p.ref).mean());
    const c = np.cos(p.mul(2 * Math.PI)).mean();
    return np
      .exp(r.mul(-0.2))
      .mul(-20)
      .sub(np.exp(c))
      .add(20 + Math.E);
  };
  const near = await minimum(ackley, [0.1, -0.15]);
  expect(near.value).toBeLessThan(1e-3);
  expect(near.x).toBeAllclose([0, 0], { absolute: 1e-3 });
  const on = await minimum(ackley, [0, 0]);
  expect(on).toMatchObject({ status: "nonfinite", x: [0, 0] });
  expect(on.message).toContain("The gradient is not finite: reciprocal of 0");
});

test("T60: a separable logistic regression ends with all right, and its parameters finite", async () => {
  const x = np.array(Float64Array.of(-3, -2, -1, 1, 2, 3));
  const y = np.array(Float64Array.of(-1, -1, -1, 1, 1, 1));
  const result = await minimum(
    (p) => {
      const z = x.ref.mul(p.ref.slice(0)).add(p.slice(1)).mul(y.ref);
      return np.log(np.add(1, np.exp(z.neg()))).sum();
    },
    [0, 0],
  );
  expect(result.value).toBeLessThan(1e-6);
  expect(result.x.every(Number.isFinite)).toBe(true);
});
