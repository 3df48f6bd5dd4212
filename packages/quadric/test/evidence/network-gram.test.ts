/** The structured Gauss–Newton matrix against Jacobians of all outputs. */
import { expect, test } from "vitest";
import { type EvidenceLoss, likelihoodOf } from "../../src/evidence/likelihood.ts";
import { hiddenUnits, jacobianColumns, offsetsOf, outputsOf, plainRoot } from "../../src/evidence/network.ts";
import { networkGram } from "../../src/evidence/network-gram.ts";
import { makeRandom } from "../../src/vector/random.ts";

test.each([
  ["squared-error", 5, 3, 1],
  ["poisson", 1, 2, 1],
  ["cross-entropy", 3, 0, 4],
  ["cross-entropy", 4, 5, 3],
] as const)("networkGram() is ΣJᵀℓ″J: %s, %i inputs, %i units, %i outputs", (loss: EvidenceLoss, p, h, k) => {
  const n = 300; // more than a block, and no multiple of a tile
  const shape = { inputs: p, hidden: h, outputs: k };
  const { size: d } = offsetsOf(shape);
  const random = makeRandom(7, p);
  const normal = (length: number) => Float64Array.from({ length }, () => random.normal());
  const [theta, x] = [normal(d), normal(p * n)];
  const y = Float64Array.from({ length: n }, (_, i) => i % Math.max(2, k));
  const weight = normal(n).map((w) => w * w);
  const T = hiddenUnits(shape, theta, x, n);
  const { curvature: C } = likelihoodOf(loss, k, { y, weight }).derivatives(outputsOf(shape, theta, x, n, T));
  const J = jacobianColumns(shape, theta, x, T, plainRoot(n), 0, n, new Float64Array(d * k * n));
  const at = (i: number, l: number, e: number) => J[(i * k + l) * n + e];
  const curvature = (l: number, m: number, e: number) =>
    C[((Math.max(l, m) * (Math.max(l, m) + 1)) / 2 + Math.min(l, m)) * n + e];
  const gram = networkGram(shape, theta, x, T, C);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let e = 0; e < n; e++) {
        for (let l = 0; l < k; l++) for (let m = 0; m < k; m++) sum += at(i, l, e) * curvature(l, m, e) * at(j, m, e);
      }
      expect(Math.abs(gram[i * d + j] - sum)).toBeLessThan(1e-11 * (1 + Math.abs(sum)));
    }
  }
});
