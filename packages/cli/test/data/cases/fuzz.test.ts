/**
 * Damaged and odd files of every format that is read: what it holds, or a ConfigError in one line, never anything else.
 * `npm run soak:fuzz` has a million of them.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { ConfigError, type Tensor } from "quadric";
import { parseIdx, readNumpy, readSafetensors, writeSafetensors } from "quadric/data";
import { afterAll, expect, test } from "vitest";
import { idxBytes } from "../../../../quadric/test/data/bytes.ts";
import { npy, npz } from "../../../../quadric/test/data/numpy-files.ts";
import { damagedFile } from "../../../../quadric/test/helpers/damage.ts";
import { record } from "../../../../quadric/test/helpers/record.ts";
import { parseCifar10 } from "../../../src/data/cifar10.ts";
import { readCsv } from "../../../src/data/csv.ts";
import { readTable } from "../../../src/data/files.ts";
import { readParquet } from "../../../src/data/parquet.ts";
import { makeParquetDecoder } from "../../../src/data/parquet-decoder.ts";
import { fitPreparation, prepareInputs } from "../../../src/data/preparation.ts";
import type { Table } from "../../../src/data/table.ts";
import { targetsOf } from "../../../src/data/target.ts";
import { temporaryFolder } from "../../command.ts";
import { parquet } from "./parquet-files.ts";

const folder = temporaryFolder();
const isSoak = process.env.FUZZ_RUNS !== undefined;
/** Files in all, and at most as much memory: the reader's with the test's. */
const files = isSoak ? Number(process.env.FUZZ_RUNS) * 8 : 1200;
const mostMegabytes = 1024;

/** A damaged file is cut off, shifted, or has but some bytes changed, which lets more of it be read. */
const damaged = (...whole: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc.oneof(...whole.flatMap((file) => [damagedFile(file), changed(file)]));

const changed = (file: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    .map((changes) => changes.reduce((bytes, [at, value]) => bytes.fill(value, at, at + 1), Uint8Array.from(file)));

const text = (lines: string) => new TextEncoder().encode(lines);
const semicolons = text(
  '\ufeffid;größe;"town; land";day;flat;price\r\n1;1,5;Köln;2025-03-04;yes;1.000,5\r\n2;;"a ""b""\nc";?;no;7 €\r\n3;1e300;Köln;31.12.2025;yes;12%\r\n',
);
const commas = text('# from a lab\nsize,town,"a, b"\n1.5,Bern,"1,000"\n-2e3,,$7\n.5,"Bern",NA\n');
const tabs = text("\tx\ty\nrow1\t1\tyes\nrow2\t2\tno\nrow3\tNA\tyes\n");

const cell = fc.constantFrom(
  ..."1,-2.5,1e308,-1e308,5e-324,0x10,1 000,1'000,12%,$5,NA,?,,-,x,yes,no,true,2025-01-31,31.12.25,1/2/2025,12:30,NaN,a b".split(
    ",",
  ),
  ...['"', '""', '"a,b"', '"open', 'in"side', "1,5", "1,000", "\u00a0", "\ufeff", "'", "#", "sep=;", "\\N", "é"],
);
const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 14 });
const cells = fc
  .tuple(rows, fc.constantFrom("\n", "\r\n", "\r", "\n\n"), fc.constantFrom(",", ";", "\t", "|", " "))
  .map(([lines, end, delimiter]) => text(lines.map((line) => line.join(delimiter)).join(end)));

function requireTable(table: Table): void {
  for (const { values, levels, missing } of table.columns) {
    expect(values.length).toBe(table.rows);
    expect(values.filter(Number.isNaN).length).toBe(missing);
    expect(values.every((x) => Number.isNaN(x) || (levels.length > 0 ? x in levels : Number.isFinite(x)))).toBe(true);
  }
  const preparation = fitPreparation(table);
  expect(prepareInputs(preparation, table).data.every(Number.isFinite)).toBe(true);
  targetsOf(preparation.target, table.columns.at(-1)!);
}

function requireTensors(tensors: Iterable<Tensor>): void {
  for (const { shape, data } of tensors) expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
}

type Content = { readonly table: Table } | { readonly tensors: Iterable<Tensor> };

