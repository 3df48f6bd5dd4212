import { describe, expect, test } from "vitest";
import { denseOperator } from "../../src/curvature/dense.ts";
import type { LinearOperator } from "../../src/curvature/operator.ts";
import { estimateTrace } from "../../src/curvature/trace.ts";
import { whitened } from "../../src/curvature/whitened.ts";
import { norms } from "../../src/norm/norms.ts";
import { inner } from "../helpers/dense.ts";
import "../helpers/matchers.ts";
import { knownProblem } from "../helpers/random-problems.ts";

const { rows, metric, size } = knownProblem(2, { size: 80, kind: "indefinite", decades: 1 });
const operator = denseOperator(Float64Array.from(rows.flat()), size);
const trace = rows.reduce((sum, row, i) => sum + row[i], 0);

/** Root mean square error over seeds. */
async function rms(target: LinearOperator, exact: number, options: object, seeds = 60): Promise<number> {
  let sum = 0;
  for (let seed = 0; seed < seeds; seed++)
    sum += ((await estimateTrace(target, { ...options, seed })).value - exact) ** 2;
  return Math.sqrt(sum / seeds);
}

/** Q diag(λ) Qᵀ with λ_i = i^{−power}, Q a reflection. */
function decaying(d: number, power: number): { operator: LinearOperator; trace: number } {
  const lambda = Float64Array.from({ length: d }, (_, i) => (i + 1) ** -power);
  const u = lambda.map((_, i) => Math.sin(3 * i + 1));
  const square = u.reduce((sum, x) => sum + x * x, 0);
  const reflect = (v: ArrayLike<number>) => {
    const along = (2 * u.reduce((sum, x, i) => sum + x * v[i], 0)) / square;
    return Float64Array.from(v, (x, i) => x - along * u[i]);
  };
  return {
    operator: {
      size: d,
      multiply: (v) => reflect(reflect(v).map((x, i) => lambda[i] * x)),
    },
    trace: lambda.reduce((sum, x) => sum + x, 0),
  };
}

describe("estimateTrace()", () => {
  test("Hutchinson's error is √(2/m)·‖offdiag B‖_F, and so is its own standard error", async () => {
    const off = Math.sqrt(rows.reduce((sum, row, i) => sum + row.reduce((s, x, j) => s + (i === j ? 0 : x * x), 0), 0));
    for (const products of [8, 128]) {
      const predicted = Math.sqrt(2 / products) * off;
      const error = await rms(operator, trace, { method: "hutchinson", products });
      // The root mean square of 60 samples is known to 1/√120 = 9 %; three of those.
      expect(error / predicted).toBeGreaterThan(0.73);
      expect(error / predicted).toBeLessThan(1.27);
      const { standardError } = await estimateTrace(operator, { method: "hutchinson", products: 512 });
      expect(standardError).toBeAllclose(Math.sqrt(2 / 512) * off, { relative: 0.15 });
    }
  });

  test("Hutch++ converges like 1/m on positive semidefinite matrices whose eigenvalues decay, Hutchinson like 1/√m", async () => {
    const { operator: psd, trace: exact } = decaying(300, 1.5);
    const errors = async (method: string) => [
      await rms(psd, exact, { method, products: 12 }, 30),
      await rms(psd, exact, { method, products: 96 }, 30),
    ];
    const [few, many] = await errors("hutch++");
    expect(few).toBeLessThan(exact / 12);
    expect(many).toBeLessThan(exact / 96);
    expect(few / many).toBeGreaterThan(8); // eight times the products
    const [fewPlain, manyPlain] = await errors("hutchinson");
    expect(fewPlain / manyPlain).toBeLessThan(8);
    expect(many).toBeLessThan(0.3 * manyPlain);
  });

  test("Hutch++ is exact for matrices that a third of the products span", async () => {
    const low = decaying(50, 0).operator;
    const rankOne: LinearOperator = {
      ...low,
      multiply: (v) => v.map((_, i) => Math.cos(i) * inner(Float64Array.from(v, (_, j) => Math.cos(j)), v)), // biome-ignore format: one formula
    };
    const exact = Array.from({ length: 50 }, (_, i) => Math.cos(i) ** 2).reduce((sum, x) => sum + x, 0);
    const found = await estimateTrace(rankOne, { products: 6 });
    expect(found.value).toBeAllclose(exact);
    expect(found.products).toBe(6);
    const all = await estimateTrace(operator, { products: 3 * size });
    expect(all).toMatchObject({ standardError: 0, products: 2 * size });
    expect(all.value).toBeAllclose(trace);
  });

  test("in the A-norm is the trace of A⁻¹B", async () => {
    const exact = rows.reduce((sum, row, i) => sum + row[i] / metric[i], 0);
    const found = await estimateTrace(whitened(operator, norms.diagonal(metric)), { products: 3 * size });
    expect(found.value).toBeAllclose(exact);
    const few = await estimateTrace(whitened(operator, norms.diagonal(metric)), { products: 90 });
    expect(Math.abs(few.value - exact)).toBeLessThan(4 * few.standardError);
  });

  test("says what must hold when misused, and NaN when a product was", async () => {
    await expect(estimateTrace(operator, { products: 2 })).rejects.toThrow("products must be an integer >= 3, got 2.");
    await expect(estimateTrace(operator, { method: "exact" as never })).rejects.toThrow(
      "one of hutchinson, hutch++, got exact.",
    );
    const broken = { ...operator, multiply: (v: ArrayLike<number>) => Float64Array.from(v, () => Number.NaN) };
    expect((await estimateTrace(broken)).value).toBeNaN();
  });
});
