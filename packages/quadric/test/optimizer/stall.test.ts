import { expect, test } from "vitest";
import { closuresObjective } from "../../src/objective/closures.ts";
import { stalled } from "../../src/optimizer/stall.ts";

/** What is said of a stall at v = 0 of ½·10⁶·v² + 0.003·v, v = w − 1, when `slope` + `curvature`·v is given for the gradient. */
async function saidOf(slope: number, curvature: number): Promise<string> {
  const w = Float64Array.of(1);
  const objective = closuresObjective(
    {
      value: ([x]) => 0.5e6 * (x - 1) ** 2 + 3e-3 * (x - 1),
      gradient: ([x]) => Float64Array.of(slope + curvature * (x - 1)),
    },
    w,
  );
  const { message } = await stalled(objective, { w, batch: undefined, gradient: Float64Array.of(slope), largest: 1 });
  return message;
}

test("a gradient whose rest is smaller than what a step of √ε changes is not called wrong", async () => {
  expect(await saidOf(1e-3, 1e6)).toMatch(/Rounding, or a kink\.$/);
});

test("a gradient that is as wrong all around is", async () => {
  expect(await saidOf(1e-3, 0)).toMatch(/Check the gradient\.$/);
});
