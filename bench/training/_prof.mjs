import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-node";

const sessions = [];
const o = ort.default ?? ort;
const create = o.InferenceSession.create.bind(o.InferenceSession);
const patched = async (m, opt) => {
  const s = await create(m, { ...opt, enableProfiling: true, profileFilePrefix: "/tmp/camp/prof" + sessions.length });
  sessions.push([s, m.length]);
  return s;
};
o.InferenceSession.create = patched;
const { trustRegion } = await import("quadric");
const { onnx } = await import("quadric/node");
const [name, m] = process.argv.slice(2);
const { default: kind } = await import(`./kinds/${name}.mjs`);
const objective = await kind.objective(1, onnx());
const run = trustRegion({ preconditionerPairs: Number(m) }).start(objective, objective.initial, {
  seed: 0,
  wholeData: true,
});
const src = {
  examples: 1,
  epochs: 0,
  batchSize: 1,
  draw: () => ({ epoch: 0, offset: 0, size: 1 }),
  batch: () => undefined,
  full: () => [undefined],
};
let solves = 0,
  prods = 0;
for (let i = 0; i < 60; i++) {
  const r = await run.step(src);
  prods += r.products;
}
for (const [s, len] of sessions) {
  s.endProfiling();
}
console.log(
  sessions.map(([, l]) => l),
  prods,
);
process.exit();
