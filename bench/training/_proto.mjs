import { norms, subproblems, trustRegion } from "quadric";
import { onnx } from "quadric/node";

const [name, seed, target, which, steps] = process.argv.slice(2);
const { default: kind } = await import(`./kinds/${name}.mjs`);
const objective = await kind.objective(Number(seed), onnx());
const opts = {
  exact: { subproblem: subproblems.exact({ algorithm: "more-sorensen" }) },
  exactsphere: { norm: norms.spherical(), subproblem: subproblems.exact({ algorithm: "more-sorensen" }) },
  cg: {},
  tight: { tolerance: 1e-5, maxProducts: 3000 },
  gltr: { subproblem: subproblems.gltr() },
}[which];
const opt = trustRegion(opts);
const run = opt.start(objective, objective.initial, { seed: Number(seed), wholeData: true });
const src = {
  examples: 1,
  epochs: 0,
  batchSize: 1,
  draw: () => ({ epoch: 0, offset: 0, size: 1 }),
  batch: () => undefined,
  full: () => [undefined],
};
const t0 = performance.now();
let acc = 0,
  prods = 0;
for (let i = 0; i < Number(steps); i++) {
  const r = await run.step(src);
  acc += r.accepted;
  prods += r.products;
  if (i % 10 === 0 || i > 60 || r.loss < Number(target) || r.status)
    console.log(
      i,
      acc,
      r.loss.toExponential(3),
      "Δ",
      r.radius.toExponential(2),
      "ρ",
      r.ratio?.toFixed(3),
      r.outcome,
      "λ",
      r.multiplier?.toExponential(2),
      "prods",
      prods,
      ((performance.now() - t0) / 1000).toFixed(1),
      r.status ?? "",
    );
  if (r.loss < Number(target) || r.status) break;
}
process.exit(0);
