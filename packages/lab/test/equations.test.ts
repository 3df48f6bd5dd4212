/** The differential equations of bench/equations: set up as they are published, so exact solutions leave no residual. */
import { readdirSync } from "node:fs";
import type { Field, Term } from "quadric/equations";
import { expect, test } from "vitest";
import { valuesAt } from "../../quadric/test/helpers/fields.ts";

interface Problem {
  readonly exact: Field | ((point: Readonly<Record<string, number>>) => number);
  readonly held: Term["on"];
  readonly rms?: number;
  solution(): Field;
  terms(u: Field, share?: number): Term[];
}

const folder = new URL("../bench/equations/", import.meta.url);
const names = readdirSync(new URL("problems/", folder)).map((file) => file.slice(0, -4));
const load = async (name: string): Promise<Problem> =>
  (await import(/* @vite-ignore */ new URL(`problems/${name}.mjs`, folder).href)).default;

/** Residuals with a field for u, term by term. */
function residuals(terms: readonly Term[]): number[][] {
  return terms.flatMap(({ residual, on }) => {
    const columns = on.draw(1, 0, 16);
    const at = Object.fromEntries(on.coordinates.map((name, k) => [name, [...columns[k]].slice(0, 16)]));
    return [residual].flat().map((field) => valuesAt(field as Field, at));
  });
}

const size = (values: readonly number[]) => Math.max(...values.map(Math.abs));

test.each(names)("%s has an exact solution that leaves no residual", async (name) => {
  const { exact, terms, held, rms } = await load(name);
  if (typeof exact === "function") return;
  for (const r of residuals(terms(exact, 0.01))) expect(size(r)).toBeLessThan(1e-9);
  if (rms === undefined) return;
  const columns = held.draw(0);
  const u = valuesAt(exact, Object.fromEntries(held.coordinates.map((name, k) => [name, [...columns[k]]])));
  // The mean of 9,000 random points.
  expect(Math.hypot(...u) / Math.sqrt(u.length)).toBeCloseTo(rms, 1);
});

test.each([
  ["burgers-hard", { x: [0.1, 0.7], t: [0, 0] }],
  ["kdv", { x: [0.1, 0, 20], t: [0, 3, 3] }],
  ["nonlinear-poisson", { x: [0, 1, 0.3, 0.3], y: [0.3, 0.3, 0, 1] }],
])("%s starts from a network with its conditions built in", async (name, at) => {
  const { exact, solution } = await load(name);
  const points = at.x.map((_, i) => Object.fromEntries(Object.entries(at).map(([key, column]) => [key, column[i]])));
  const expected = typeof exact === "function" ? points.map(exact) : valuesAt(exact, at);
  expect(size(valuesAt(solution(), at).map((v, i) => v - expected[i]))).toBeLessThan(1e-12);
});

test("Cole and Hopf's integrals have converged, and solve Burgers' equation", async () => {
  const { coleHopf } = await import(/* @vite-ignore */ new URL("shared/cole-hopf.mjs", folder).href);
  const nu = 0.01 / Math.PI;
  const [u, finer] = [coleHopf(nu), coleHopf(nu, 2800)];
  for (const x of [-0.9, -0.3, -0.02, 0.001, 0.5]) {
    for (const t of [0.02, 0.3, 1]) expect(Math.abs(u({ x, t }) - finer({ x, t }))).toBeLessThan(1e-12);
  }
  const h = 1e-4;
  const at = (dx: number, dt: number) => u({ x: 0.4 + dx, t: 0.5 + dt });
  const ut = (at(0, h) - at(0, -h)) / (2 * h);
  const ux = (at(h, 0) - at(-h, 0)) / (2 * h);
  const uxx = (at(h, 0) - 2 * at(0, 0) + at(-h, 0)) / h ** 2;
  // Differences of second order, and rounding over h².
  expect(Math.abs(ut + at(0, 0) * ux - nu * uxx)).toBeLessThan(1e-6);
});

test("the reference of Allen and Cahn's equation does not change with finer steps and more modes", async () => {
  const { allenCahn } = await import(/* @vite-ignore */ new URL("shared/allen-cahn-reference.mjs", folder).href);
  const coarse = allenCahn({ modes: 512, steps: 100, frames: 5 });
  const fine = allenCahn({ modes: 1024, steps: 200, frames: 5 });
  const difference = (row: number) => size([...coarse.rows[row]].map((v, i) => v - fine.rows[row][2 * i]));
  // The kink at x = ±1 leaves modes that fall with the square of their number: 1.6e-9 of 1,024, 3.1e-10 of 2,048.
  expect(difference(5)).toBeLessThan(2e-6);
  // u tends to ±1, and stays even.
  expect(size([...fine.rows[5]])).toBeLessThan(1);
  expect(Math.abs(fine.rows[5][300] - fine.rows[5][724])).toBeLessThan(1e-12);
});
