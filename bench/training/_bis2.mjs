import { jax } from "quadric";
import { onnx } from "quadric/node";

const { default: kind } = await import(`./kinds/${process.argv[2]}.mjs`);
const a = await kind.objective(0, onnx());
const b = await kind.objective(0, jax({ device: "cpu" }));
const w = a.initial;
const x = (await a.predict(w)).data,
  y = (await b.predict(w)).data;
const bad = [];
for (let i = 0; i < x.length; i++) if (Math.abs(x[i] - y[i]) > 1e-4 * Math.abs(x[i]) + 1e-6) bad.push(i);
console.log(x.length, "bad", bad.length, bad.slice(0, 20), bad.slice(-5), x[bad[0]], y[bad[0]]);
console.log(Array.from(x.slice(0, 6)), Array.from(y.slice(0, 6)));
process.exit();
