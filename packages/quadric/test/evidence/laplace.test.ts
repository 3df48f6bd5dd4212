/** The Gaussian about a minimum beside samples of the whole posterior of a small network. */
import { describe, expect, test } from "vitest";
import { likelihoodOf } from "../../src/evidence/likelihood.ts";
import { maximizeEvidence } from "../../src/evidence/maximize.ts";
import { memberOutputs, memberVariances } from "../../src/evidence/member.ts";
import { networkProblem } from "../../src/evidence/problem.ts";
import fixture from "../fixtures/evidence-sampling.json" with { type: "json" };

const shape = { inputs: 1, hidden: 3, outputs: 1 };
const d = 11;
/** Three units may be exchanged, and each have its sign changed. */
const symmetries = Math.log(2 ** 3 * 6);
const grid = Float64Array.from(fixture.grid);

async function fitted({ x, y, start }: typeof fixture.many) {
  const n = y.length;
  const rows = { y: Float64Array.from(y), weight: new Float64Array(n).fill(1) };
  const problem = networkProblem(shape, Float64Array.from(x), n, likelihoodOf("squared-error", 1, rows));
  const one = { of: new Int32Array(d), count: 1 };
  const posterior = await maximizeEvidence(problem, Float64Array.from(start), one, {
    alpha: Float64Array.of(1),
    beta: 10,
    maxSteps: 500,
    tolerance: 1e-10,
  });
  const member = { ...posterior, shape };
  return {
    ...posterior,
    mean: memberOutputs(member, grid, grid.length),
    deviation: memberVariances(member, grid, grid.length).map(Math.sqrt),
  };
}

// What one Gaussian leaves out, not rounding: the largest distance of means in deviations of the samples, the least and
// largest ratio of deviations, and nats, in which chains differ by 0.5 and 0.1. Where two units are nearly the same, as
// on 20 rows, symmetric copies of the minimum overlap and are counted twice.
describe.each([
  ["100 rows", fixture.many, { apart: 0.6, ratio: [0.65, 1.2], evidence: 0.6 }],
  ["20 rows", fixture.few, { apart: 0.4, ratio: [0.9, 1.15], evidence: 1.8 }],
] as const)("laplaceAt() of a network of 11 parameters on %s", (_, of, bounds) => {
  test("has the precisions and the evidence of Newton's steps in numpy", async () => {
    const { alpha, beta, logEvidence } = await fitted(of);
    expect(alpha[0]).toBeCloseTo(of.alpha, 4);
    expect(beta).toBeCloseTo(of.beta, 3);
    expect(logEvidence + symmetries).toBeCloseTo(of.laplace.logEvidence, 4);
  });

  test("predicts what samples of the posterior do, as far as one Gaussian can", async () => {
    const { mean, deviation } = await fitted(of);
    const { sampled } = of;
    for (const [i, at] of fixture.grid.entries()) {
      if (Math.abs(at) > 2) continue;
      expect(Math.abs(mean[i] - sampled.mean[i]) / sampled.deviation[i]).toBeLessThan(bounds.apart);
      const ratio = deviation[i] / sampled.deviation[i];
      expect(ratio).toBeGreaterThan(bounds.ratio[0]);
      expect(ratio).toBeLessThan(bounds.ratio[1]);
    }
  });

  test("has the log evidence of thermodynamic integration within two nats", async () => {
    const { logEvidence } = await fitted(of);
    expect(Math.abs(logEvidence + symmetries - of.sampled.logEvidence)).toBeLessThan(bounds.evidence);
  });
});
