import { describe, expect, test } from "vitest";
import { denseOperator } from "../../src/curvature/dense.ts";
import { estimateDiagonal } from "../../src/curvature/diagonal.ts";
import { diagonalDominance } from "../../src/curvature/diagonal-dominance.ts";
import { makeRandom } from "../../src/vector/random.ts";
import "../helpers/matchers.ts";
import { knownProblem } from "../helpers/random-problems.ts";

const { rows, size } = knownProblem(5, { size: 40, kind: "indefinite" });
const operator = denseOperator(Float64Array.from(rows.flat()), size);

describe("estimateDiagonal()", () => {
  test("converges to diag(B), entry by entry with the standard error √(Σ_{j≠i} B_ij²/m)", async () => {
    for (const products of [50, 3200]) {
      const { values, standardErrors } = await estimateDiagonal(operator, { products, seed: 1 });
      let sum = 0;
      rows.forEach((row, i) => {
        const off = Math.sqrt(row.reduce((s, x, j) => s + (i === j ? 0 : x * x), 0) / products);
        expect(Math.abs(values[i] - row[i])).toBeLessThan(4.5 * off); // the largest of forty
        expect(standardErrors[i]).toBeAllclose(off, { relative: 4 / Math.sqrt(products) });
        sum += ((values[i] - row[i]) / off) ** 2;
      });
      // χ² with 40 degrees of freedom, entries nearly independent: mean 1, deviation √(2/40) = 0.22
      expect(sum / size).toBeGreaterThan(0.3);
      expect(sum / size).toBeLessThan(1.9);
    }
  });

  test("is exact for a diagonal matrix from one product", async () => {
    const diagonal = denseOperator(Float64Array.of(3, 0, 0, -2), 2);
    const { values, products } = await estimateDiagonal(diagonal, { products: 1 });
    expect(values).toEqual(Float64Array.of(3, -2));
    expect(products).toBe(1);
    await expect(estimateDiagonal(diagonal, { products: 0 })).rejects.toThrow(
      "products must be an integer >= 1, got 0.",
    );
  });
});

describe("diagonalDominance()", () => {
  test("is the share of absolute mass on the diagonal and in the blocks", async () => {
    const M = [[3, -1, 0.5], [-1, 2, 0], [0.5, 0, -4]]; // biome-ignore format: a matrix
    const found = await diagonalDominance(denseOperator(Float64Array.from(M.flat()), 3), { groups: [7, 7, 8] });
    expect(found).toEqual({ diagonal: 9 / 12, blocks: 11 / 12, products: 3 });
    expect((await diagonalDominance(operator)).blocks).toBeUndefined();
  });

  test("of a random matrix is 1/(1 + (d − 1)c₂/c₁), with mean absolute entries c₁ on and c₂ off the diagonal", async () => {
    const d = 60;
    for (const ratio of [1, 4]) {
      const random = makeRandom(ratio);
      const M = new Float64Array(d * d);
      for (let i = 0; i < d; i++) {
        for (let j = 0; j < i; j++) M[i * d + j] = M[j * d + i] = random.normal();
        M[i * d + i] = ratio * random.normal();
      }
      const { diagonal } = await diagonalDominance(denseOperator(M, d));
      expect(diagonal).toBeAllclose(1 / (1 + (d - 1) / ratio), { relative: 0.3 }); // sixty diagonal entries: ±10 %
    }
  });

  test("from a few columns comes near the whole, for as many products", async () => {
    const whole = await diagonalDominance(operator);
    const few = await diagonalDominance(operator, { columns: 20 });
    expect(few.products).toBe(20);
    expect(few.diagonal).toBeAllclose(whole.diagonal, { relative: 0.3 }); // half of the columns, spread of one: 60 %
    expect((await diagonalDominance(operator, { columns: 1000 })).diagonal).toBeAllclose(whole.diagonal);
  });

  test("groups parameters by tensor", async () => {
    const tensors = [
      { name: "w", shape: [2, 2], offset: 0, size: 4 },
      { name: "b", shape: [2], offset: 4, size: 2 },
    ];
    const ones = denseOperator(new Float64Array(36).fill(1), 6);
    const { blocks } = await diagonalDominance(ones, { groups: { size: 6, tensors } });
    expect(blocks).toBe((16 + 4) / 36);
    expect(await diagonalDominance(ones, { groups: [0, 0, 0, 0, 1, 1] })).toEqual(
      await diagonalDominance(ones, { groups: { size: 6, tensors } }),
    );
  });

  test("says what must hold when misused", async () => {
    await expect(diagonalDominance(operator, { columns: 0 })).rejects.toThrow(
      "columns must be an integer >= 1, got 0.",
    );
    await expect(diagonalDominance(operator, { groups: [1] })).rejects.toThrow("groups must have shape [40], got [1].");
  });
});
