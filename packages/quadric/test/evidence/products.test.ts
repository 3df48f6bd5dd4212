/** Tiles of the kernel, and what is built on them, against loops. */
import { expect, test } from "vitest";
import { factorize, invertFactor, variancesOf } from "../../src/evidence/precision.ts";
import { addGram } from "../../src/evidence/products.ts";
import { makeRandom } from "../../src/vector/random.ts";

const random = makeRandom(3);
const normal = (length: number) => Float64Array.from({ length }, () => random.normal());

test.each([
  [1, 1],
  [300, 5], // more than a strip
  [515, 8],
  [7, 130], // larger than the memory of those before
])("addGram() adds XᵀX, and H = LLᵀ, L⁻ᵀ and variances follow: %i rows, %i columns", (n, d) => {
  const X = normal(n * d);
  const H = new Float64Array(d * d).fill(1);
  addGram(X, n, d, H);
  const shift = new Float64Array(d).fill(0.5);
  const L = factorize(H, 2, shift)!;
  const Xt = invertFactor(L, d);
  const at = (M: Float64Array, i: number, j: number) => M[i * d + j];
  const inner = (count: number, term: (k: number) => number) => {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += term(k);
    return sum;
  };
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const gram = 1 + inner(n, (k) => X[i * n + k] * X[j * n + k]);
      expect(at(H, i, j)).toBeCloseTo(gram, 10);
      expect(inner(d, (k) => at(L, i, k) * at(L, j, k))).toBeCloseTo(2 * gram + (i === j ? 0.5 : 0), 9);
      expect(inner(d, (k) => at(L, i, k) * at(Xt, j, k))).toBeCloseTo(i === j ? 1 : 0, 11);
    }
  }
  const inverse = Float64Array.from({ length: d * d }, (_, e) => at(Xt, e % d, Math.floor(e / d)));
  const J = normal(3 * d);
  variancesOf(inverse, J, 3, d).forEach((variance, r) => {
    const squares = inner(d, (i) => inner(d, (k) => at(inverse, i, k) * J[r * d + k]) ** 2);
    expect(variance).toBeCloseTo(squares, 10);
  });
  expect(factorize(H, -1, shift)).toBeUndefined();
});
