import { jax, trustRegion } from "quadric";
import { onnx } from "quadric/node";

const name = process.argv[2];
const { default: kind } = await import(`./kinds/${name}.mjs`);
const objective = await kind.objective(0, onnx());
const ref = await kind.objective(0, jax({ device: "cpu" }));
const run = trustRegion({}).start(objective, objective.initial, { seed: 0, wholeData: true });
const src = {
  examples: 1,
  epochs: 0,
  batchSize: 1,
  draw: () => ({ epoch: 0, offset: 0, size: 1 }),
  batch: () => undefined,
  full: () => [undefined],
};
for (let i = 0; i < 90; i++) {
  const r = await run.step(src);
  if (i > 55 && i % 4 == 0) {
    const w = run.parameters;
    const v = (await objective.value(w)).value;
    const lin = await objective.linearize(w, undefined, "gauss-newton");
    const g = await objective.gradient(w);
    const j = await ref.value(w);
    console.log(
      i,
      r.loss,
      "value",
      v.toExponential(5),
      "linearize",
      lin.value.toExponential(5),
      "gradient",
      g.value.toExponential(5),
      "jax",
      j.value.toExponential(5),
    );
    lin.dispose();
  }
  if (r.status) break;
}
process.exit();
