/** The matrix fault × moment × outcome of docs/reliability.md, tried again. `npm run reliability` writes it. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { takeLock } from "../src/lock.ts";
import { thisMachine } from "../src/machine.ts";
import { quadric, temporaryFolder, writeCsv } from "./command.ts";

const page = fileURLToPath(new URL("../../../docs/reliability.md", import.meta.url));
const [begin, end] = ["<!-- matrix -->\n", "<!-- end of the matrix -->"];
const folder = temporaryFolder();
const at = (...names: string[]) => join(folder, ...names);
const run = at("run");
const task = () => [
  "--data",
  at("data.csv"),
  "--target",
  "side",
  "--model",
  "mlp:2-2",
  "--backend",
  "wasm",
  "--seed",
  "3",
];
const train = (out: string, ...flags: string[]) =>
  quadric(
    "train",
    ...task(),
    ...["--steps", "7", "--batch-size", "5", "--checkpoint-every", "2", "--keep-checkpoints", "9"],
    ...flags,
    "--out",
    out,
  );

/** Files that a run of seven steps has at a moment; checkpoints are those of steps 2, 4, 6 and 7. */
const moments: Readonly<Record<string, (name: string) => boolean>> = {
  "before run.json": (name) => name === "lock",
  "before the first checkpoint": (name) => !/checkpoints|summary|parameters/.test(name),
  "between checkpoints": (name) => !/step-0000000[67]|summary|parameters/.test(name),
  "after the last checkpoint": (name) => !/summary|parameters/.test(name),
  "before the summary": (name) => !/summary/.test(name),
  finished: () => true,
};
const newest = () =>
  readdirSync(at("run", "checkpoints"))
    .sort()
    .slice(-2)
    .map((name) => at("run", "checkpoints", name));
const change = (path: string) =>
  writeFileSync(
    path,
    readFileSync(path).map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
  );
const lockOf = (machine: object, age: number) => {
  const owner = { pid: 7, start: "1", ...thisMachine(), ...machine, inode: "1", token: "x" };
  writeFileSync(join(run, "lock"), JSON.stringify(owner));
  const then = Date.now() / 1000 - age;
  utimesSync(join(run, "lock"), then, then);
};

/** What happens to the folder, and back again; a fault without its file does not happen. */
const faults: Readonly<Record<string, () => unknown>> = {
  "the process is killed": () => {},
  "the machine is gone, its lock a minute old": () => lockOf({ host: "node-1", boot: "another" }, 61),
  "another process has the folder": async () => {
    const lock = await takeLock(join(run, "lock"));
    return () => lock.free();
  },
  "the newest checkpoint is damaged": () => existsSync(at("run", "checkpoints")) && change(newest()[1]),
  "all checkpoints are damaged": () =>
    existsSync(at("run", "checkpoints")) &&
    readdirSync(at("run", "checkpoints")).map((name) => change(at("run", "checkpoints", name))),
  "a line of metrics.jsonl is lost": () => {
    const path = join(run, "metrics.jsonl");
    if (existsSync(path)) writeFileSync(path, readFileSync(path, "utf8").split("\n").toSpliced(1, 1).join("\n"));
  },
  "the data are others": () => {
    writeCsv(at("data.csv"), (lines) => lines.map((line, i) => (i === 3 ? line.replace(/^[^,]*/, "9") : line)));
    return () => writeCsv(at("data.csv"));
  },
  "a checkpoint is of another run": () =>
    existsSync(at("run", "checkpoints")) && newest().map((path) => cpSync(path.replace(run, at("another")), path)),
  "parameters are of another run": () =>
    existsSync(join(run, "parameters.safetensors")) &&
    cpSync(at("another", "parameters.safetensors"), join(run, "parameters.safetensors")),
  "run.json is cut off": () =>
    existsSync(join(run, "run.json")) &&
    writeFileSync(join(run, "run.json"), readFileSync(join(run, "run.json")).subarray(0, 200)),
  "a file is a link": () => {
    const name = ["summary.json", "metrics.jsonl"].find((name) => existsSync(join(run, name)));
    if (!name) return;
    rmSync(join(run, name));
    symlinkSync(at("whole", name), join(run, name));
  },
};

let whole: string;
const left = (path: string) =>
  existsSync(join(path, "parameters.safetensors")) ? readFileSync(join(path, "parameters.safetensors"), "hex") : "none";

async function outcomeOf(moment: string, fault: () => unknown): Promise<string> {
  rmSync(run, { recursive: true, force: true });
  mkdirSync(run);
  cpSync(at("whole"), run, {
    recursive: true,
    filter: (path) => path === at("whole") || moments[moment](path.slice(at("whole").length + 1)),
  });
  if (moment === "before run.json") lockOf({ inode: "0" }, 61);
  const undo = await fault();
  const { code, out, err } =
    moment === "before run.json" ? await train(run) : await quadric(moment === "finished" ? "evaluate" : "resume", run);
  if (typeof undo === "function") await undo();
  if (code === 2) return "refused";
  expect([code, err.includes("internal")]).toEqual([0, false]);
  const isSame = moment === "finished" ? out === whole : left(run) === left(at("whole"));
  return `${isSame ? "same bits" : moment === "before run.json" ? "a new run" : "other bits"}${err === "" ? "" : ", and told"}`;
}

beforeAll(async () => {
  writeCsv(at("data.csv"));
  await train(at("whole"));
  await train(at("another"), "--curvature", "gauss-newton");
  whole = (await quadric("evaluate", at("whole"))).out;
}, 60_000);

test("docs/reliability.md has what becomes of every fault at every moment", async () => {
  const names = Object.keys(moments);
  const rows: string[] = [];
  for (const [name, fault] of Object.entries(faults)) {
    const outcomes: string[] = [];
    for (const moment of names) outcomes.push(await outcomeOf(moment, fault));
    rows.push(`| ${[name, ...outcomes].join(" | ")} |\n`);
  }
  const table = [`| fault | ${names.join(" | ")} |\n`, `|${" --- |".repeat(names.length + 1)}\n`, ...rows].join("");
  const text = readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  if (process.env.QUADRIC_WRITE_TABLES) writeFileSync(page, `${text.slice(0, from)}${table}${text.slice(to)}`);
  expect(readFileSync(page, "utf8")).toContain(`${begin}${table}${end}`);
  expect(table).not.toContain("other bits");
}, 120_000);
