import { jax } from "quadric";
import { onnx } from "quadric/node";

const { default: kind } = await import(`./kinds/reaction.mjs`);
const a = await kind.objective(0, onnx());
const b = await kind.objective(0, jax({ device: "cpu" }));
const w = a.initial;
const T = Object.fromEntries(a.layout.tensors.map((t) => [t.name, [t, w.subarray(t.offset, t.offset + t.size)]]));
console.log(
  Object.entries(T)
    .map(([k, [t]]) => `${k} ${t.shape}`)
    .join("; "),
);
const L = Object.values(T).map((x) => x[1]); // order as layout
// forward-mode dual in t, MLP 2-32-32-1
const get = (n) =>
  Object.entries(T)
    .filter(([k]) => k.includes(n))
    .map(([, v]) => v);
const tensors = Object.values(T);
// pair weights & biases by shapes
const Ws = tensors.filter(([t]) => t.shape.length === 2),
  bs = tensors.filter(([t]) => t.shape.length === 1);
function net(z, t) {
  let h = [z, t],
    d = [0, 1];
  for (let l = 0; l < 3; l++) {
    const [Wt, W] = Ws[l];
    const [, bias] = bs[l];
    const [r, c] = Wt.shape;
    const inFirst = r === h.length;
    const out = inFirst ? c : r;
    const nh = [],
      nd = [];
    for (let j = 0; j < out; j++) {
      let s = bias[j],
        ds = 0;
      for (let i = 0; i < h.length; i++) {
        const ww = inFirst ? W[i * c + j] : W[j * c + i];
        s += ww * h[i];
        ds += ww * d[i];
      }
      if (l < 2) {
        const th = Math.tanh(s);
        nh.push(th);
        nd.push((1 - th * th) * ds);
      } else {
        nh.push(s);
        nd.push(ds);
      }
    }
    h = nh;
    d = nd;
  }
  return [h[0], d[0]];
}
let sum = 0;
const n = 32;
for (let k = 0; k < n * n; k++) {
  const x = ((k % n) + 0.5) / n,
    t = (Math.floor(k / n) + 0.5) / n;
  const z = 2 * x - 1;
  const h = Math.exp(-8 * z * z);
  const [N, dN] = net(z, t);
  const u = h + t * N,
    ut = N + t * dN;
  const r = ut - 5 * u * (1 - u);
  sum += r * r;
}
console.log("reference", sum / (n * n), "onnx", (await a.value(w)).value, "jax", (await b.value(w)).value);
process.exit();
