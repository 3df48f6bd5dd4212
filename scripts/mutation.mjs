/**
 * Mutation tests: npm run mutation -- [--survivors] [folder …], by default subproblem, norm, optimizer and training,
 * each judged by its own unit tests. With --survivors, kills of the last run are taken over where the file has not
 * changed.
 *
 * Stryker makes the mutants; its own runner loads every test file again for each of them, which takes hours. Here all
 * of them are in the code behind switches, and each test runs on all that it reaches (scripts/mutation-runner.mjs), the
 * fast tests first. Mutants of code that runs while modules are loaded get a process each. Writes
 * experiments/results/mutation.json.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { digestsOf, mutantsOf } from "./mutants.mjs";

/** Milliseconds that a test takes unchanged, at most, to have its turn in a pass. */
const passes = [30, 300, 1e9];
/** Seconds without news after which a mutant counts as one that never ends. */
const patience = 120;
const file = "experiments/results/mutation.json";
const scratch = mkdtempSync(join(tmpdir(), "quadric-mutation-"));

/** Exit code of the folder's tests; null after a kill for lack of news. */
async function vitest(settings, env = {}) {
  const args = ["node_modules/vitest/vitest.mjs", "run", "--config", "scripts/mutation-config.mjs"];
  const child = spawn(process.execPath, args, {
    stdio: "ignore",
    env: { ...process.env, ...env, QUADRIC_MUTANTS: JSON.stringify(settings) },
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  let [size, still, over] = [-1, 0, false];
  ended.then(() => {
    over = true;
  });
  while (!over) {
    await Promise.race([ended, sleep(1000)]);
    const now = existsSync(settings.log) ? statSync(settings.log).size : 0;
    still = now === size ? still + 1 : 0;
    size = now;
    if (still >= patience) child.kill("SIGKILL");
  }
  return ended;
}

function read(log) {
  const entries = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").filter(Boolean).map(JSON.parse) : [];
  const sets = { killed: new Set(), done: new Set(), reached: new Set(), loaded: new Set() };
  let trying = null;
  for (const entry of entries) {
    for (const key of ["killed", "done"]) if (entry[key]) sets[key].add(entry[key]);
    for (const key of ["reached", "loaded"]) for (const id of entry[key] ?? []) sets[key].add(id);
    if ("trying" in entry) trying = entry.trying;
  }
  return { ...sets, trying };
}

/** Mutants with the number of those before them that are the same change of the same words in the same file. */
function numbered(mutants) {
  const counts = new Map();
  return mutants.map((mutant) => {
    const key = [mutant.file, mutant.kind, mutant.original, mutant.replacement].join("|");
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return { ...mutant, nth: counts.get(key) };
  });
}

const keyOf = ({ file, kind, original, replacement, nth }) => [file, kind, original, replacement, nth].join("|");

/** The mutants that the last run has killed, in files that are as they were. */
async function killedBefore(folder, { digests = {}, alive = [] } = {}) {
  const [now, survivors] = [digestsOf(folder), new Set(alive.map(keyOf))];
  const mutants = numbered((await mutantsOf(folder)).mutants);
  return mutants.filter((mutant) => digests[mutant.file] === now[mutant.file] && !survivors.has(keyOf(mutant)));
}

async function judge(folder, known) {
  const [log, list] = [join(scratch, `${folder}.jsonl`), join(scratch, `${folder}.json`)];
  appendFileSync(log, known.map(({ id }) => `${JSON.stringify({ killed: id })}\n`).join(""));
  for (const most of passes) {
    for (;;) {
      const { killed, done } = read(log);
      const code = await vitest({ folder, list, log, runner: true, most, dead: [...killed], done: [...done] });
      if (code !== null) break;
      appendFileSync(log, `${JSON.stringify({ killed: read(log).trying })}\n${JSON.stringify({ trying: null })}\n`);
    }
  }
  const { killed, loaded } = read(log);
  for (const id of loaded) {
    if (killed.has(id)) continue;
    const code = await vitest({ folder, list, log }, { __STRYKER_ACTIVE_MUTANT__: id });
    if (code !== 0) appendFileSync(log, `${JSON.stringify({ killed: id })}\n`);
  }
  const final = read(log);
  return numbered(JSON.parse(readFileSync(list, "utf8"))).map(({ id, ...mutant }) => ({
    ...mutant,
    fate: final.killed.has(id) ? "killed" : final.reached.has(id) || final.loaded.has(id) ? "survived" : "not reached",
  }));
}

const takesOver = process.argv.includes("--survivors");
const named = process.argv.slice(2).filter((word) => word !== "--survivors");
const folders = named.length > 0 ? named : ["subproblem", "norm", "optimizer", "training"];
const results = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
for (const folder of folders) {
  const digests = digestsOf(folder);
  const known = takesOver ? await killedBefore(folder, results[folder]) : [];
  const mutants = await judge(folder, known);
  const count = mutants.filter(({ fate }) => fate === "killed").length;
  const alive = mutants.filter(({ fate }) => fate !== "killed");
  results[folder] = { mutants: mutants.length, killed: count, takenOver: known.length, digests, alive };
  console.log(`${folder}: ${count} of ${mutants.length} killed, ${((100 * count) / mutants.length).toFixed(1)} %`);
}
writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
rmSync(scratch, { recursive: true });
