/** Programs of test/distributed/programs/ as real MPI jobs: bundled from the sources at hand, started by mpirun. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** Ignored by git, where Node finds the packages from, and of this process alone. */
const bundles = at(`../../../../node_modules/.cache/quadric-ranks/${process.pid}`);
export const removePrograms = (): void => rmSync(bundles, { recursive: true, force: true });

/** The path of a program as one module that Node runs; packages stay imports. */
export async function bundleProgram(name: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: "error",
    build: {
      ssr: at(`../distributed/programs/${name}.ts`),
      outDir: bundles,
      emptyOutDir: false,
      target: "node20",
      rolldownOptions: { output: { entryFileNames: `${name}.mjs`, codeSplitting: false } },
    },
  });
  return `${bundles}/${name}.mjs`;
}

export const missingMpirun: string | undefined = existsSync("/usr/bin/mpirun")
  ? undefined
  : "needs mpirun (apt install openmpi-bin)";

/** More ranks than cores, none bound to a core, root allowed. */
export const mpirunFlags: readonly string[] = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"];

export interface Job {
  readonly process: ChildProcess;
  /** Resolves when mpirun has left. */
  readonly ended: Promise<Ended>;
}

export interface Ended {
  /** Exit code of mpirun; null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts a command and collects what it says. */
export function start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Job {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (text) => {
    out += text;
  });
  child.stderr.on("data", (text) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
  return { process: child, ended };
}

/** `mpirun -n ranks node program args…` on this machine. */
export function startRanks(ranks: number, program: string, ...args: string[]): Job {
  return start("mpirun", [...mpirunFlags, "-n", `${ranks}`, process.execPath, program, ...args]);
}

/** The same to its end. */
export async function runRanks(ranks: number, program: string, ...args: string[]): Promise<Ended> {
  return startRanks(ranks, program, ...args).ended;
}
