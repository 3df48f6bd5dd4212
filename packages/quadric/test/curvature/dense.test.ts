import { describe, expect, test } from "vitest";
import { assemble, denseOperator } from "../../src/curvature/dense.ts";
import { whitened } from "../../src/curvature/whitened.ts";
import { symmetricEigen } from "../../src/linalg/symmetric-eigen.ts";
import { norms } from "../../src/norm/norms.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import { denseProduct } from "../helpers/dense.ts";
import "../helpers/matchers.ts";
import { knownProblem } from "../helpers/random-problems.ts";

const { rows, metric, size, leftmost, spectralNorm } = knownProblem(1, { size: 9, kind: "indefinite", decades: 2 });
const matrix = Float64Array.from(rows.flat());
const operator = denseOperator(matrix, size);

describe("denseOperator()", () => {
  test("multiplies, and is found again by assembling it", async () => {
    const v = normalVector(makeRandom(2), size);
    expect(operator.multiply(v)).toBeAllclose(denseProduct(rows, v));
    expect(operator.multiply(Float32Array.from(v))).toBeAllclose(denseProduct(rows, v), { relative: 1e-6 }); // float32 input
    expect(await assemble(operator)).toEqual(matrix);
  });

  test("says what must hold when misused", async () => {
    expect(() => denseOperator(new Float64Array(3), 2)).toThrow("denseOperator: matrix must have shape [4], got [3].");
    expect(() => operator.multiply(new Float64Array(2))).toThrow("denseOperator: v must have shape [9], got [2].");
    const short = { size: 2, multiply: () => new Float64Array(3) };
    await expect(assemble(short)).rejects.toThrow("assemble: product Bv must have shape [2], got [3].");
  });
});

describe("whitened()", () => {
  test("is A^{-1/2}BA^{-1/2} for diagonal A", async () => {
    const dense = await assemble(whitened(operator, norms.diagonal(metric)));
    const expected = rows.flatMap((row, i) => row.map((entry, j) => entry / Math.sqrt(metric[i] * metric[j])));
    expect(dense).toBeAllclose(expected);
    const { values } = symmetricEigen(dense, size);
    expect(values[0]).toBeAllclose(leftmost);
    expect(Math.max(...values.map(Math.abs))).toBeAllclose(spectralNorm);
  });

  test("has the eigenvalues of the pencil for full A: Bu = θAu", async () => {
    const norm = norms.fullMatrix({ epsilon: 1e-2 });
    for (let t = 0; t < 5; t++) norm.update(normalVector(makeRandom(3, t), size));
    const { values, vectors } = symmetricEigen(await assemble(whitened(operator, norm)), size);
    values.forEach((theta, i) => {
      // u = A^{-1/2}x of an eigenvector x
      const u = norm.solve(norm.root(vectors.slice(i * size, (i + 1) * size)));
      const defect = denseProduct(rows, u).map((x, j) => x - theta * norm.multiply(u)[j]);
      expect(defect).toBeAllclose(new Float64Array(size), { absolute: 1e-10 * spectralNorm * Math.max(...metric) });
    });
  });
});
