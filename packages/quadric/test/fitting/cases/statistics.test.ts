/** What a fit says of its parameters: against scipy's curve_fit, closed forms and simulation. */
import { describe, expect, test } from "vitest";
import { curveFit } from "../../../src/fitting/curve-fit.ts";
import { makeRandom } from "../../../src/vector/random.ts";
import reference from "../../fixtures/curve-fits.json" with { type: "json" };

const decay = (t: number, { a, b, c }: { a: number; b: number; c: number }) => a * Math.exp(-b * t) + c;

describe.each(["relative", "absolute"] as const)("with %s sigma", (kind) => {
  const { x, y, sigma, ...answers } = reference.weighted;
  const expected = answers[kind];
  const options = { start: { a: 1, b: 1, c: 0 }, sigma, absoluteSigma: kind === "absolute" };

  test("parameters and covariance are those of scipy's curve_fit", async () => {
    const { parameters, covariance, standardErrors, correlation } = await curveFit(decay, x, y, options);
    Object.values(parameters).forEach((value, i) => {
      expect(value / expected.parameters[i]).toBeCloseTo(1, 8);
    });
    const { covariance: C } = expected;
    covariance.forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value / C[i][j]).toBeCloseTo(1, 7);
        expect(correlation[i][j]).toBeCloseTo(C[i][j] / Math.sqrt(C[i][i] * C[j][j]), 7);
      });
    });
    expect(standardErrors.b).toBeCloseTo(Math.sqrt(C[1][1]), 8);
  });

  test.each(["confidence", "prediction"] as const)("the 90 %% band of %s is that of the textbook", async (band) => {
    const { predict } = await curveFit(decay, x, y, options);
    const { values, lower, upper } = predict(expected.at, { band, level: 0.9, sigma: 0.1 });
    expected[band].forEach((half, i) => {
      expect((upper[i] - values[i]) / half).toBeCloseTo(1, 7);
      expect((values[i] - lower[i]) / half).toBeCloseTo(1, 7);
    });
  });
});

test("of a line everything is that of the closed form", async () => {
  const x = [0, 1, 2, 3, 4];
  const y = [1.1, 2.9, 5.2, 6.8, 9.1];
  const fit = await curveFit((t, [a, b]) => a + b * t, x, y, { start: [0, 0] });
  const slope = 19.9 / 10; // Σ(x − 2)(y − ȳ)/Σ(x − 2)²
  const chiSquared = y.reduce((sum, value, i) => sum + (value - 5.02 - slope * (x[i] - 2)) ** 2, 0);
  expect(fit.parameters[1]).toBeCloseTo(slope, 9);
  expect(fit.parameters[0]).toBeCloseTo(5.02 - 2 * slope, 9);
  expect(fit.chiSquared).toBeCloseTo(chiSquared, 9);
  expect(fit.cost).toBeCloseTo(chiSquared / 2, 9);
  expect(fit.degreesOfFreedom).toBe(3);
  expect(fit.reducedChiSquared).toBeCloseTo(chiSquared / 3, 9);
  expect(fit.standardErrors[1]).toBeCloseTo(Math.sqrt(chiSquared / 3 / 10), 9);
  expect(fit.covariance[0][1]).toBeCloseTo((-2 * chiSquared) / 3 / 10, 9);
  expect(fit.rank).toBe(2);
  expect(fit.notes).toEqual([]);
  y.forEach((value, i) => {
    expect(fit.residuals[i]).toBeCloseTo(fit.parameters[0] + fit.parameters[1] * x[i] - value, 12);
  });
});

