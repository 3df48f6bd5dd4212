import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "../../src/data/safetensors.ts";
import { ConfigError } from "../../src/errors.ts";
import type { Tensor } from "../../src/vector/tensor.ts";
import { safetensorsBytes } from "./bytes.ts";

const tensors = new Map<string, Tensor>([
  ["0.bias", { shape: [3], data: Uint8Array.of(1, 2, 3) }],
  ["0.weight", { shape: [1, 2], data: Float32Array.of(1.5, -0) }],
  ["norm", { shape: [2], data: Float64Array.of(Math.PI, 1e-300) }],
  ["steps", { shape: [], data: Int32Array.of(-7) }],
  ["nothing", { shape: [0, 4], data: new Float32Array(0) }],
]);

const header = (entries: object) => JSON.stringify(entries);
const f32 = { dtype: "F32", shape: [1], data_offsets: [0, 4] };

describe("writeSafetensors()", () => {
  test("is read back exactly, metadata included", () => {
    const file = readSafetensors(writeSafetensors(tensors, { version: "1" }));
    expect(new Map([...file.tensors].sort())).toEqual(new Map([...tensors].sort()));
    expect(file.metadata).toEqual({ version: "1" });
  });

  test("is read back exactly from any offset inside a larger buffer", () => {
    const bytes = writeSafetensors(tensors);
    for (let offset = 0; offset < 9; offset++) {
      const larger = new Uint8Array(bytes.length + 16).fill(255);
      larger.set(bytes, offset);
      const { tensors: read } = readSafetensors(larger.subarray(offset, offset + bytes.length));
      expect(read.get("norm")).toEqual(tensors.get("norm"));
    }
  });

  test("aligns every tensor to its element", () => {
    const bytes = writeSafetensors(tensors);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const entries = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    for (const [name, { data_offsets: offsets }] of Object.entries<{ data_offsets: number[] }>(entries)) {
      expect((8 + length + offsets[0]) % tensors.get(name)!.data.BYTES_PER_ELEMENT).toBe(0);
    }
  });

  test("gives the same bytes whatever the order of insertion", () => {
    expect(writeSafetensors(new Map([...tensors].reverse()))).toEqual(writeSafetensors(tensors));
  });

  test("keeps any name, those of Object.prototype included", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "0"))), (names) => {
        const named = new Map(names.map((name, i) => [name, { shape: [1], data: Float32Array.of(i) }]));
        const { tensors: read } = readSafetensors(writeSafetensors(named));
        expect(read.size).toBe(named.size);
        for (const [name, tensor] of named) expect(read.get(name)).toEqual(tensor);
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  test("refuses a shape that is not the data's", () => {
    const wrong = new Map([["w", { shape: [3], data: Float32Array.of(1) }]]);
    expect(() => writeSafetensors(wrong)).toThrow(
      new ConfigError('safetensors: tensor "w" of shape [3] must have 3 elements, got 1.'),
    );
  });
});

describe("readSafetensors()", () => {
  test.each([
    ["nothing", Uint8Array.of(), "a file must have at least 8 bytes, got 0."],
    ["a header longer than the file", Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0), "a header of 255 bytes must fit"],
    ["a header length beyond integers", new Uint8Array(16).fill(255), "a header of 18446744073709551615 bytes"],
    ["broken JSON", safetensorsBytes("{", []), "the header must be JSON"],
    ["JSON that is no object", safetensorsBytes("[]", []), "the header must be a JSON object"],
    ["metadata that are no strings", safetensorsBytes('{"__metadata__":{"a":1}}', []), "must be an object of strings"],
    ["an unknown type", safetensorsBytes(header({ w: { ...f32, dtype: "F8_E4M3" } }), [0, 0, 0, 0]), 'got "F8_E4M3"'],
    [
      "a type from the prototype",
      safetensorsBytes(header({ w: { ...f32, dtype: "constructor" } }), []),
      "must be one of",
    ],
    [
      "a negative size",
      safetensorsBytes(header({ w: { ...f32, shape: [-1] } }), []),
      "a shape of integers ≥ 0, got [-1]",
    ],
    ["no shape", safetensorsBytes('{"w":{"dtype":"F32"}}', []), "a shape of integers ≥ 0, got undefined"],
    [
      "an entry that is null",
      safetensorsBytes('{"w":null}', []),
      "must be one of F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, got undefined",
    ],
    [
      "a wrong span",
      safetensorsBytes(header({ w: { ...f32, data_offsets: [0, 5] } }), []),
      "must span 4 bytes, got [0,5]",
    ],
    ["a truncated body", safetensorsBytes(header({ w: f32 }), [0, 0, 0]), "the tensors need 4 bytes of data, got 3."],
    [
      "bytes too many",
      safetensorsBytes(header({ w: f32 }), [0, 0, 0, 0, 0]),
      "the tensors need 4 bytes of data, got 5.",
    ],
    [
      "a hole",
      safetensorsBytes(header({ w: { ...f32, data_offsets: [1, 5] } }), [0, 0, 0, 0, 0]),
      "must start at byte 0",
    ],
    [
      "overlap",
      safetensorsBytes(header({ v: f32, w: f32 }), [0, 0, 0, 0]),
      '"w" must start at byte 4 of the data, got 0.',
    ],
    [
      "a name twice",
      safetensorsBytes(`{"w":${JSON.stringify(f32)},"\\u0077":${JSON.stringify(f32)}}`, [0, 0, 0, 0]),
      'every name must be there once, got "w" twice.',
    ],
    ["a huge shape", safetensorsBytes(header({ w: { ...f32, shape: [2 ** 40, 2 ** 40] } }), []), "must span"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(ConfigError);
    expect(() => readSafetensors(bytes)).toThrow(message);
  });
});

test("readSafetensors() reads half precision, bfloat16, all integers and truths", () => {
  const entry = (dtype: string, size: number, start: number, end: number) => ({
    dtype,
    shape: [size],
    data_offsets: [start, end],
  });
  const json = {
    half: entry("F16", 2, 0, 4),
    brain: entry("BF16", 1, 4, 6),
    long: entry("I64", 1, 6, 14),
    short: entry("I16", 1, 14, 16),
    truth: entry("BOOL", 2, 16, 18),
  };
  const bytes = [0x00, 0x3e, 0x00, 0xc0, 0xc0, 0x3f, 0xf9, ...new Array(7).fill(0xff), 0xd4, 0xfe, 1, 0];
  const { tensors } = readSafetensors(safetensorsBytes(JSON.stringify(json), bytes));
  expect(tensors.get("half")!.data).toEqual(Float32Array.of(1.5, -2));
  expect(tensors.get("brain")!.data).toEqual(Float32Array.of(1.5));
  expect(tensors.get("long")!.data).toEqual(Float64Array.of(-7));
  expect(tensors.get("short")!.data).toEqual(Int32Array.of(-300));
  expect(tensors.get("truth")!.data).toEqual(Uint8Array.of(1, 0));
});
