import { describe, expect, test } from "vitest";
import { parseIdx } from "../../src/data/idx.ts";
import { ConfigError } from "../../src/errors.ts";
import { idxBytes } from "./bytes.ts";

describe("parseIdx()", () => {
  test("reads unsigned bytes as they are", () => {
    const { shape, data } = parseIdx(idxBytes(8, [2, 3], [0, 1, 2, 253, 254, 255]));
    expect(shape).toEqual([2, 3]);
    expect(data).toEqual(Uint8Array.of(0, 1, 2, 253, 254, 255));
  });

  test("copies its elements: later changes of the bytes do not reach the tensor", () => {
    const bytes = idxBytes(8, [1], [7]);
    const { data } = parseIdx(bytes);
    bytes.fill(0);
    expect(data).toEqual(Uint8Array.of(7));
  });

  test.each([
    ["int8", 9, [255, 128, 127], Int32Array.of(-1, -128, 127)],
    ["int16", 11, [0xff, 0xfe, 0x01, 0x00], Int32Array.of(-2, 256)],
    ["int32", 12, [0x80, 0, 0, 0, 0, 0, 1, 0], Int32Array.of(-(2 ** 31), 256)],
    ["float32", 13, [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0], Float32Array.of(1, -2)],
    ["float64", 14, [0x3f, 0xf0, 0, 0, 0, 0, 0, 0], Float64Array.of(1)],
  ])("reads big-endian %s", (_, type, elements, expected) => {
    expect(parseIdx(idxBytes(type, [expected.length], elements)).data).toEqual(expected);
  });

  test.each([
    ["nothing", Uint8Array.of(), "idx: a file must start with two zero bytes, got 0 bytes."],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0), "idx: a file must start with two zero bytes, got 0x1f8b."],
    ["an unknown type", idxBytes(10, [1], [0]), "idx: element type must be 8, 9, 11, 12, 13 or 14, got 10."],
    ["no axis", idxBytes(8, [], [1]), "idx: a tensor must have at least one axis, got 0."],
    ["half a header", idxBytes(8, [1, 1], []).subarray(0, 9), "idx: a header of 2 axes must have 12 bytes, got 9."],
    ["a truncated body", idxBytes(8, [2, 2], [1, 2, 3]), "idx: shape [2, 2] must have 16 bytes in all, got 15."],
    ["bytes too many", idxBytes(8, [2], [1, 2, 3]), "idx: shape [2] must have 10 bytes in all, got 11."],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => parseIdx(bytes)).toThrow(new ConfigError(message));
  });

  test("refuses sizes beyond memory before it allocates", () => {
    const huge = idxBytes(14, [0xffffffff, 0xffffffff, 0xffffffff], [1, 2, 3]);
    expect(() => parseIdx(huge)).toThrow(/must have .* bytes in all, got 19/);
  });
});
