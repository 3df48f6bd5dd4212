/**
 * Kills a run again and again, at any moment, and resumes it: npm run soak:kill -- [KILLS], 100 if not said.
 *
 * Passes if the run ends with the parameters and, time aside, the metrics of an uninterrupted one. A checkpoint every other
 * step makes it likely that a kill comes in the middle of one.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const kills = Number(process.argv[2] ?? 100);
const bin = fileURLToPath(new URL("../packages/cli/bin/quadric.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "quadric-"));
const at = (...names) => join(folder, ...names);
const steps = String(40 * kills);
const training = ["train", "--model", "mlp:64-8-10", "--optimizer", "tr-adam", "--batch-size", "64", "--steps", steps];
const train = (out) => [...training, "--checkpoint-every", "2", "--json", "--out", at(out)];

/** A linear congruential generator: the same kills every time, as far as the machine is the same. */
let state = 1;
const uniform = () => {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
};

/** Runs until killed, a random time after its first line; whether it was. */
function runAndKill(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("data", () => setTimeout(() => child.kill("SIGKILL"), 400 * uniform()));
    child.stdout.resume();
    child.on("close", (_, signal) => resolve(signal === "SIGKILL"));
  });
}

let done = 0;
let args = train("killed");
while (done < kills && (await runAndKill(args))) {
  done++;
  args = ["resume", at("killed"), "--json"];
}
if (done === kills) spawnSync(process.execPath, [bin, ...args], { stdio: ["ignore", "ignore", "inherit"] });
spawnSync(process.execPath, [bin, ...train("whole")], { stdio: ["ignore", "ignore", "inherit"] });

const parameters = (run) => readFileSync(at(run, "parameters.safetensors"));
const metrics = (run) => readFileSync(at(run, "metrics.jsonl"), "utf8").replace(/,"seconds":[^}]*/g, "");
const same = parameters("killed").equals(parameters("whole")) && metrics("killed") === metrics("whole");
console.log(
  `soak-kill: ${done} kills in ${steps} steps, ${same ? "the same bits as without" : "DIFFERENT from without"}.`,
);
rmSync(folder, { recursive: true });
process.exitCode = same && done === kills ? 0 : 1;
