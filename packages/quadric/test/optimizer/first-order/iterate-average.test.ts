import { describe, expect, test } from "vitest";
import "../../helpers/matchers.ts";
import { norms } from "../../../src/norm/norms.ts";
import { steepestDescent } from "../../../src/optimizer/first-order/first-order.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import { quadratic, startOn, takeSteps } from "../../helpers/steps.ts";

const averaged = steepestDescent({ norm: norms.adam({ beta: 0.99 }), momentum: 0.9, averageIterates: true });

describe("averageIterates", () => {
  test("returns the average of its iterates, the last ninth of them weighing most", async () => {
    const f = quadratic([1, 7], [1, 1]);
    const steps = startOn(averaged, f, [3, -1]);
    const iterates: Vector[] = [];
    for (let t = 0; t < 12; t++) {
      await takeSteps(steps, 1);
      iterates.push(steps.run.state().vectors["run.w"]);
    }
    // w̄ = Σ wᵢ·i(i + 1)…(i + 7) / Σ i(i + 1)…(i + 7).
    const weights = iterates.map((_, i) => Array.from({ length: 8 }, (_, k) => i + 1 + k).reduce((a, b) => a * b, 1));
    const sum = weights.reduce((a, b) => a + b, 0);
    const expected = [0, 1].map((j) => iterates.reduce((mean, w, i) => mean + (weights[i] * w[j]) / sum, 0));
    expect([...steps.run.parameters]).toBeAllclose(expected);
  });

  test("keeps the parameters that it showed as they were", async () => {
    const steps = await takeSteps(startOn(averaged, quadratic([1, 7]), [3, -1]), 3);
    const shown = steps.run.parameters;
    const copy = [...shown];
    await takeSteps(steps, 3);
    expect([...shown]).toEqual(copy);
    expect([...steps.run.parameters]).not.toEqual(copy);
  });
});
