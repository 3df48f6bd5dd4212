import { describe, expect, test } from "vitest";
import { columnNormDiagonal, columnSquares } from "../../src/norm/column-norms.ts";
import "../helpers/matchers.ts";

describe("columnNormDiagonal()", () => {
  test("is the power of the squared column norms", () => {
    const squares = columnSquares(Float64Array.of(3, 0, 1, 4, 2, 0), 3);
    expect(squares).toEqual(Float64Array.of(25, 4, 1));
    expect(columnNormDiagonal(squares)).toEqual(Float64Array.of(5, 2, 1));
    expect(columnNormDiagonal(squares, { power: 1 })).toEqual(squares);
    expect(columnNormDiagonal(squares, { power: 0 })).toEqual(Float64Array.of(1, 1, 1));
  });

  test("is floored at 1e-12 of the largest entry before the power", () => {
    expect(columnNormDiagonal(Float64Array.of(4, 0, 1e-30))).toBeAllclose([2, 2e-6, 2e-6]);
    expect(columnNormDiagonal(new Float64Array(2))).toEqual(Float64Array.of(1, 1));
  });

  test("never falls where the largest so far is kept", () => {
    const largest = new Float64Array(2);
    columnNormDiagonal(Float64Array.of(9, 1), { largest });
    expect(columnNormDiagonal(Float64Array.of(4, 16), { largest })).toEqual(Float64Array.of(3, 4));
  });

  test("refuses a power outside [0, 1]", () => {
    expect(() => columnNormDiagonal(Float64Array.of(1), { power: 2 })).toThrow(
      "columnNormDiagonal: power must be in [0, 1], got 2.",
    );
  });
});
