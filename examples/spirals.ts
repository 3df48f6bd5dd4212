/** Two interleaved spirals, a classic that gradient descent finds hard: a network from scratch, no learning rate. */
import { fit, losses, mlp, supervised } from "quadric";
import { onnx } from "quadric/node";

const n = 400;
const points = new Float32Array(2 * n);
const sides = new Int32Array(n);
for (let i = 0; i < n; i++) {
  const side = i % 2;
  const angle = 0.3 + (3 * Math.PI * i) / n;
  points[2 * i] = (angle * Math.cos(angle + Math.PI * side)) / 10;
  points[2 * i + 1] = (angle * Math.sin(angle + Math.PI * side)) / 10;
  sides[i] = side;
}
const data = { x: { shape: [n, 2], data: points }, y: { shape: [n], data: sides } };

const network = mlp([2, 32, 32, 2], { activation: "tanh" });
const { history, counts } = await fit(supervised(network, losses.crossEntropy), data, { backend: onnx(), steps: 200 });
console.log(
  `loss ${history[0].loss.toFixed(3)} → ${history.at(-1)?.loss.toExponential(1)}, ${counts.backprops} backprops`,
);
