/** Hostile bytes: a parser answers with a value or a ConfigError, never with anything else, and allocates what it was given. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { parseCsv } from "../../../src/data/csv.ts";
import { parseIdx } from "../../../src/data/idx.ts";
import { readNumpy } from "../../../src/data/numpy.ts";
import { readSafetensors, writeSafetensors } from "../../../src/data/safetensors.ts";
import { ConfigError } from "../../../src/errors.ts";
import { damagedFile } from "../../helpers/damage.ts";
import { record } from "../../helpers/record.ts";
import { ascii, idxBytes, safetensorsBytes } from "../bytes.ts";
import { npy, npz } from "../numpy-files.ts";

const valid = {
  idx: idxBytes(8, [2, 3], [1, 2, 3, 4, 5, 6]),
  csv: ascii('a,"b",c\n1,2,3\n4,5e-3,6\n'),
  safetensors: writeSafetensors(new Map([["w", { shape: [2], data: Float32Array.of(1, 2) }]]), { version: "1" }),
};
/** Inputs of each test; `npm run soak:fuzz` has more. */
const runs = Number(process.env.FUZZ_RUNS ?? 2000);
const parsers = { idx: parseIdx, csv: parseCsv, safetensors: readSafetensors };
const formats = Object.keys(parsers) as (keyof typeof parsers)[];

let inputs = 0;

function answers(parse: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void {
  inputs++;
  try {
    parse(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
  }
}

afterAll(() => record("soak-fuzz-data", { inputs, peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));

describe.each(formats)("%s parser", (format) => {
  test("answers any bytes with a value or a ConfigError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => answers(parsers[format], bytes)),
      { seed: 1, numRuns: runs },
    );
  });

  test("answers a damaged file with a value or a ConfigError", () => {
    fc.assert(
      fc.property(damagedFile(valid[format]), (bytes) => answers(parsers[format], bytes)),
      { seed: 2, numRuns: runs },
    );
  });
});

test("readSafetensors() answers any JSON header with a value or a ConfigError", () => {
  const entry = fc.record(
    {
      dtype: fc.oneof(fc.constantFrom("F64", "F32", "F16", "I64", "I32", "U8", "BOOL"), fc.jsonValue()),
      shape: fc.oneof(fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 3 }), fc.jsonValue()),
      data_offsets: fc.oneof(fc.array(fc.integer({ min: -1, max: 16 }), { maxLength: 3 }), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const header = fc.oneof(fc.jsonValue(), fc.dictionary(fc.string({ maxLength: 3 }), entry, { maxKeys: 3 }));
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 16 }), (json, data) =>
      answers(readSafetensors, safetensorsBytes(JSON.stringify(json), [...data])),
    ),
    { seed: 3, numRuns: runs },
  );
});

test.each([
  ["npy", npy.float64],
  ["npz", npz.deflated],
])("readNumpy() answers a damaged .%s with arrays or a ConfigError", async (_, file) => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(damagedFile(file), fc.uint8Array({ maxLength: 64 })), async (bytes) => {
      inputs++;
      await readNumpy(bytes).catch((error) => expect(error).toBeInstanceOf(ConfigError));
    }),
    { seed: 4, numRuns: runs / 2 },
  );
});