test("95 % intervals of all parameters and bands cover the truth in 93 to 97 % of 1,000 simulated fits", async () => {
  const random = makeRandom(1);
  const x = Float64Array.from({ length: 25 }, (_, i) => i / 6);
  const truth = { a: 2.5, b: 1.3, c: 0.5 };
  const fit = await curveFit.prepare(decay, { start: { a: 1, b: 1, c: 0 } });
  const covered = { a: 0, b: 0, c: 0, curve: 0, measurement: 0 };
  const runs = 1000;
  const t = 2.0738730679; // of 22 degrees of freedom
  for (let run = 0; run < runs; run++) {
    const y = x.map((value) => decay(value, truth) + 0.1 * random.normal());
    const { parameters, standardErrors, predict } = fit(x, y);
    for (const name of ["a", "b", "c"] as const) {
      covered[name] += Number(Math.abs(parameters[name] - truth[name]) <= t * standardErrors[name]);
    }
    const isIn = (value: number, { lower, upper }: { lower: Float64Array; upper: Float64Array }) =>
      Number(value >= lower[0] && value <= upper[0]);
    covered.curve += isIn(decay(1, truth), predict([1], { band: "confidence" }));
    covered.measurement += isIn(decay(1, truth) + 0.1 * random.normal(), predict([1], { band: "prediction" }));
  }
  for (const [name, count] of Object.entries(covered)) {
    expect(count / runs, name).toBeGreaterThanOrEqual(0.93);
    expect(count / runs, name).toBeLessThanOrEqual(0.97);
  }
});

describe("what is to be known before the numbers are trusted", () => {
  const x = [0, 1, 2, 3, 4, 5];
  const y = [3, 2.2, 1.5, 1.2, 0.8, 0.6];

  test("parameters that only enter as their product are undetermined, and the others keep their errors", async () => {
    const { status, notes, standardErrors, rank, covariance } = await curveFit(
      (t, { a, b, c }) => a * b * Math.exp(-c * t),
      x,
      y,
      { start: { a: 1, b: 1, c: 1 } },
    );
    const plain = await curveFit((t, { a, c }) => a * Math.exp(-c * t), x, y, { start: { a: 1, c: 1 } });
    expect(status).toBe("converged");
    expect(rank).toBe(2);
    expect(notes.map(({ kind, parameters }) => [kind, parameters])).toEqual([["undetermined", ["a", "b"]]]);
    expect(notes[0].message).toContain("J is singular");
    expect(standardErrors.a).toBe(Infinity);
    expect(standardErrors.b).toBe(Infinity);
    expect(standardErrors.c).toBeCloseTo(plain.standardErrors.c, 8);
    expect(covariance[2][0]).toBeNaN();
  });

  test("a parameter that the model does not use is undetermined", async () => {
    const { notes, standardErrors, parameters } = await curveFit((t, { a, c }) => (c > 0 ? a * t : 0), x, y, {
      start: { a: 1, c: 1 },
    });
    expect(notes.map(({ kind, parameters }) => [kind, parameters])).toEqual([["undetermined", ["c"]]]);
    expect(standardErrors.c).toBe(Infinity);
    expect(parameters.c).toBe(1);
    expect(standardErrors.a).toBeGreaterThan(0);
  });

  test("at a bound a parameter has no error of its own, and the others' are given that it is there", async () => {
    const free = (t: number, { a, c }: { a: number; c: number }) => a * Math.exp(-c * t);
    const { notes, standardErrors, degreesOfFreedom } = await curveFit(free, x, y, {
      start: { a: 1, c: 0.1 },
      bounds: { c: [0, 0.2] },
    });
    const held = await curveFit(free, x, y, { start: { a: 1, c: 0.2 }, fixed: ["c"] });
    expect(notes.map(({ kind, parameters }) => [kind, parameters])).toEqual([["at-bound", ["c"]]]);
    expect(standardErrors.c).toBeNaN();
    expect(standardErrors.a).toBeCloseTo(held.standardErrors.a, 8);
    expect(degreesOfFreedom).toBe(5);
    expect(held.standardErrors.c).toBe(0);
    expect(held.notes).toEqual([]);
  });

  test("as many parameters as points leave no degrees of freedom, which is no error", async () => {
    const { status, notes, standardErrors, chiSquared } = await curveFit((t, { a, b }) => a + b * t, [1, 2], [3, 5], {
      start: { a: 0, b: 0 },
    });
    expect(status).toBe("converged");
    expect(chiSquared).toBeCloseTo(0, 12);
    expect(notes.map(({ kind }) => kind)).toEqual(["no-degrees-of-freedom", "correlated"].slice(0, notes.length));
    expect(standardErrors.a).toBeNaN();
  });
});
