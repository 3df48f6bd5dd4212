import { trustRegion } from "quadric";
import { onnx } from "quadric/node";

const [name, m] = process.argv.slice(2);
const { default: kind } = await import(`./kinds/${name}.mjs`);
const engine = onnx();
const times = {};
const clock = (label, ex) =>
  ex.then(({ run, dispose }) => ({
    async run(...a) {
      const t = performance.now();
      const r = await run(...a);
      (times[label] ??= []).push(performance.now() - t);
      return r;
    },
    dispose,
  }));
let n = 0;
const backend = {
  ...engine,
  compile: (g) => clock(`p${n++}:${g.outputs.length}`, engine.compile(g)),
  compileSteihaug: (...a) => clock("solve", engine.compileSteihaug(...a)),
};
const objective = await kind.objective(1, backend);
const run = trustRegion(m ? { preconditionerPairs: Number(m) } : {}).start(objective, objective.initial, {
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
let total = 0,
  prods = 0;
let c = 0;
for (let i = 0; i < 110; i++) {
  const t = performance.now();
  const r = await run.step(src);
  if (i >= 10) {
    total += performance.now() - t;
    prods += r.products;
    c++;
  }
  if (r.status) break;
}
const b = objective.ledger.counts();
console.log(name, "steps", c, "ms/step", (total / c).toFixed(2), "products/step", prods / c);
for (const [k, v] of Object.entries(times)) {
  const s = v.slice(10).sort((a, b) => a - b);
  console.log(
    k.padEnd(10),
    "calls",
    v.length,
    "median",
    s[s.length >> 1]?.toFixed(3),
    "total",
    v.reduce((a, b) => a + b, 0).toFixed(0),
  );
}
process.exit();
