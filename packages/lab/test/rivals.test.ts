/** The rivals of bench/rivals: their rules, step by step. */
import { expect, test } from "vitest";
import "../../quadric/test/helpers/matchers.ts";
import { closuresObjective } from "../../quadric/src/objective/closures.ts";

interface Rival {
  start(
    objective: unknown,
    start: Float64Array,
  ): { parameters: Float64Array; step(batches: unknown): Promise<unknown> };
}

const folder = new URL("../bench/rivals/", import.meta.url);
const load = async (file: string): Promise<Record<string, () => Rival>> => {
  return await import(/* @vite-ignore */ new URL(`${file}.mjs`, folder).href);
};

/** f = 3/2 w₀² + 1/4 w₁² + w₀w₁ + cos w₂ + 2 from (1.5, −0.7, 0.3), ten batches an epoch. */
const value = ([a, b, c]: Iterable<number>) => 1.5 * a * a + 0.25 * b * b + a * b + Math.cos(c) + 2;
const gradient = ([a, b, c]: Iterable<number>) => Float64Array.of(3 * a + b, 0.5 * b + a, -Math.sin(c));
const start = Float64Array.of(1.5, -0.7, 0.3);
const batches = { draw: () => 0, batch: () => undefined, examples: 10, batchSize: 1 };

async function after(file: string, name: string, steps: number): Promise<Float64Array> {
  const rival = (await load(file))[name]();
  const run = rival.start(closuresObjective({ value, gradient }, start), start);
  for (let k = 0; k < steps; k++) await run.step(batches);
  return run.parameters;
}

// Parameters after 60 steps of the authors' rules in numpy.
test.each([
  ["prodigy", [-0.06454335897747378, 0.13025660826293844, 3.0544298627316278]],
  ["mechanic", [0.31627516069897066, -1.7579986160900807, 2.1819077543731247]],
] as const)("%s follows the rule of its authors", async (name, expected) => {
  // Sums of products in another order, sixty times.
  expect(await after(name, name, 60)).toBeAllclose(expected, { relative: 1e-9 });
});

const g = gradient(start);
const squares = g.reduce((sum, x) => sum + x * x, 0);
const along = (rate: number) => start.map((x, i) => x - rate * g[i]);

test("the first steps of the distance over gradients, and of Polyak's, are their formulas", async () => {
  const distance = 1e-6 * (1 + Math.hypot(...start));
  expect(await after("dog", "dog", 1)).toBeAllclose([...along(distance / Math.sqrt(squares))]);
  const bound = 2 ** (1 / 10);
  expect(await after("sps", "sps", 1)).toBeAllclose([...along(Math.min(value(start) / (0.5 * squares), bound))]);
});

test("a line search takes the first rate of its sequence that decreases the loss enough", async () => {
  const first = (eta: number, factor: number, c: number) => {
    while (value(along(eta)) > value(start) - c * eta * squares) eta *= factor;
    return eta;
  };
  expect(await after("line-search", "sls", 1)).toBeAllclose([...along(first(1, 0.9, 0.1))]);
  const polyak = Math.min(10, value(start) / (0.1 * squares));
  expect(await after("line-search", "ponos", 1)).toBeAllclose([...along(first(polyak, 0.5, 0.5))]);
});

test("Newton–Schulz steps bring all singular values near one, of wide and of tall matrices", async () => {
  const { orthogonalized } = (await load("muon")) as unknown as {
    orthogonalized(M: Float32Array, rows: number, columns: number): Promise<Float32Array>;
  };
  for (const [rows, columns] of [
    [3, 5],
    [5, 3],
  ]) {
    const M = Float32Array.from({ length: 15 }, (_, i) => Math.sin(1 + i * i));
    const X = await orthogonalized(M, rows, columns);
    // tr XXᵀ and the largest entry of XXᵀ off the diagonal bound the singular values of three.
    const trace = X.reduce((sum, x) => sum + x * x, 0);
    expect(trace).toBeGreaterThan(3 * 0.68 ** 2);
    expect(trace).toBeLessThan(3 * 1.2 ** 2);
  }
});
