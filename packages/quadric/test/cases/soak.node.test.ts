/**
 * Random well-posed fits and minimisations with known answers, in units over 24 decades: never wrong with a success status, hardly ever
 * right with another. `npm run soak:fits` runs 2,000 of them and prints the shares.
 */
import { expect, test } from "vitest";
import { minimizeLeastSquares, type ResidualClosures } from "../../src/training/least-squares.ts";
import { minimize } from "../../src/training/minimize.ts";
import { makeRandom } from "../../src/vector/random.ts";
import type { Vector } from "../../src/vector/vector.ts";

const runs = Number(process.env.QUADRIC_SOAK ?? 120);
const points = Array.from({ length: 30 }, (_, i) => i / 10);

/** y = f(x; p) with derivatives in p, all of size one. */
type Model = (p: ArrayLike<number>, x: number) => readonly [value: number, ...slopes: number[]];

const models: readonly Model[] = [
  (p, x) => [p[0] + p[1] * x, 1, x],
  (p, x) => {
    const e = Math.exp(-p[1] * x);
    return [p[0] * e, e, -p[0] * x * e];
  },
  (p, x) => {
    const u = (x - p[1]) / p[2];
    const e = Math.exp(-u * u);
    return [p[0] * e, e, (2 * p[0] * u * e) / p[2], (2 * p[0] * u * u * e) / p[2]];
  },
  (p, x) => [(p[0] * x) / (p[1] + x), x / (p[1] + x), (-p[0] * x) / (p[1] + x) ** 2],
];
const sizes = [2, 2, 3, 2];

/** The residuals of a model whose parameters and values have units of their own. */
function inUnits(model: Model, truth: readonly number[], units: readonly number[], unit: number): ResidualClosures {
  const y = points.map((x) => model(truth, x)[0]);
  const scaled = (w: Vector) => truth.map((_, j) => w[j] / units[j]);
  const slopes = (w: Vector) => points.map((x) => model(scaled(w), x).slice(1));
  return {
    residuals: (w) => Float64Array.from(points, (x, i) => unit * (model(scaled(w), x)[0] - y[i])),
    jvp: (w, v) =>
      Float64Array.from(slopes(w), (row) => unit * row.reduce((sum, d, j) => sum + (d * v[j]) / units[j], 0)),
    vjp: (w, u) => {
      const rows = slopes(w);
      return Float64Array.from(truth, (_, j) =>
        rows.reduce((sum, row, i) => sum + (unit * row[j] * u[i]) / units[j], 0),
      );
    },
  };
}

test(`${runs} random problems in random units`, async () => {
  const random = makeRandom(7);
  const decades = (): number => 10 ** (24 * random.uniform() - 12);
  const tally = { right: 0, falseSuccess: 0, falseFailure: 0, wrongAndSaid: 0 };
  for (let k = 0; k < runs; k++) {
    const which = k % (models.length + 1);
    const dtype = k % 2 === 0 ? "float64" : "float32";
    const size = sizes[which] ?? 3;
    const truth = Array.from({ length: size }, () => 0.5 + random.uniform());
    const units = truth.map(() => decades());
    const unit = decades();
    const start = truth.map((t, j) => t * units[j] * 1.3 ** (2 * random.uniform() - 1));
    const curved = (w: ArrayLike<number>) => truth.map((t, j) => w[j] / units[j] / t);
    const { x, status } =
      which < models.length
        ? await minimizeLeastSquares(inUnits(models[which], truth, units, unit), start, { dtype })
        : // Σ u − log u of u = w/truth: least at the truth
          await minimize(
            {
              value: (w) => unit * curved(w).reduce((sum, u) => sum + (u > 0 ? u - Math.log(u) : Number.NaN), 0),
              gradient: (w) => Float64Array.from(curved(w), (u, j) => (unit * (1 - 1 / u)) / units[j] / truth[j]),
              hvp: (w, v) => Float64Array.from(curved(w), (u, j) => (unit * v[j]) / (u * units[j] * truth[j]) ** 2),
            },
            start,
            { dtype },
          );
    const error = Math.max(...truth.map((t, j) => Math.abs(x[j] / units[j] / t - 1)));
    const isRight = error < (dtype === "float64" ? 1e-6 : 1e-2);
    if (status === "converged") tally[isRight ? "right" : "falseSuccess"]++;
    else tally[isRight ? "falseFailure" : "wrongAndSaid"]++;
  }
  if (process.env.QUADRIC_SOAK) console.log(JSON.stringify(tally));
  expect(tally.falseSuccess).toBe(0);
  expect(tally.falseFailure).toBeLessThanOrEqual(0.01 * runs);
  expect(tally.right).toBeGreaterThanOrEqual(0.95 * runs);
});
