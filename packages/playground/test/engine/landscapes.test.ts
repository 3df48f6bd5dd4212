import { expect, test } from "vitest";
import { beale, quadratic, rosenbrock, saddle, valley } from "../../src/engine/landscapes.ts";

const step = 1e-5;

test.each([
  ["valley", valley(30, 25)],
  ["quadratic", quadratic(30, 25)],
  ["rosenbrock", rosenbrock],
  ["beale", beale],
  ["saddle", saddle],
] as const)("%s: gradient and products agree with central differences of 10⁻⁵", async (_, landscape) => {
  const w = Float64Array.of(0.4, -0.3);
  const v = Float64Array.of(0.6, 0.8);
  const at = (t: number) => w.map((x, i) => x + t * v[i]);
  const slope = ((await landscape.value(at(step))) - (await landscape.value(at(-step)))) / (2 * step);
  const gradient = await landscape.gradient(w, undefined);
  // An error of step² times a third derivative of up to 10³.
  expect(gradient[0] * v[0] + gradient[1] * v[1]).toBeCloseTo(slope, 6);
  const [ahead, behind] = [
    await landscape.gradient(at(step), undefined),
    await landscape.gradient(at(-step), undefined),
  ];
  const product = await landscape.hvp(w, v);
  for (const i of [0, 1]) expect(product[i]).toBeCloseTo((ahead[i] - behind[i]) / (2 * step), 5);
});
