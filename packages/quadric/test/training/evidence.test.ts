/** fit() with regularize: "evidence" of compiled models, against the linear model by hand and the network by hand. */
import { describe, expect, test } from "vitest";
import { losses } from "../../src/models/losses.ts";
import { mlp } from "../../src/models/mlp.ts";
import { supervised } from "../../src/models/supervised.ts";
import { fit } from "../../src/training/fit.ts";
import { makeRandom } from "../../src/vector/random.ts";
import fixture from "../fixtures/evidence.json" with { type: "json" };

const n = fixture.y.length;
const line = {
  x: { shape: [n, 4], data: Float64Array.from(fixture.x.flat()) },
  y: { shape: [n, 1], data: Float64Array.from(fixture.y) },
};

describe('fit(…, { regularize: "evidence" })', () => {
  test("of a linear model finds the precisions of scikit-learn's ARDRegression, and which column is off", async () => {
    const problem = supervised(mlp([4, 1]), losses.squaredError);
    const { evidence, status, parameters } = await fit(problem, line, { regularize: "evidence" });
    expect(status).toBe("converged");
    const { groups, noise, effectiveParameters } = evidence!;
    expect(groups.map(({ name }) => name)).toEqual([0, 1, 2, 3].map((row) => `0.weight[${row}]`));
    // The constant is counted here, as one parameter more than there: n − γ is 36 for 37.
    expect(noise! ** 2 * fixture.ard.beta).toBeCloseTo(37 / 36, 2);
    for (const j of [0, 1, 3]) {
      expect(Math.abs(groups[j].precision / fixture.ard.alpha[j] - 1)).toBeLessThan(0.03);
      expect(parameters[j]).toBeCloseTo(fixture.ard.coef[j], 2);
    }
    // A fit ends within half a nat of the maximum: two tenths of a parameter may be left of it.
    expect(groups[2].determined).toBeLessThan(0.2);
    expect(effectiveParameters).toBeGreaterThan(3.9);
    expect(effectiveParameters).toBeLessThan(4.2);
  });

  test("of a network is less sure where there were no data, in the units of the targets", async () => {
    const random = makeRandom(3);
    const x = Float64Array.from({ length: 40 }, () => 100 * random.normal());
    const y = x.map((v) => 1e4 * (Math.sin(v / 60) + 0.1 * random.normal()));
    const data = { x: { shape: [40, 1], data: x }, y: { shape: [40, 1], data: y } };
    const problem = supervised(mlp([1, 4, 1]), losses.squaredError, { standardize: data });
    const { evidence } = await fit(problem, data, { regularize: "evidence" });
    const { outputs, deviations } = await evidence!.predict({ x: { shape: [2, 1], data: Float64Array.of(30, 500) } });
    expect(outputs.shape).toEqual([2, 1]);
    expect(Math.abs(outputs.data[0] - 1e4 * Math.sin(0.5))).toBeLessThan(1500);
    expect(deviations.data[0]).toBeGreaterThan(700);
    expect(deviations.data[0]).toBeLessThan(1600);
    expect(deviations.data[1]).toBeGreaterThan(2 * deviations.data[0]);
  });

  test("of labels has no noise to find", async () => {
    const labels = { x: line.x, y: { shape: [n], data: Int32Array.from(fixture.y, (v) => Number(v > 0)) } };
    const { evidence } = await fit(supervised(mlp([4, 2]), losses.crossEntropy), labels, { regularize: "evidence" });
    expect(evidence!.noise).toBeUndefined();
    expect(evidence!.logEvidence).toBeLessThan(0);
    expect(evidence!.logEvidence).toBeGreaterThan(n * Math.log(0.5));
  });

  test.each([
    [{ batchSize: 4 }, /batchSize must be left out/],
    [{ dtype: "float32" as const }, /dtype must be "float64"/],
    [{ regularize: "l2" as never }, /regularize must be one of evidence/],
  ])("refuses %j", async (options, message) => {
    const problem = supervised(mlp([4, 1]), losses.squaredError);
    await expect(fit(problem, line, { regularize: "evidence", ...options })).rejects.toThrow(message);
  });
});
