/**
 * Times dense linear algebra beside the plain product of the engine: one JSON object a line.
 *
 *   node bench/dense.mjs [--sizes 256,512,1024,2048,3000] [--dtypes float64,float32] [--repeats 5] [--python python3]
 *                        [--out bench/results/dense.json]
 *
 *   product     C = AᵀB of [d, d] by the engine, GFLOP/s (2d³)
 *   blocked     blockedCholesky over the engine, GFLOP/s (d³/3), and its share of the product's rate
 *   solve       one right-hand side, milliseconds
 *   plain       cholesky in plain loops, GFLOP/s; to d = 1,024
 *   jax         jax-js's Cholesky on wasm, GFLOP/s; to d = 1,024
 *   lapack      dpotrf or spotrf through scipy, one thread, GFLOP/s; where Python has scipy
 *
 * The lines, with machine, commit and load, are the file too.
 *
 *   node bench/dense.mjs --steps [--widths 14,30,44,62] [--examples 1000,2000,4000] [--dtypes float64] [--repeats 3]
 *
 * Times of a Gauss–Newton step on a network 8-h-h-1 of d parameters and N examples, in milliseconds: J, JᵀJ or JA⁻¹Jᵀ, a
 * factorisation with its solve; and the slopes of each over d and over N, of the logarithms by least squares.
 *
 * The best of the repeats, methods in turns. One thread each.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { defaultDevice, init, lax, numpy as np } from "@jax-js/jax";
import { compileObjective, losses, mlp, supervised } from "quadric";
import { onnx } from "quadric/node";
import { compiledMatrixEngine } from "../packages/quadric/dist/compiler/matrix-engine.js";
import { blockedCholesky } from "../packages/quadric/dist/linalg/blocked-cholesky.js";
import { cholesky } from "../packages/quadric/dist/linalg/cholesky.js";
import { denseGaussNewton } from "../packages/quadric/dist/subproblem/gauss-newton.js";
import { makeRandom } from "../packages/quadric/dist/vector/random.js";
import { provenance } from "./measure.mjs";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "256,512,1024,2048,3000" },
    dtypes: { type: "string", default: "float64,float32" },
    repeats: { type: "string", default: "5" },
    python: { type: "string", default: "python3" },
    steps: { type: "boolean", default: false },
    widths: { type: "string", default: "14,30,44,62" },
    examples: { type: "string", default: "1000,2000,4000" },
    out: { type: "string", default: fileURLToPath(new URL("results/dense.json", import.meta.url)) },
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

const machine = provenance();
const rows = [];
if (options.steps) await steps();
for (const dtype of options.steps ? [] : options.dtypes.split(",")) {
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
    rows.push(result);
  }
}
if (!options.steps) {
  const lines = rows.map((row) => `  ${JSON.stringify(row)}`).join(",\n");
  writeFileSync(options.out, `{${JSON.stringify(machine).slice(1, -1)},\n"rows":[\n${lines}\n]}\n`);
}
engine.dispose();

async function timesOfStep(width, n, dtype) {
  const { normal } = makeRandom(1);
  const array = (length) => (dtype === "float32" ? Float32Array : Float64Array).from({ length }, normal);
  const data = { x: { shape: [n, 8], data: array(8 * n) }, y: { shape: [n, 1], data: array(n) } };
  const problem = supervised(mlp([8, width, width, 1]), losses.squaredError);
  const objective = await compileObjective(problem, { backend: onnx({ threads: 1 }), dtype });
  const w = objective.initial;
  const ms = { jacobian: Infinity, gram: Infinity, factor: Infinity };
  const timed = async (name, work) => {
    const start = performance.now();
    const result = await work();
    ms[name] = Math.min(ms[name], performance.now() - start);
    return result;
  };
  for (let repeat = 0; repeat <= Number(options.repeats); repeat++) {
    const evaluation = await timed("jacobian", () => objective.jacobian(w, data));
    const diagonal = new Float64Array(w.length).fill(1);
    const model = await timed("gram", () =>
      denseGaussNewton({ ...evaluation, diagonal }, { engine: objective.matrices }),
    );
    await timed("factor", () => model.solve(1e-3));
  }
  objective.dispose();
  return { d: w.length, n, ...ms };
}

async function steps() {
  const dtype = options.dtypes.split(",")[0];
  const rows = [];
  for (const width of options.widths.split(",").map(Number)) {
    for (const n of options.examples.split(",").map(Number)) {
      const row = await timesOfStep(width, n, dtype);
      rows.push(row);
      const rounded = Object.entries(row).map(([name, value]) => [name, Number(value.toPrecision(3))]);
      console.log(JSON.stringify({ dtype, ...Object.fromEntries(rounded) }));
    }
  }
  for (const name of ["jacobian", "gram", "factor"]) {
    // log t = c + a·log d + b·log n
    const M = [new Float64Array(9), new Float64Array(3)];
    for (const row of rows) {
      const x = [1, Math.log(row.d), Math.log(row.n)];
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) M[0][3 * i + j] += x[i] * x[j];
        M[1][i] += x[i] * Math.log(row[name]);
      }
    }
    const { solve } = await blockedCholesky(M[0], 3);
    const [, overD, overN] = solve(M[1]);
    console.log(JSON.stringify({ slopes: name, d: Number(overD.toFixed(2)), n: Number(overN.toFixed(2)) }));
  }
}
