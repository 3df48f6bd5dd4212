/**
 * What the oracles' time is spent on, in ONNX Runtime and in PyTorch: matrix products, the other operators of the same
 * derivative, and the vector algebra of CG, which a product inside a compiled solve contains and PyTorch's does not.
 *
 *   node bench/profile.mjs [--nets mlp-128,…] [--repeats 20] [--kernel HASWELL]
 *
 * An operator counts with the least time that it took in any run, so that a loaded machine says nearly the same. Printed,
 * in milliseconds: a line a net and oracle, and with --operators a line an operator of quadric's.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import ort from "onnxruntime-node";
import { compileObjective, regularizers } from "quadric";
import { onnx } from "quadric/node";
import { grouped } from "./measure.mjs";
import { nets } from "./nets.mjs";

const { values: options } = parseArgs({
  options: {
    nets: { type: "string", default: "mlp-128,mlp-512-256,autoencoder" },
    repeats: { type: "string", default: "20" },
    kernel: { type: "string", default: "HASWELL" },
    python: { type: "string", default: "/usr/bin/python3" },
    operators: { type: "boolean", default: false },
  },
});
const repeats = Number(options.repeats);
const products = 12;

const folder = mkdtempSync(join(tmpdir(), "profile-"));
const sessions = [];
const create = ort.InferenceSession.create.bind(ort.InferenceSession);
ort.InferenceSession.create = async (model, settings) => {
  const profileFilePrefix = join(folder, `${sessions.length}-`);
  sessions.push(await create(model, { ...settings, enableProfiling: true, profileFilePrefix }));
  return sessions.at(-1);
};

/** Milliseconds a run of a session by operator. */
function operatorTimes(index) {
  sessions[index].endProfiling();
  const file = readdirSync(folder).find((name) => name.startsWith(`${index}-`));
  const events = JSON.parse(readFileSync(join(folder, file), "utf8"));
  const runs = events.filter(({ name }) => name === "model_run").length;
  const kernels = events.filter(({ name, args }) => name.endsWith("_kernel_time") && !/Loop|If/.test(args.op_name));
  const times = {};
  for (const [, same] of grouped(kernels, ({ name, args }) => name + JSON.stringify(args.input_type_shape))) {
    const operator = same[0].args.op_name;
    const least = Math.min(...same.map(({ dur }) => dur)) / 1000;
    times[operator] = (times[operator] ?? 0) + (least * same.length) / runs;
  }
  return times;
}

const isProduct = (operator) => /Gemm|MatMul|Conv/.test(operator);
const sum = (times, chosen) =>
  Object.entries(times).reduce((total, [operator, ms]) => total + (chosen(operator) ? ms : 0), 0);

/** Operators of all sessions that `make` compiles for what it returns, run `repeats` times. */
async function profiled(make) {
  const first = sessions.length;
  const f = await make();
  for (let i = 0; i < repeats; i++) await f();
  return sessions.slice(first).map((_, i) => operatorTimes(first + i));
}

for (const net of options.nets.split(",")) {
  const { problem, batch } = nets[net]();
  const convex = { ...problem, regularizer: regularizers.l2(10) };
  const compiled = (of) => compileObjective(of, { backend: onnx() });
  const w = (await compiled(problem)).initial;
  const v = w.map(() => Math.random() - 0.5);
  const A = new Float64Array(w.length).fill(1);
  const rule = { radius: 1e9, tolerance: 1e-30, stoppingRule: "residual", maxProducts: products };
  const product = async (of, kind) => {
    const { curvature } = await (await compiled(of)).linearize(w, batch, kind);
    return () => curvature.multiply(v);
  };
  const solve = async (kind) => {
    const linearization = await (await compiled(convex)).linearize(w, batch, kind);
    return () => linearization.solve(A, rule);
  };
  const kept = async (kind) => {
    const own = (await profiled(() => product(problem, kind))).at(-1);
    const inside = (await profiled(() => solve(kind))).at(-1);
    const each = Object.fromEntries(Object.entries(inside).map(([operator, ms]) => [operator, ms / products]));
    return { times: each, own: sum(own, (operator) => !isProduct(operator)) };
  };
  const fromScratch = async () => {
    const sessionTimes = await profiled(async () => {
      const objective = await compiled(problem);
      return async () => {
        const linearization = await objective.linearize(w, batch, "hessian");
        await linearization.curvature.multiply(v);
        linearization.dispose();
      };
    });
    const times = {};
    for (const [operator, ms] of sessionTimes.flatMap(Object.entries)) times[operator] = (times[operator] ?? 0) + ms;
    return { times };
  };
  const gradient = async () => {
    const [times] = await profiled(async () => {
      const objective = await compiled(problem);
      return () => objective.gradient(w, batch);
    });
    return { times };
  };
  const args = ["--nets", net, "--repeats", options.repeats, "--profile"];
  const env = { ...process.env, OPENBLAS_CORETYPE: options.kernel, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" };
  const script = fileURLToPath(new URL("pytorch_oracles.py", import.meta.url));
  const theirs = execFileSync(options.python, [script, ...args], { encoding: "utf8", env });
  const pytorch = theirs.trim().split("\n").map(JSON.parse);
  const oracles = { gradient, hvp: fromScratch, hvp_kept: () => kept("hessian"), ggn_kept: () => kept("gauss-newton") };
  for (const [oracle, measure] of Object.entries(oracles)) {
    const { times, own } = await measure();
    const others = sum(times, (operator) => !isProduct(operator));
    const line = pytorch.find((one) => one.oracle === oracle);
    const [p, o, cg, theirP, theirO] = [
      sum(times, isProduct),
      own ?? others,
      own === undefined ? 0 : others - own,
      line.products,
      line.others,
    ].map((ms) => ms.toFixed(2));
    console.log(
      `${net} ${oracle}: quadric products ${p}, others ${o}, CG ${cg}; PyTorch products ${theirP}, others ${theirO}`,
    );
    if (!options.operators) continue;
    for (const [operator, ms] of Object.entries(times).sort((x, y) => y[1] - x[1]))
      console.log(`  ${operator} ${ms.toFixed(3)}`);
  }
}
rmSync(folder, { recursive: true });
