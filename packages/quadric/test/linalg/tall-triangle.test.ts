import { describe, expect, test } from "vitest";
import { singularFactors } from "../../src/linalg/singular-factors.ts";
import { tallTriangle } from "../../src/linalg/tall-triangle.ts";
import { makeRandom } from "../../src/vector/random.ts";

function problem(n: number, d: number, scale = 1) {
  const random = makeRandom(n + d);
  const matrix = Float64Array.from({ length: n * d }, () => scale * random.normal());
  return { matrix, right: Float64Array.from({ length: n }, () => scale * random.normal()) };
}

const inner = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i], 0);

describe("tallTriangle()", () => {
  test.each([
    [3, 3],
    [20, 4],
    [512, 2],
    [513, 5],
    [2000, 3],
    [2, 4],
  ])("of [%i, %i] keeps all inner products: RᵀR = MᵀM, Rᵀc = Mᵀb", (n, d) => {
    const { matrix, right } = problem(n, d);
    const triangle = tallTriangle(matrix, right, d);
    const column = (j: number) => matrix.subarray(j * n, (j + 1) * n);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        expect(inner(triangle.columns[i], triangle.columns[j]) / n).toBeCloseTo(inner(column(i), column(j)) / n, 12);
        if (j < i) expect(triangle.columns[j][i]).toBe(0);
      }
      expect(inner(triangle.columns[i], triangle.right) / n).toBeCloseTo(inner(column(i), right) / n, 12);
    }
  });

  test("has the singular values of the whole matrix, which is only read", () => {
    const { matrix, right } = problem(700, 4);
    const before = matrix.slice();
    const { columns, right: image } = tallTriangle(matrix, right, 4);
    expect(matrix).toEqual(before);
    const whole = singularFactors(
      [0, 1, 2, 3].map((j) => matrix.slice(j * 700, (j + 1) * 700)),
      right.slice(),
    );
    const ofTriangle = singularFactors(
      columns.map((column) => column.slice()),
      image.slice(),
    );
    whole.sigma.forEach((value, i) => {
      expect(ofTriangle.sigma[i] / value).toBeCloseTo(1, 12);
      expect(Math.abs(ofTriangle.rotated[i])).toBeCloseTo(Math.abs(whole.rotated[i]), 11);
    });
  });

  test.each([1e-200, 1e200])("of entries around %d neither overflows nor loses what is small", (scale) => {
    const plain = problem(600, 3);
    const extreme = problem(600, 3, scale);
    const expected = tallTriangle(plain.matrix, plain.right, 3);
    const found = tallTriangle(extreme.matrix, extreme.right, 3);
    found.columns.forEach((column, j) => {
      column.forEach((value, i) => {
        expect(Math.abs(value / scale)).toBeCloseTo(Math.abs(expected.columns[j][i]), 10);
      });
    });
  });

  test("a column of zeros stays one, and NaN is not hidden", () => {
    const zeros = tallTriangle(Float64Array.of(1, 2, 3, 0, 0, 0), Float64Array.of(1, 1, 1), 2);
    expect([...zeros.columns[1]]).toEqual([0, 0]);
    expect(Math.abs(zeros.columns[0][0])).toBeCloseTo(Math.sqrt(14), 12);
    const undefinedOnes = tallTriangle(Float64Array.of(1, Number.NaN, 3), Float64Array.of(1, 1, 1), 1);
    expect(undefinedOnes.columns[0][0]).toBeNaN();
  });
});
