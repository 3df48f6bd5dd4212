/** Trains a small network, then looks at the curvature it has reached, plain and in the norm that the optimizer would use. */
import { compileObjective, fit, losses, mlp, norms, supervised } from "quadric";
import { estimates, operators, spectrum } from "quadric/analysis";
import { onnx } from "quadric/node";

// Points on three rings of growing radius.
const n = 300;
const ring = Int32Array.from({ length: n }, (_, i) => i % 3);
const points = Float32Array.from({ length: 2 * n }, (_, k) => {
  const i = k >> 1;
  return (1 + ring[i]) * (k % 2 ? Math.sin(i) : Math.cos(i));
});
const batch = { x: { shape: [n, 2], data: points }, y: { shape: [n], data: ring } };

const backend = onnx();
const problem = supervised(mlp([2, 12, 3], { activation: "tanh" }), losses.crossEntropy);
const { params, history } = await fit(problem, batch, { backend, steps: 40 });
console.log(`loss ${history[0].loss.toFixed(3)} → ${history.at(-1)!.loss.toFixed(4)}`);

const objective = await compileObjective({ ...problem, params }, { backend });
const { gradient, curvature } = await objective.linearize(objective.initial, batch, "hessian");
const norm = norms.rmsprop();
norm.update(gradient);

for (const [name, operator] of [
  ["Hessian", curvature],
  ["in the RMSProp norm", operators.whitened(curvature, norm)],
] as const) {
  const { min, max } = await spectrum(operator);
  const { diagonal } = await estimates.dominance(operator);
  const [low, high] = [min, max].map(({ value }) => value.toPrecision(3));
  console.log(`${name.padEnd(20)} eigenvalues ${low} … ${high}, diagonal share ${diagonal.toFixed(3)}`);
}
objective.dispose();
