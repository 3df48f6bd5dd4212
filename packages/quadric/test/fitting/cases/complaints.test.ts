/**
 * What users of the most used fitter of npm, ml-levenberg-marquardt, have complained of: each number is that of its
 * issue or request at github.com/mljs/levenberg-marquardt.
 */
import { describe, expect, test } from "vitest";
import { curveFit } from "../../../src/fitting/curve-fit.ts";
import { makeRandom } from "../../../src/vector/random.ts";

const sine = (t: number, [a, b]: number[]) => a * Math.sin(b * t);

describe("#40, the first example does not converge, and much depends on the start", () => {
  const x = Float64Array.from({ length: 1000 }, (_, i) => (i / 1000) * 2 * Math.PI);
  const y = x.map((t) => 2 * Math.sin(2 * t));

  test.each([[[1, 1.7]], [[10, 2.3]], [[0.1, 1.9]], [[-3, 2.2]]])("from %j", async (start) => {
    const { status, parameters } = await curveFit(sine, x, y, { start });
    expect(status).toBe("converged");
    expect(parameters[0]).toBeCloseTo(2, 8);
    expect(parameters[1]).toBeCloseTo(2, 8);
  });

  // Between (1, 1) and (2, 2) lies a ridge: there the sum of squares has a minimum of its own.
  test("from (1, 1) with ten starts", async () => {
    const { parameters, starts } = await curveFit(sine, x, y, {
      start: [1, 1],
      bounds: [
        [0, 5],
        [0.1, 5],
      ],
      multistart: { count: 10 },
    });
    expect(parameters[0]).toBeCloseTo(2, 8);
    expect(parameters[1]).toBeCloseTo(2, 8);
    expect(starts?.tried).toBe(10);
    expect(starts?.costs.length).toBe(10);
  });
});

describe("#18 and #41, the tolerance is about the size of the residuals", () => {
  const x = Array.from({ length: 30 }, (_, i) => i / 5);

  test.each([1e-12, 1, 1e12])("noisy data converge, and exact ones do, in units of %d", async (unit) => {
    const random = makeRandom(3);
    const exact = x.map((t) => unit * (2 * Math.exp(-0.5 * t) + 1));
    const noisy = exact.map((value) => value + 0.3 * unit * random.normal());
    const model = (t: number, { a, b, c }: { a: number; b: number; c: number }) => a * Math.exp(-b * t) + c;
    const start = { a: unit, b: 1, c: 0.1 * unit };
    const [first, second] = [await curveFit(model, x, exact, { start }), await curveFit(model, x, noisy, { start })];
    expect(first.status).toBe("converged");
    expect(first.parameters.b).toBeCloseTo(0.5, 9);
    expect(second.status).toBe("converged");
    expect(second.parameters.a / unit).toBeCloseTo(
      (await curveFit(model, x, noisy, { start })).parameters.a / unit,
      12,
    );
  });
});

test("#14, a line through data that are none ends at the line of least squares", async () => {
  const y = [1.059, 0.82, 0.89, 0.696, 0.579, 0.527, 0.541, 0.585, 0.485, 0.514, 0.413, 0.381, 0.351, 0.324, 0.299];
  const x = y.map((_, i) => 0.005 * (i + 1));
  const { parameters, status } = await curveFit((t, { m, b }) => m * t + b, x, y, { start: { m: -4, b: 1 } });
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length;
  const slope = mean(x.map((t, i) => (t - mean(x)) * (y[i] - mean(y)))) / mean(x.map((t) => (t - mean(x)) ** 2));
  expect(status).toBe("converged");
  expect(parameters.m).toBeCloseTo(slope, 8);
  expect(parameters.b).toBeCloseTo(mean(y) - slope * mean(x), 8);
});

