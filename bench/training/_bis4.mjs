import { jvp, numpy as np, tree } from "@jax-js/jax";
import { compileObjective, jax, mlp } from "quadric";
import { onnx } from "quadric/node";

const n = 32,
  N = n * n;
const ts = Float32Array.from({ length: N }, (_, i) => (Math.floor(i / n) + 0.5) / n);
const zs = Float32Array.from({ length: N }, (_, i) => ((i % n) + 0.5) / n);
const col = (v) => np.array(v).reshape([N, 1]);
const both = Float32Array.from({ length: 2 * N }, (_, i) => (i % 2 ? ts : zs)[i >> 1]);
const hs = zs.map((z) => Math.exp(-8 * z * z));
const network = mlp([2, 32, 32, 1], { activation: "tanh" });
const net = (p, t) => network.apply(tree.ref(p), np.concatenate([col(zs), t.ref], 1));
const W = () => np.array(Float32Array.from({ length: 64 }, (_, i) => Math.sin(i))).reshape([2, 32]);
const V = () => np.array(Float32Array.from({ length: 32 }, (_, i) => Math.cos(i))).reshape([32, 1]);
const d = (f) => jvp(f, [col(ts)], [np.onesLike(col(ts))])[1];
const cc = (t) => np.concatenate([col(zs), t], 1);
const cases = {
  "d concat": (p) => d(cc).sum(1),
  "d concat w": (p) =>
    d((t) => cc(t))
      .mul(p[0])
      .sum(1),
  "d dot": (p) => d((t) => np.dot(cc(t), W().mul(p[0]))).sum(1),
  "d dot const": (p) =>
    d((t) => np.dot(cc(t), W()))
      .mul(p[0])
      .sum(1),
  "d tanh dot": (p) => d((t) => np.tanh(np.dot(cc(t), W().mul(p[0])))).sum(1),
  "d dot tanh dot": (p) => d((t) => np.dot(np.tanh(np.dot(cc(t), W().mul(p[0]))), V())).sum(1),
  "dot of padded ones": (p) => np.dot(np.concatenate([np.zeros([N, 1]), np.ones([N, 1])], 1), W().mul(p[0])).sum(1),
  "dot of padded var": (p) => np.dot(np.concatenate([np.zeros([N, 1]), np.ones([N, 1]).mul(p[0])], 1), W()).sum(1),
  "ones dot": (p) => np.dot(np.ones([N, 2]), W().mul(p[0])).sum(1),
};
for (const [k, f] of Object.entries(cases)) {
  const r = [];
  for (const backend of [onnx(), jax({ device: "cpu" })]) {
    const o = await compileObjective(
      { model: (p) => f(p).reshape([N]), loss: (z) => np.sum(np.square(z)), params: [np.array(1.5)] },
      { backend },
    );
    r.push((await o.value(o.initial)).value);
  }
  console.log(k, ...r, Math.abs(r[0] / r[1] - 1) > 1e-5 ? "  <--- DIFFERS" : "");
}
process.exit();
