/**
 * Makes the embedded data set: node scripts/digits.mjs DIGITS_CSV, after `npm run build`.
 *
 * DIGITS_CSV is docs/static/data/digits.csv of the npm package scikitjs 1.24.0: 1,797 rows of 64 pixels in 0..16 and
 * the digit. Writes them as four gzipped IDX files, named as MNIST's are, with 360 test images chosen class by class
 * (seed 0).
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { parseCsv, stratifiedSplit } from "quadric/data";

const folder = new URL("../packages/cli/data/digits/", import.meta.url);
const { values } = parseCsv(readFileSync(process.argv[2]));
const rows = Array.from({ length: values.shape[0] }, (_, i) => Array.from(values.data.subarray(65 * i, 65 * (i + 1))));
const digits = rows.map((row) => row[64]);
const { train, test } = stratifiedSplit(digits, 360, 0);

function idx(sizes, elements) {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.set([0, 0, 8, sizes.length]);
  sizes.forEach((size, axis) => {
    header.writeUInt32BE(size, 4 + 4 * axis);
  });
  return gzipSync(Buffer.concat([header, Buffer.from(elements)]), { level: 9 });
}

mkdirSync(folder, { recursive: true });
for (const [name, indices] of Object.entries({ train, t10k: test })) {
  const images = Array.from(indices).flatMap((i) => rows[i].slice(0, 64));
  const labels = Array.from(indices, (i) => digits[i]);
  writeFileSync(new URL(`${name}-images-idx3-ubyte.gz`, folder), idx([labels.length, 8, 8], images));
  writeFileSync(new URL(`${name}-labels-idx1-ubyte.gz`, folder), idx([labels.length], labels));
}
