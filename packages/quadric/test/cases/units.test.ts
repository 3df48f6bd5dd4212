/** The same problem in other units ends at the same point, with a success status. */
import { describe, expect, test } from "vitest";
import { losses } from "../../src/models/losses.ts";
import { mlp } from "../../src/models/mlp.ts";
import { supervised } from "../../src/models/supervised.ts";
import { norms } from "../../src/norm/norms.ts";
import { type Closures, closuresObjective } from "../../src/objective/closures.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import { noBatches } from "../../src/training/batches.ts";
import { fit } from "../../src/training/fit.ts";
import { minimizeLeastSquares } from "../../src/training/least-squares.ts";
import { type MinimizeMethod, minimize } from "../../src/training/minimize.ts";
import { makeRandom } from "../../src/vector/random.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { functionIn, type Residuals, residualsIn } from "../helpers/in-units.ts";

const powers = (from: number, to: number, by: number): number[] =>
  Array.from({ length: (to - from) / by + 1 }, (_, i) => 10 ** (from + by * i));

const sumOf = (v: Iterable<number>): number => [...v].reduce((sum, x) => sum + x, 0);

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

describe("71 parameters in units over 24 decades", () => {
  const d = 71;
  const random = makeRandom(11);
  const units = Float64Array.from({ length: d }, () => 10 ** (24 * random.uniform() - 12));
  const one = new Float64Array(d).fill(1);
  /** x_{i+1} = x_i² and x_i = 1: a long curved valley. */
  const valley: Residuals = {
    residuals: (x) =>
      Array.from({ length: 2 * (d - 1) }, (_, k) => (k % 2 ? 1 - x[k >> 1] : 10 * (x[(k >> 1) + 1] - x[k >> 1] ** 2))),
    jacobian: (x) =>
      Array.from({ length: 2 * (d - 1) }, (_, k) => {
        const row = new Float64Array(d);
        row[k >> 1] = k % 2 ? -1 : -20 * x[k >> 1];
        if (k % 2 === 0) row[(k >> 1) + 1] = 10;
        return row;
      }),
  };
  const valleyStart = one.map((_, i) => (i % 2 ? 1 : -1.2));
  /** Σ u − log u + (Σu − d)²/d, least at one. */
  const barrier = {
    value: (u: Vector) => sumOf(Float64Array.from(u, (x) => (x > 0 ? x - Math.log(x) : NaN))) + (sumOf(u) - d) ** 2 / d,
    gradient: (u: Vector) => Float64Array.from(u, (x) => 1 - 1 / x + (2 * (sumOf(u) - d)) / d),
    hvp: (u: Vector, v: Vector) => Float64Array.from(v, (x, j) => x / u[j] ** 2 + (2 * sumOf(v)) / d),
  };
  const barrierStart = one.map(() => 4 ** (2 * random.uniform() - 1));

  test.each([1e-12, 1e12])("residuals times %d end where they end without, with the same status", async (unit) => {
    for (const u of [one, units]) {
      const { x, status } = await minimizeLeastSquares(
        residualsIn(u, unit, valley),
        valleyStart.map((s, j) => s * u[j]),
      );
      expect(status).toBe("converged");
      for (let j = 0; j < d; j++) expect(Math.abs(x[j] / u[j] - 1)).toBeLessThan(1e-6);
    }
  });

  test.each([1e-12, 1, 1e12])("a function times %d ends where it ends without, with the same status", async (unit) => {
    const steps: number[] = [];
    for (const u of [one, units]) {
      const start = barrierStart.map((s, j) => s * u[j]);
      const { x, status, iterations } = await minimize(functionIn(u, unit, barrier), start);
      expect(status).toBe("converged");
      for (let j = 0; j < d; j++) expect(Math.abs(x[j] / u[j] - 1)).toBeLessThan(1e-6);
      steps.push(iterations);
    }
    expect(steps[1]).toBe(steps[0]);
  });

  test("a norm that does not fit the units is found out", async () => {
    for (const method of ["lbfgs", trustRegion({ norm: norms.euclidean() })] as const) {
      const { status, message, x } = await minimizeLeastSquares(
        residualsIn(units, 1, valley),
        valleyStart.map((s, j) => s * units[j]),
        { method, maxIterations: 50 },
      );
      expect(Math.abs(x[40] / units[40] - 1)).toBeGreaterThan(1e-3);
      expect(status, message).not.toBe("converged");
    }
  });

  test("a full batch ends where it ends without, with the same status", async () => {
    for (const u of [one, units]) {
      const f = functionIn(u, 1, barrier);
      const objective = closuresObjective(
        f,
        barrierStart.map((s, j) => s * u[j]),
      );
      const run = trustRegion().start(
        objective,
        barrierStart.map((s, j) => s * u[j]),
        { batches: noBatches() },
      );
      let status: string | undefined;
      for (let k = 0; k < 60 && !status; k++) status = (await run.step(noBatches())).status;
      expect(status).toBe("converged");
      for (let j = 0; j < d; j++) expect(Math.abs(run.parameters[j] / u[j] - 1)).toBeLessThan(1e-6);
    }
  });
});

test("a network of 91 parameters at the noise of its residuals has converged, rounding", async () => {
  const x = Float64Array.from({ length: 40 }, (_, i) => -1 + i / 19.5);
  const y = Float32Array.from(x, (v) => 1e-6 * Math.sin(3 * v));
  const data = { x: { shape: [40, 1], data: Float32Array.from(x) }, y: { shape: [40, 1], data: y } };
  const { status, reason } = await fit(supervised(mlp([1, 30, 1]), losses.squaredError), data, { steps: 400, seed: 1 });
  expect([status, reason]).toEqual(["converged", "rounding"]);
});
