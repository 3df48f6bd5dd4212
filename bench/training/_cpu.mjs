import { trustRegion } from "quadric";
import { onnx } from "quadric/node";

const [name, m, steps] = process.argv.slice(2);
const { default: kind } = await import(`./kinds/${name}.mjs`);
const objective = await kind.objective(1, onnx());
const src = {
  examples: 1,
  epochs: 0,
  batchSize: 1,
  draw: () => ({ epoch: 0, offset: 0, size: 1 }),
  batch: () => undefined,
  full: () => [undefined],
};
for (let r = 0; r < 5; r++) {
  const run = trustRegion({ preconditionerPairs: Number(m) }).start(objective, objective.initial, {
    seed: 0,
    wholeData: true,
  });
  const t = performance.now();
  let n = 0;
  for (let i = 0; i < Number(steps); i++) {
    const rec = await run.step(src);
    n++;
    if (rec.status) break;
  }
  console.log(((performance.now() - t) / n).toFixed(2), "ms/step", n);
}
process.exit();
