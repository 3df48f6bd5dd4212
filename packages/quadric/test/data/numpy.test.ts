import { describe, expect, test } from "vitest";
import { readNumpy } from "../../src/data/numpy.ts";
import { npy, npz } from "./numpy-files.ts";

const only = async (bytes: Uint8Array) => (await readNumpy(bytes)).get("arr_0");
const x = { shape: [2, 3], data: Float64Array.of(1.5, -2, 3e300, 0.1, 5, 6) };

describe("readNumpy()", () => {
  test("reads float64 in either byte order and either order of axes", async () => {
    expect(await only(npy.float64)).toEqual(x);
    expect(await only(npy.bigEndian)).toEqual(x);
    expect(await only(npy.fortran)).toEqual(x);
  });

  test("reads the other numbers", async () => {
    expect(await only(npy.float32)).toEqual({ shape: [3], data: Float32Array.of(1.5, -2, 0.1) });
    const half = (await only(npy.float16))!;
    expect([...half.data]).toEqual([1.5, -0.0999755859375, 65504, 2 ** -24, Infinity]);
    expect(await only(npy.int64)).toEqual({ shape: [1, 2], data: Float64Array.of(2 ** 53, -7) });
    expect(await only(npy.int16)).toEqual({ shape: [2], data: Int32Array.of(-300, 4) });
    expect(await only(npy.uint8)).toEqual({ shape: [2], data: Uint8Array.of(0, 255) });
    expect(await only(npy.bool)).toEqual({ shape: [2], data: Uint8Array.of(1, 0) });
    expect(await only(npy.scalar)).toEqual({ shape: [], data: Float64Array.of(4.25) });
  });

  test("reads archives, deflated and stored", async () => {
    expect([...(await readNumpy(npz.deflated))]).toEqual([
      ["x", x],
      ["y", { shape: [3], data: Float64Array.of(0, 1, 2) }],
    ]);
    expect((await readNumpy(npz.stored)).get("arr_0")).toEqual({ shape: [2], data: Float64Array.of(0, 1) });
  });

  test.each<[string, Uint8Array, string]>([
    ["text", npy.text, 'elements must be numbers of 1 to 8 bytes or truths, got "<U2"'],
    ["half an array", npy.float64.subarray(0, 150), "shape [2,3] must have 48 bytes of data, got 22"],
    ["half an archive", npz.deflated.subarray(0, 100), "the directory must lie inside the archive"],
    ["something else", Uint8Array.of(1, 2, 3), "must start as .npy or .npz does, got 3 bytes"],
  ])("refuses %s", async (_, bytes, message) => {
    await expect(readNumpy(bytes)).rejects.toThrow(message);
  });
});
