/**
 * The next character of the GNU General Public License 3 as Debian has it, by a transformer of one block, 32 features
 * and 32 characters of context; batches of 64 passages. Loss on 320 passages of the first nine tenths, test loss on as
 * many of the last tenth.
 */
import { readFileSync } from "node:fs";
import { compileObjective, supervised } from "quadric";
import { runnerImport } from "vite";
import { meanLoss } from "./mean-loss.mjs";

const { sequenceCrossEntropy, transformer } = (
  await runnerImport(new URL("../../../../examples/models/transformer.ts", import.meta.url).pathname)
).module;
const context = 32;
const text = readFileSync(process.env.TEXT ?? "/usr/share/common-licenses/GPL-3", "utf8");
const letters = [...new Set(text)].sort();
const codes = Int32Array.from(text, (letter) => letters.indexOf(letter));
/** Passages that begin at the places, and what follows each of their characters. */
const passages = (places) => {
  const part = (shift) => ({
    shape: [places.length, context],
    data: Int32Array.from({ length: places.length * context }, (_, i) => {
      return codes[places[Math.floor(i / context)] + (i % context) + shift];
    }),
  });
  return { x: part(0), y: part(1) };
};
const border = Math.floor(0.9 * codes.length);
const spread = (from, to, n) =>
  Int32Array.from({ length: n }, (_, i) => from + Math.floor((i * (to - from - context - 1)) / n));
const parts = (from, to) => {
  const places = spread(from, to, 320);
  return Array.from({ length: 5 }, (_, k) => passages(places.subarray(64 * k, 64 * (k + 1))));
};
const [monitored, held] = [parts(0, border), parts(border, codes.length)];
const network = transformer({ vocabulary: letters.length, context, width: 32 });

export default {
  dtype: "float32",
  batchSize: 64,
  data: passages(spread(0, border, border - context - 1)),
  objective: (seed, backend) => compileObjective(supervised(network, sequenceCrossEntropy, { seed }), { backend }),
  loss: (objective, w) => meanLoss(objective, w, monitored),
  test: { name: "test loss", measure: (objective, w) => meanLoss(objective, w, held) },
  targets: [2.5, 2.2, 2],
};
