/** The examples do what they say. Each runs as `npm run example` runs it; what it prints is what is tested. */
import { expect, test, vi } from "vitest";

async function printed(example: () => Promise<unknown>): Promise<string> {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    await example();
    return log.mock.calls.map(([line]) => line).join("\n");
  } finally {
    log.mockRestore();
  }
}

const numberAfter = (text: string, words: string) => Number.parseFloat(new RegExp(`${words} +(\\S+)`).exec(text)![1]);

test("spirals.ts fits two spirals without a learning rate", async () => {
  const text = await printed(() => import("../../../examples/spirals.ts"));
  expect(numberAfter(text, "→")).toBeLessThan(1e-3);
});

test("poisson.ts solves what Adam does not, at equal gradients and products", async () => {
  const text = await printed(() => import("../../../examples/poisson.ts"));
  expect(numberAfter(text, "trust region +mean squared residual")).toBeLessThan(1e-2);
  expect(numberAfter(text, "Adam +mean squared residual")).toBeGreaterThan(1);
});

test("curve-fit.ts finds the three constants that made the data, to within their noise", async () => {
  const text = await printed(() => import("../../../examples/curve-fit.ts"));
  expect(numberAfter(text, "a =")).toBeCloseTo(2.5, 1);
  expect(numberAfter(text, "b =")).toBeCloseTo(1.3, 1);
  expect(numberAfter(text, "c =")).toBeCloseTo(0.5, 1);
  expect(text).toContain("converged");
});

test("spectrum.ts shows positive curvature along some direction, before and after preconditioning", async () => {
  const text = await printed(() => import("../../../examples/spectrum.ts"));
  expect(numberAfter(text, "Hessian .*…")).toBeGreaterThan(0);
  expect(numberAfter(text, "RMSProp norm .*…")).toBeGreaterThan(0);
});
