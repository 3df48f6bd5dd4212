/** Damaged and odd tables: a table or a ConfigError, never anything else. `npm run soak:fuzz` has a million of them. */
import fc from "fast-check";
import { ConfigError } from "quadric";
import { afterAll, expect, test } from "vitest";
import { damagedFile } from "../../../../quadric/test/helpers/damage.ts";
import { record } from "../../../../quadric/test/helpers/record.ts";
import { parseCifar10 } from "../../../src/data/cifar10.ts";
import { readCsv } from "../../../src/data/csv.ts";
import { fitPreparation, prepareInputs } from "../../../src/data/preparation.ts";
import { targetsOf } from "../../../src/data/target.ts";

/** Three properties share what others get eight times: a million in all of a soak. */
const runs = Math.ceil((Number(process.env.FUZZ_RUNS ?? 2000) * 8) / 3 / (process.env.FUZZ_RUNS ? 1 : 8));
let inputs = 0;
let tables = 0;

afterAll(() =>
  record("soak-fuzz-tables", { inputs, tables, peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) }),
);

/** Reads a file in two pieces, prepares what it holds, and looks whether it is sound. */
async function reads(bytes: Uint8Array, cut: number): Promise<void> {
  inputs++;
  async function* pieces() {
    yield bytes.subarray(0, cut);
    yield bytes.subarray(cut);
  }
  try {
    const table = await readCsv(pieces);
    tables++;
    for (const { values, levels, missing } of table.columns) {
      expect(values.length).toBe(table.rows);
      expect(values.filter(Number.isNaN).length).toBe(missing);
      expect(values.every((x) => Number.isNaN(x) || (levels.length > 0 ? x in levels : Number.isFinite(x)))).toBe(true);
    }
    const preparation = fitPreparation(table);
    expect(prepareInputs(preparation, table).data.every(Number.isFinite)).toBe(true);
    targetsOf(preparation.target, table.columns.at(-1)!);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toContain("\n");
  }
}

const file = new TextEncoder().encode(
  '\ufeffid;größe;"town; land";day;flat;price\r\n1;1,5;Köln;2025-03-04;yes;1.000,5\r\n2;;"a ""b""\nc";?;no;7 €\r\n3;1e300;Köln;31.12.2025;yes;12%\r\n',
);

test("a table with damaged bytes is a table or a ConfigError", async () => {
  await fc.assert(fc.asyncProperty(damagedFile(file), fc.nat(200), reads), { seed: 11, numRuns: runs });
});

test("cells of all kinds in any order are a table or a ConfigError", async () => {
  const cell = fc.constantFrom(
    ..."1,-2.5,1e308,-1e308,5e-324,0x10,1 000,1'000,12%,$5,NA,?,,-,x,yes,no,true,2025-01-31,31.12.25,1/2/2025,12:30,NaN,a b".split(
      ",",
    ),
    ...['"', '""', '"a,b"', '"open', 'in"side', "1,5", "1,000", "\u00a0", "\ufeff", "'", "#", "sep=;", "\\N", "é"],
  );
  const lines = fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 14 });
  const ends = fc.constantFrom("\n", "\r\n", "\r", "\n\n");
  const delimiters = fc.constantFrom(",", ";", "\t", "|", " ");
  await fc.assert(
    fc.asyncProperty(lines, ends, delimiters, fc.nat(80), async (rows, end, delimiter, cut) => {
      await reads(new TextEncoder().encode(rows.map((row) => row.join(delimiter)).join(end)), cut);
    }),
    { seed: 12, numRuns: runs },
  );
});

test("any bytes are a table or a ConfigError", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(200), reads), { seed: 13, numRuns: runs });
});

test("a damaged CIFAR-10 file is images or a ConfigError", () => {
  fc.assert(
    fc.property(damagedFile(new Uint8Array(3073)), (bytes) => {
      try {
        parseCifar10(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
      }
    }),
    { seed: 14, numRuns: Math.ceil(runs / 10) },
  );
});
