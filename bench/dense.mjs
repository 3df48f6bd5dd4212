/**
 * Times dense linear algebra beside the plain product of the engine: one JSON object a line.
 *
 *   node bench/dense.mjs [--sizes 256,512,1024,2048,3000] [--dtypes float64,float32] [--repeats 5] [--python python3]
 *
 *   product     C = AᵀB of [d, d] by the engine, GFLOP/s (2d³)
 *   blocked     blockedCholesky over the engine, GFLOP/s (d³/3), and its share of the product's rate
 *   solve       one right-hand side, milliseconds
 *   plain       cholesky in plain loops, GFLOP/s; to d = 1,024
 *   jax         jax-js's Cholesky on wasm, GFLOP/s; to d = 1,024
 *   lapack      dpotrf or spotrf through scipy, one thread, GFLOP/s; where Python has scipy
 *
 * The best of the repeats, methods in turns. One thread each.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { defaultDevice, init, lax, numpy as np } from "@jax-js/jax";
import { onnx } from "quadric/node";
import { compiledMatrixEngine } from "../packages/quadric/dist/compiler/matrix-engine.js";
import { blockedCholesky } from "../packages/quadric/dist/linalg/blocked-cholesky.js";
import { cholesky } from "../packages/quadric/dist/linalg/cholesky.js";
import { makeRandom } from "../packages/quadric/dist/vector/random.js";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "256,512,1024,2048,3000" },
    dtypes: { type: "string", default: "float64,float32" },
    repeats: { type: "string", default: "5" },
    python: { type: "string", default: "python3" },
  },
});
await init("wasm");
defaultDevice("wasm");
const engine = compiledMatrixEngine(onnx({ threads: 1 }));

const lapackScript = `
import sys, time, numpy, scipy.linalg
d, dtype, repeats = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
x = numpy.random.default_rng(1).standard_normal((d, d)).astype(dtype)
m = x.T @ x + d * numpy.eye(d, dtype=dtype)
best = 1e9
for _ in range(repeats):
    start = time.perf_counter()
    scipy.linalg.cholesky(m, check_finite=False)
    best = min(best, time.perf_counter() - start)
print(best * 1e3)
`;

function lapack(d, dtype) {
  const env = { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  const { status, stdout } = spawnSync(options.python, ["-c", lapackScript, d, dtype, options.repeats], { env });
  return status === 0 ? Number(stdout) : undefined;
}

for (const dtype of options.dtypes.split(",")) {
  for (const d of options.sizes.split(",").map(Number)) {
    const { normal } = makeRandom(1);
    const X = (dtype === "float32" ? Float32Array : Float64Array).from({ length: d * d }, normal);
    const square = { m: d, k: d, n: d, transposeA: true };
    const M = await engine.multiply(X, X, square);
    const b = Float64Array.from({ length: d }, normal);
    let factor;
    const methods = {
      product: () => engine.multiply(X, X, square),
      blocked: async () => {
        factor = await blockedCholesky(M, d, { engine, shift: d });
      },
      solve: () => factor.solve(b.slice()),
      ...(d <= 1024 && {
        plain: () => cholesky(Float64Array.from(M), d, d),
        jax: async () => {
          const shifted = M.slice();
          for (let i = 0; i < d; i++) shifted[i * d + i] += d;
          const L = lax.linalg.cholesky(np.array(shifted, { shape: [d, d], dtype }));
          await L.data();
        },
      }),
    };
    const ms = {};
    for (let repeat = 0; repeat < Number(options.repeats); repeat++) {
      for (const [name, run] of Object.entries(methods)) {
        const start = performance.now();
        await run();
        ms[name] = Math.min(ms[name] ?? Infinity, performance.now() - start);
      }
    }
    ms.lapack = lapack(d, dtype);
    const rate = (name, flops) => ms[name] && Number((flops / ms[name] / 1e6).toFixed(1));
    const cubic = d ** 3 / 3;
    const result = {
      dtype,
      d,
      productGflops: rate("product", 2 * d ** 3),
      blockedGflops: rate("blocked", cubic),
      share: Number((rate("blocked", cubic) / rate("product", 2 * d ** 3)).toFixed(2)),
      plainGflops: rate("plain", cubic),
      jaxGflops: rate("jax", cubic),
      lapackGflops: rate("lapack", cubic),
      factorMs: Number(ms.blocked.toFixed(1)),
      solveMs: Number(ms.solve.toFixed(1)),
    };
    console.log(JSON.stringify(result));
  }
}
engine.dispose();
