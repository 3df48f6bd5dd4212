/** A small stochastic problem with closed derivatives: ℓ_i = (tanh(xᵢᵀw) − yᵢ)², from data of a known teacher. */
import { type Closures, closuresObjective } from "../../src/objective/closures.ts";
import { makeBatches } from "../../src/training/batches.ts";
import { makeRandom } from "../../src/vector/random.ts";
import type { Tensor, TensorTree } from "../../src/vector/tensor.ts";
import type { Vector } from "../../src/vector/vector.ts";

export type RegressionBatch = { readonly x: Tensor; readonly y: Tensor } & TensorTree;

export const teacher = [1.5, -0.5, 0.8];

/** n examples of three features of scales 1, 3 and 0.3. */
export function regressionData(n: number, seed = 1): RegressionBatch {
  const random = makeRandom(seed);
  const x = new Float64Array(3 * n).map((_, k) => [1, 3, 0.3][k % 3] * random.normal());
  const y = Float64Array.from({ length: n }, (_, i) => {
    const u = teacher.reduce((sum, w, j) => sum + w * x[3 * i + j], 0);
    return Math.tanh(u) + 0.1 * random.normal();
  });
  return { x: { shape: [n, 3], data: x }, y: { shape: [n], data: y } };
}

/** It on forty examples in batches of eight, and a start. */
export function stochasticRegression() {
  const examples = ({ y }: RegressionBatch) => y.shape[0];
  return {
    objective: closuresObjective<RegressionBatch>(regression, 3, { examples, checkDeterminism: false }),
    batches: makeBatches(regressionData(40), { batchSize: 8, seed: 1 }),
    start: Float64Array.of(0.1, 2, -1),
  };
}

/** Sum over the batch of coefficient(i)·xᵢ, divided by b. */
function combine({ x, y }: RegressionBatch, coefficient: (i: number) => number): Float64Array {
  const g = new Float64Array(3);
  const b = y.data.length;
  for (let i = 0; i < b; i++) for (let j = 0; j < 3; j++) g[j] += (coefficient(i) * x.data[3 * i + j]) / b;
  return g;
}

const along = ({ x }: RegressionBatch, i: number, v: Vector) =>
  x.data[3 * i] * v[0] + x.data[3 * i + 1] * v[1] + x.data[3 * i + 2] * v[2];

export const regression: Required<Closures<RegressionBatch>> = {
  value: (w, batch) => Float64Array.from(batch.y.data, (y, i) => (Math.tanh(along(batch, i, w)) - y) ** 2),
  gradient: (w, batch) =>
    combine(batch, (i) => {
      const t = Math.tanh(along(batch, i, w));
      return 2 * (t - batch.y.data[i]) * (1 - t * t);
    }),
  hvp: (w, v, batch) =>
    combine(batch, (i) => {
      const t = Math.tanh(along(batch, i, w));
      const residual = t - batch.y.data[i];
      return (2 * (1 - t * t) ** 2 - 4 * residual * t * (1 - t * t)) * along(batch, i, v);
    }),
  ggnvp: (w, v, batch) =>
    combine(batch, (i) => {
      const t = Math.tanh(along(batch, i, w));
      return 2 * (1 - t * t) ** 2 * along(batch, i, v);
    }),
};
