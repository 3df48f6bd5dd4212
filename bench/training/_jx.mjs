import { jax } from "quadric";
import { onnx } from "quadric/node";

for (const name of ["reaction", "wave", "poisson", "convection"]) {
  const { default: kind } = await import(`./kinds/${name}.mjs`);
  const a = await kind.objective(0, onnx());
  const b = await kind.objective(0, jax({ device: "cpu" }));
  const same = a.initial.every((x, i) => x === b.initial[i]);
  console.log(
    name,
    same,
    (await a.value(a.initial)).value,
    (await b.value(a.initial)).value,
    (await b.value(a.initial)).value,
  );
  const w = a.initial.map((x, i) => x + 0.1 * Math.sin(i));
  console.log("  moved", (await a.value(w)).value, (await b.value(w)).value);
}
process.exit();