/** In two pieces, as a file may come. */
async function readText(bytes: Uint8Array, cut: number): Promise<Content> {
  async function* pieces() {
    yield bytes.subarray(0, cut);
    yield bytes.subarray(cut);
  }
  return { table: await readCsv(pieces) };
}

const decoder = makeParquetDecoder({ seconds: 0.5 });

/** Through the disk, as a user's file comes. */
async function readFromDisk(bytes: Uint8Array): Promise<Content> {
  const path = join(folder, "table");
  writeFileSync(path, bytes);
  const isParquet = Buffer.from(bytes.subarray(0, 4)).toString("latin1") === "PAR1";
  return { table: await (isParquet ? readParquet(path, {}, decoder) : readTable(path)) };
}

const idx = idxBytes(8, [2, 3], [1, 2, 3, 4, 5, 6]);
const tensors = writeSafetensors(new Map([["w", { shape: [2], data: Float32Array.of(1, 2) }]]), { version: "1" });

type Read = (bytes: Uint8Array, cut: number) => Content | Promise<Content>;
const readNumbers: Read = async (bytes) => ({ tensors: (await readNumpy(bytes)).values() });
/** Format, its share of all files in per cent, files, reader. */
const campaign: readonly (readonly [string, number, fc.Arbitrary<Uint8Array>, Read])[] = [
  ["comma-separated", 19, damaged(commas), readText],
  ["semicolon-separated", 20, damaged(semicolons), readText],
  ["tab-separated", 14, damaged(tabs), readText],
  ["cells of all kinds", 22, cells, readText],
  ["any bytes", 9, fc.uint8Array({ maxLength: 200 }), readText],
  [
    "gzipped",
    2,
    fc.oneof(
      damaged(gzipSync(semicolons)),
      damaged(commas).map((bytes) => gzipSync(bytes, { level: 1 })),
    ),
    readFromDisk,
  ],
  ["npy", 4, damaged(npy.float64, npy.fortran), readNumbers],
  ["npz", 2, damaged(npz.deflated), readNumbers],
  ["safetensors", 3, damaged(tensors), (bytes) => ({ tensors: readSafetensors(bytes).tensors.values() })],
  ["IDX", 3, damaged(idx), (bytes) => ({ tensors: [parseIdx(bytes)] })],
  ["CIFAR-10", 1, damaged(new Uint8Array(3073)), (bytes) => ({ tensors: [parseCifar10(bytes).images] })],
  ["Parquet", 1, damaged(...Object.values(parquet).map((base64) => Buffer.from(base64, "base64"))), readFromDisk],
];

interface Tally {
  files: number;
  read: number;
  slowestMilliseconds: number;
  seed: number;
}
const formats: Record<string, Tally> = {};
const peakMegabytes = () => Math.round(process.resourceUsage().maxRSS / 1024);

afterAll(() => {
  decoder.close();
  const total = Object.values(formats).reduce((sum, tally) => sum + tally.files, 0);
  record("soak-fuzz-files", {
    command: `FUZZ_RUNS=${files / 8} npx vitest run packages/cli/test/data/cases/fuzz.test.ts --testTimeout=0`,
    files: total,
    formats,
    processorSeconds: process.cpuUsage().user / 1e6,
    peakMegabytes: peakMegabytes(),
  });
});

test.each(campaign)("%s: a damaged file is read or refused in one line", async (format, share, arbitrary, read) => {
  const seed = 11 + Object.keys(formats).length;
  formats[format] = { files: 0, read: 0, slowestMilliseconds: 0, seed };
  const tally = formats[format];
  await fc.assert(
    fc.asyncProperty(arbitrary, fc.nat(200), async (bytes, cut) => {
      const began = performance.now();
      try {
        const content = await read(bytes, cut);
        tally.read++;
        if ("table" in content) requireTable(content.table);
        else requireTensors(content.tensors);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        expect(error.message).not.toContain("\n");
      }
      tally.files++;
      tally.slowestMilliseconds = Math.max(tally.slowestMilliseconds, Math.round(performance.now() - began));
    }),
    { seed, numRuns: Math.ceil((files * share) / 100) },
  );
  if (isSoak) expect(peakMegabytes()).toBeLessThan(mostMegabytes);
});
