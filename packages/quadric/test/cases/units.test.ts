/** The same problem in other units ends at the same point, with a success status. */
import { describe, expect, test } from "vitest";
import type { Closures } from "../../src/objective/closures.ts";
import { minimizeLeastSquares } from "../../src/training/least-squares.ts";
import { type MinimizeMethod, minimize } from "../../src/training/minimize.ts";

const powers = (from: number, to: number, by: number): number[] =>
  Array.from({ length: (to - from) / by + 1 }, (_, i) => 10 ** (from + by * i));

const base = Float64Array.from({ length: 40 }, (_, i) => (3 * i) / 39);
const exact = { a: 2.0045655827395263, k: 1.5013970171417625 };

/** a·exp(−kx) with x in units of sx and y in units of sy, its own derivatives given. */
function exponential(sx: number, sy: number) {
  const x = base.map((v) => v * sx);
  const y = base.map((v, i) => sy * (2 * Math.exp(-1.5 * v) + 0.01 * Math.sin(12.9898 * (i + 1) ** 2)));
  return {
    residuals: ([a, k]: Iterable<number> & ArrayLike<number>) => x.map((v, i) => a * Math.exp(-k * v) - y[i]),
    jvp: ([a, k]: Iterable<number> & ArrayLike<number>, [p, q]: Iterable<number> & ArrayLike<number>) =>
      x.map((v) => Math.exp(-k * v) * (p - a * v * q)),
    vjp: ([a, k]: Iterable<number> & ArrayLike<number>, u: Iterable<number> & ArrayLike<number>) => {
      let [p, q] = [0, 0];
      x.forEach((v, i) => {
        const e = Math.exp(-k * v);
        p += e * u[i];
        q -= a * v * e * u[i];
      });
      return Float64Array.of(p, q);
    },
  };
}

describe("one fit in 63 choices of units", () => {
  test("ends at the same parameters in all of them, in at most 400 steps together", async () => {
    let steps = 0;
    for (const sy of powers(-12, 12, 3))
      for (const sx of powers(-9, 9, 3)) {
        const { x, status, reason, iterations } = await minimizeLeastSquares(exponential(sx, sy), [sy, 1 / sx]);
        const where = `y in ${sy}, x in ${sx}: ${reason}`;
        expect(status, where).toBe("converged");
        expect(Math.abs(x[0] / sy / exact.a - 1), where).toBeLessThan(1e-7);
        expect(Math.abs((x[1] * sx) / exact.k - 1), where).toBeLessThan(1e-7);
        steps += iterations;
      }

    expect(steps).toBeLessThanOrEqual(400);
  });

  test.each(["tr-gltr", "tr-exact", "arc", "lbfgs"] as MinimizeMethod[])(
    "%s is never wrong with a success status",
    async (method) => {
      for (const sy of powers(-12, 12, 6))
        for (const sx of powers(-9, 9, 6)) {
          const { x, status } = await minimizeLeastSquares(exponential(sx, sy), [sy, 1 / sx], { method });
          const isRight = Math.abs(x[0] / sy / exact.a - 1) < 1e-4 && Math.abs((x[1] * sx) / exact.k - 1) < 1e-4;
          expect(isRight || status !== "converged", `y in ${sy}, x in ${sx}: ${status} at ${x}`).toBe(true);
        }
    },
  );
});

test("Rosenbrock's function in 25 choices of units ends at its minimum in all of them", async () => {
  for (const alpha of powers(-12, 12, 6))
    for (const u of powers(-6, 6, 3)) {
      const f: Closures = {
        value: ([x, y]) => alpha * ((1 - x / u) ** 2 + 100 * (y / u - (x / u) ** 2) ** 2),
        gradient: ([x, y]) => {
          const [p, q] = [x / u, y / u];
          return Float64Array.of(-2 * (1 - p) - 400 * p * (q - p * p), 200 * (q - p * p)).map((g) => (alpha * g) / u);
        },
        hvp: ([x, y], [v, w]) => {
          const [p, q] = [x / u, y / u];
          const h = 2 - 400 * (q - 3 * p * p);
          return Float64Array.of(h * v - 400 * p * w, -400 * p * v + 200 * w).map((b) => (alpha * b) / u / u);
        },
      };
      const { x, status } = await minimize(f, [-1.2 * u, u]);
      expect(status, `${alpha}, ${u}`).toBe("converged");
      expect(Math.abs(x[0] / u - 1), `${alpha}, ${u}`).toBeLessThan(1e-6);
    }
});
