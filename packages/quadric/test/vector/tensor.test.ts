import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { tensor } from "../../src/vector/tensor.ts";

describe("tensor()", () => {
  test("takes nested lists row by row", () => {
    expect(
      tensor([
        [1, 2],
        [3, 4.5],
        [5, 6],
      ]),
    ).toEqual({ shape: [3, 2], data: Float64Array.of(1, 2, 3, 4.5, 5, 6) });
    expect(tensor([[[1]], [[2]]]).shape).toEqual([2, 1, 1]);
    expect(tensor([])).toEqual({ shape: [0], data: new Float64Array(0) });
    expect(tensor([[], []]).shape).toEqual([2, 0]);
    expect(tensor([0, 2], "int32")).toEqual({ shape: [2], data: Int32Array.of(0, 2) });
  });

  test("refuses lists of other lengths, lists beside numbers and labels that are no integers", () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(
      new ShapeError("tensor: every list at depth 1 must have 2 elements, got one of 1."),
    );
    expect(() => tensor([1, [2]] as never)).toThrow(ShapeError);
    expect(() => tensor([[1], 2] as never)).toThrow("tensor: must hold lists at depth 1, got the number 2.");
    expect(() => tensor([["a"]] as never)).toThrow("got string");
    expect(() => tensor([0.5], "int32")).toThrow("tensor: int32 must be integers, got 0.5.");
  });
});
