import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** run.mjs in a process of its own; the options are its flags. Ends this one if it fails. */
export function spawnRuns(problem, options) {
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const script = fileURLToPath(new URL("run.mjs", import.meta.url));
  const { status } = spawnSync(process.execPath, [script, problem, ...flags], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
