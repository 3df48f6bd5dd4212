import { describe, expect, test } from "vitest";
import { identity } from "../../src/linalg/symmetric-eigen.ts";
import { shiftedInverse } from "../../src/linalg/triangular.ts";
import { makeRandom } from "../../src/vector/random.ts";
import "../helpers/matchers.ts";

describe("shiftedInverse()", () => {
  test("inverts a triangle that grows column by column, and one that loses its first rows for them", () => {
    const [d, all] = [5, 14];
    const random = makeRandom(1);
    const entry = Array.from({ length: all }, () => Array.from({ length: all }, () => random.normal()));
    const upper = (i: number, j: number) => (i < j ? entry[i][j] : i === j ? 2 + Math.abs(entry[i][i]) : 0);
    /**
     * Columns from..to of the triangle of the last d indices before `to`; NaN below the diagonal, where nothing may be
     * read.
     */
    const columns = (from: number, to: number) =>
      Float64Array.from({ length: (to - from) * d }, (_, k) => {
        const [i, j] = [to - d + (k % d), from + Math.floor(k / d)];
        return i > j ? NaN : i < 0 ? 0 : upper(i, j);
      });
    let inverse = identity(d);
    for (const [from, to] of [
      [0, 1],
      [1, 4],
      [4, 6],
      [6, 9],
      [9, 14],
    ]) {
      inverse = shiftedInverse(inverse, d, columns(from, to));
      const first = to - d;
      const product = Float64Array.from({ length: d * d }, (_, k) => {
        const [i, j] = [Math.floor(k / d), k % d];
        let sum = 0;
        for (let l = 0; l < d; l++) {
          const factor = first + l < 0 ? Number(i === l) : first + i < 0 ? 0 : upper(first + i, first + l);
          sum += factor * inverse[l * d + j];
        }
        return sum;
      });
      expect(product).toBeAllclose(identity(d), { absolute: 1e-12 });
    }
  });
});
