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
const cases = {
  "net on constant": (p) => network.apply(tree.ref(p), np.array(both).reshape([N, 2])),
  "net on concat": (p) => net(p, col(ts)),
  "t*net": (p) => {
    const t = col(ts);
    return t.ref.mul(net(p, t));
  },
  "h+t*net": (p) => {
    const t = col(ts);
    return col(hs).add(t.ref.mul(net(p, t)));
  },
  "jvp net": (p) => jvp((t) => net(p, t), [col(ts)], [np.onesLike(col(ts))])[1],
  "jvp t net": (p) => jvp((t) => t.ref.mul(net(p, t)), [col(ts)], [np.onesLike(col(ts))])[1],
};
for (const [k, f] of Object.entries(cases)) {
  const r = [];
  for (const backend of [onnx(), jax({ device: "cpu" })]) {
    const o = await compileObjective(
      { model: (p) => f(p).reshape([N]), loss: (z) => np.sum(np.square(z)), params: network.init(0) },
      { backend },
    );
    r.push((await o.value(o.initial)).value);
  }
  console.log(k, ...r, Math.abs(r[0] / r[1] - 1) > 1e-5 ? "  <--- DIFFERS" : "");
}
process.exit();
