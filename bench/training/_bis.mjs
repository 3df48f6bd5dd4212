import { jvp, numpy as np } from "@jax-js/jax";
import { compileObjective, jax, mlp } from "quadric";
import { onnx } from "quadric/node";

const n = 32,
  N = n * n;
const ts = Float32Array.from({ length: N }, (_, i) => (Math.floor(i / n) + 0.5) / n);
const zs = Float32Array.from({ length: N }, (_, i) => ((i % n) + 0.5) / n);
const col = (v) => np.array(v).reshape([N, 1]);
const W = np.array(Float32Array.from({ length: 64 }, (_, i) => Math.sin(i))).reshape([2, 32]);
const cases = {
  "sum t": (w) => np.sum(col(ts).mul(w)),
  "concat sum": (w) => np.sum(np.concatenate([col(zs), col(ts).mul(w)], 1)),
  "concat square": (w) => np.sum(np.square(np.concatenate([col(zs), col(ts).mul(w)], 1))),
  dot: (w) =>
    np.sum(
      np.square(
        np.dot(
          np.concatenate([col(zs), col(ts)], 1),
          np
            .array(Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)))
            .reshape([2, 32])
            .mul(w),
        ),
      ),
    ),
  "tanh dot": (w) =>
    np.sum(
      np.square(
        np.tanh(
          np.dot(
            np.concatenate([col(zs), col(ts)], 1),
            np
              .array(Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)))
              .reshape([2, 32])
              .mul(w),
          ),
        ),
      ),
    ),
  "square sum of [N,1]": (w) => np.sum(np.square(col(ts).mul(w).reshape([N]))),
  "half square": (w) =>
    np.multiply(
      0.5,
      np.sum(
        np.square(
          col(ts)
            .mul(w)
            .mul(Math.sqrt(2 / N))
            .reshape([N]),
        ),
      ),
    ),
  jvp: (w) => np.sum(np.square(jvp((t) => np.square(t).mul(w), [col(ts)], [np.onesLike(col(ts))])[1])),
};
for (const [k, f] of Object.entries(cases)) {
  const p = { loss: ([w]) => f(w), params: [np.array(1.5)] };
  const r = [];
  for (const backend of [onnx(), jax({ device: "cpu" })]) {
    const o = await compileObjective({ loss: ([w]) => f(w), params: [np.array(1.5)] }, { backend });
    r.push((await o.value(o.initial)).value);
  }
  console.log(k, ...r, r[0] === r[1] ? "" : Math.abs(r[0] / r[1] - 1) > 1e-5 ? "  <--- DIFFERS" : "");
}
process.exit();
