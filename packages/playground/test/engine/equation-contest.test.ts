import { describe, expect, test } from "vitest";
import { equationContest } from "../../src/engine/equation-contest.ts";
import { type EquationSpec, equationNames } from "../../src/equations.ts";
import type { MethodName } from "../../src/methods.ts";

const opening: EquationSpec = { equation: "heat", difficulty: 1, units: 8, points: 120 };

/** The relative error after so many steps, which the clock has no say in. */
async function errorAfter(spec: EquationSpec, method: MethodName, steps: number): Promise<number> {
  const contest = equationContest(spec, 0, 1e9);
  const entrant = await contest.enter(method, 0.01);
  const stopper = new AbortController();
  const { parameters } = await entrant.run({
    signal: stopper.signal,
    async afterStep({ step }) {
      if (step >= steps) stopper.abort();
    },
  });
  return (await contest.picture(parameters)).measure;
}

describe("equationContest()", () => {
  test("the opening: SSBroyden has digits after 200 steps that Adam has not after 400", async () => {
    const [second, first] = [await errorAfter(opening, "ssbroyden", 200), await errorAfter(opening, "adam", 400)];
    expect(second).toBeLessThan(5e-3);
    expect(first).toBeGreaterThan(10 * second);
  });

  test.each(equationNames)("%s: its text, its edges and its solution belong together", async (equation) => {
    expect(await errorAfter({ ...opening, equation }, "ssbroyden", 120)).toBeLessThan(0.1);
  });
});
