/**
 * The packages as npm makes them, in an empty folder with what the documents say to install; examples run there, one for
 * each entry point.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isInstallable, packed } from "./examples.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "quadric-package-"));
// What the engine's own script would download is not needed: CUDA.
const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };

/** What the command prints; throws what it complains of if it fails. */
function run(command: string, args: readonly string[], cwd = folder): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (text) => {
      out += text;
    });
    child.stderr.on("data", (text) => {
      err += text;
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`${command} ${args[0]}: ${err}`))));
  });
}

/** Node 20 reads no TypeScript: the types are taken off, nothing else. */
function javascript(name: string): string {
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(readFileSync(join(root, `examples/${name}.ts`), "utf8"), {
    compilerOptions,
  });
  writeFileSync(join(folder, `${name}.mjs`), outputText);
  return `${name}.mjs`;
}

describe.runIf(isInstallable())("in an empty folder, after npm install of what npm pack made", () => {
  beforeAll(async () => {
    await run("npm", ["pack", "--silent", "-w", "quadric", "-w", "quadric-cli", "--pack-destination", folder], root);
    writeFileSync(join(folder, "package.json"), '{ "private": true }');
    const ours = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    const tfjs = ["core", "layers", "backend-cpu"].map((part) => `@tensorflow/tfjs-${part}`);
    const flags = ["--prefer-offline", "--no-audit", "--no-fund"];
    await run("npm", ["install", ...flags, ...ours.map((name) => `./${name}`), "onnxruntime-node", "koffi", ...tfjs]);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);

  test.each(packed)("$name $claim", async ({ name, check }) => {
    check(await run(process.execPath, [javascript(name)]));
  });

  test.skipIf(!existsSync("/usr/bin/mpirun"))(
    "many-machines.ts gives the same digits on one rank and on two",
    async () => {
      const program = javascript("many-machines");
      const [alone, together] = [
        await run(process.execPath, [program]),
        await run("mpirun", ["--allow-run-as-root", "--oversubscribe", "-n", "2", process.execPath, program]),
      ];
      const loss = (text: string) => /loss .*?,/.exec(text)![0];
      expect(loss(together)).toBe(loss(alone));
      expect(together).toContain("on 2 ranks");
    },
  );

  test("the command trains, and reports what it did", async () => {
    await run("npx", ["quadric", "train", "--data", "digits", "--steps", "5", "--out", "run"]);
    await run("npx", ["quadric", "report", "run"]);
    expect(existsSync(join(folder, "run/report.html"))).toBe(true);
  });

  test("holds no tests, and no source map without its source", () => {
    const files = readdirSync(join(folder, "node_modules/quadric"), { recursive: true, encoding: "utf8" });
    expect(files.filter((file) => /\btest\b/.test(file))).toEqual([]);
    for (const file of files.filter((file) => file.endsWith(".map"))) {
      const { sources } = JSON.parse(readFileSync(join(folder, "node_modules/quadric", file), "utf8"));
      for (const source of sources)
        expect(existsSync(join(folder, "node_modules/quadric", file, "..", source)), file).toBe(true);
    }
  });
});
