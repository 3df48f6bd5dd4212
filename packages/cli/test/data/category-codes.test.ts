import { expect, test } from "vitest";
import { fitCodes } from "../../src/data/category-codes.ts";
import { makeDraws } from "../../src/statistics.ts";

const draw = makeDraws(3);
/** About normal: the sum of twelve uniform numbers. */
const normal = () => Array.from({ length: 12 }, () => draw(1e6) / 1e6).reduce((a, b) => a + b, -6);

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const centred = (x: ArrayLike<number>) => {
    const mean = Array.from(x).reduce((sum, value) => sum + value, 0) / x.length;
    return Array.from(x, (value) => value - mean);
  };
  const [u, v] = [centred(a), centred(b)];
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(u, v) / Math.sqrt(dot(u, u) * dot(v, v));
}

/** The first feature of places, that of training rows. */
const first = ({ codes, training }: ReturnType<typeof fitCodes>) => ({
  of: (place: number) => codes[place][0],
  rows: training.filter((_, k) => k % codes[0].length === 0),
});

test("a level's code is the mean of its rows, drawn to the mean of all by within/between rows", () => {
  // Levels 0, 1, 2 have 8, 4 and 2 rows around 0, 3 and 6, one above and one below in turns; 3 was never met.
  const places = Int32Array.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2]);
  const y = Float64Array.from(places, (place, i) => 3 * place + (i % 2 ? 1 : -1));
  const { of } = first(fitCodes(places, 4, [y]));
  // By hand: within = 14/(14 − 3), ȳ = 12/7, across = 8·(12/7)² + 4·(9/7)² + 2·(30/7)², n − Σn²/n = 14 − 84/14 = 8.
  const [mean, within] = [12 / 7, 14 / 11];
  const across = 8 * (12 / 7) ** 2 + 4 * (9 / 7) ** 2 + 2 * (30 / 7) ** 2;
  const m = within / ((across - 2 * within) / 8);
  const expected = [0, 3, 6].map((level, place) => {
    const n = [8, 4, 2][place];
    return (n * level + m * mean) / (n + m);
  });
  // Features have a scale of their own, so ratios of differences are compared; codes keep six digits.
  const ratio = (a: number, b: number, c: number) => (a - b) / (b - c);
  expect(ratio(of(0), of(1), of(2))).toBeCloseTo(ratio(expected[0], expected[1], expected[2]), 4);
  expect(ratio(of(0), of(3), of(2))).toBeCloseTo(ratio(expected[0], mean, expected[2]), 4);
});

test("the code of a training row does not know its own target", () => {
  const [levels, n] = [150, 900];
  const effects = Array.from({ length: levels }, normal);
  const places = Int32Array.from({ length: n }, () => draw(levels));
  const noise = Float64Array.from({ length: n }, normal);
  const y = noise.map((e, i) => effects[places[i]] + e);
  const { of, rows } = first(fitCodes(places, levels, [y]));
  // Six rows a level: a sixth of a row's noise is in the mean that it is part of, (1/6)/√(1 + 1/6) = 0.15 of
  // correlation. 0.07 is 2/√n.
  expect(correlation(Float64Array.from(places, of), noise)).toBeGreaterThan(0.12);
  expect(Math.abs(correlation(rows, noise))).toBeLessThan(0.07);
  expect(correlation(rows, y)).toBeGreaterThan(0.5);
});

test("levels that say nothing have one code, however few their rows", () => {
  const places = Int32Array.from({ length: 300 }, (_, i) => i % 100);
  // The same three numbers in each level.
  const y = Float64Array.from({ length: 300 }, (_, i) => Math.floor(i / 100));
  const { of } = first(fitCodes(places, 100, [y]));
  for (let place = 1; place < 100; place++) expect(of(place)).toBe(of(0));
});