test("#11 and #15, four parameters of a dose response, with bounds", async () => {
  const x = Array.from({ length: 32 }, (_, i) => 10 ** (i / 4 - 4));
  const dose = (t: number, [a, b, c, d]: number[]) => a + (b - a) / (1 + (c / t) ** d);
  const { parameters, status } = await curveFit(
    dose,
    x,
    x.map((t) => dose(t, [0, 2, 0.2, 0.8])),
    {
      start: [0.5, 1, 1, 1],
      bounds: { 2: [1e-6, Infinity], 3: [0.1, 5] },
    },
  );
  expect(status).toBe("converged");
  [0, 2, 0.2, 0.8].forEach((value, j) => {
    expect(parameters[j]).toBeCloseTo(value, 8);
  });
});

test("#46, steps that raise the error are not kept", async () => {
  const x = Array.from({ length: 20 }, (_, i) => i);
  const y = x.map((t) => 2 * Math.sin(2 * t));
  const costs: number[] = [];
  for (let maxIterations = 0; maxIterations < 30; maxIterations++) {
    costs.push((await curveFit(sine, x, y, { start: [3, 2.9], maxIterations })).cost);
  }
  costs.slice(1).forEach((cost, i) => {
    expect(cost).toBeLessThanOrEqual(costs[i] * (1 + 1e-12));
  });
});

describe("functions that are not defined everywhere", () => {
  const x = [1, 2, 3, 4, 5];
  const y = x.map((t) => Math.sqrt(t - 0.5));

  test("a step to where the model is NaN is refused", async () => {
    const { status, parameters } = await curveFit((t, { a, b }) => a * Math.sqrt(t - b), x, y, {
      start: { a: 3, b: -4 },
    });
    expect(status).toBe("converged");
    expect(parameters.a).toBeCloseTo(1, 8);
    expect(parameters.b).toBeCloseTo(0.5, 8);
  });

  test("a start where it is NaN is said so, and stays", async () => {
    const { status, parameters, notes } = await curveFit((t, { b }) => Math.sqrt(t - b), x, y, { start: { b: 3 } });
    expect(status).toBe("nonfinite");
    expect(parameters.b).toBe(3);
    expect(notes[0].kind).toBe("not-converged");
  });
});

test("#17 and #19, standard deviations of the data: a point of a thousandth of the weight hardly counts", async () => {
  const x = [0, 1, 2, 3];
  const y = [1, 3, 5, 100];
  const line = (t: number, { m, b }: { m: number; b: number }) => m * t + b;
  const { parameters, standardErrors } = await curveFit(line, x, y, {
    start: { m: 1, b: 1 },
    sigma: [0.1, 0.1, 0.1, 1000],
    absoluteSigma: true,
  });
  expect(parameters.m).toBeCloseTo(2, 4);
  expect(standardErrors.m).toBeCloseTo(0.1 / Math.sqrt(2), 4);
});

test("several variables, names, and complex values: none of them is there", async () => {
  const rows = Array.from({ length: 12 }, (_, i) => [i % 4, Math.floor(i / 4)]);
  const plane = await curveFit(
    ([u, v], { a, b, c }) => a * u + b * v + c,
    rows,
    rows.map(([u, v]) => 2 * u - v + 3),
    {
      start: { a: 0, b: 0, c: 0 },
    },
  );
  expect(plane.parameters).toEqual({ a: expect.closeTo(2, 9), b: expect.closeTo(-1, 9), c: expect.closeTo(3, 9) });

  const frequencies = Array.from({ length: 20 }, (_, i) => 10 ** (i / 5 - 2));
  // A resistor and a capacitor in parallel: Z = R/(1 + iωRC).
  const impedance = (w: number, { R, C }: { R: number; C: number }) => {
    const size = R / (1 + (w * R * C) ** 2);
    return { re: size, im: -size * w * R * C };
  };
  const data = frequencies.map((w) => impedance(w, { R: 100, C: 0.02 }));
  const y = { re: data.map(({ re }) => re), im: data.map(({ im }) => im) };
  const fit = await curveFit(impedance, frequencies, y, {
    start: { R: 10, C: 0.1 },
    bounds: { R: [0, Infinity], C: [0, Infinity] },
  });
  expect(fit.parameters).toEqual({ R: expect.closeTo(100, 6), C: expect.closeTo(0.02, 9) });
  expect(fit.degreesOfFreedom).toBe(38);
});
