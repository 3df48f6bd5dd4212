/**
 * Run folders that are damaged in every way the generator knows: a command refuses them in one line, or does what it
 * would have done. `npm run soak:folders` has all of them.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { record } from "../../quadric/test/helpers/record.ts";
import { type Answer, quadric, temporaryFolder, writeCsv } from "./command.ts";
import { type Damage, damages, filesOf } from "./damaged-folders.ts";

const most = Number(process.env.FOLDERS ?? 100);
const folder = temporaryFolder();
const at = (...names: string[]) => join(folder, ...names);
const work = at("work");

/** Files of a finished run, and of one that was killed after its last checkpoint. */
const finished = ["run.json", "metrics.jsonl", "parameters.safetensors", "summary.json"];
const steps = ["checkpoints/step-00000004", "checkpoints/step-00000006"];
const unfinished = ["run.json", "metrics.jsonl", ...steps.flatMap((step) => [`${step}.json`, `${step}.safetensors`])];

/** What a command leaves and says that must not depend on the damage. */
interface Trial {
  readonly base: "finished" | "unfinished";
  readonly args: readonly string[];
  /** Of the folder as it was before. */
  result(answer: Answer): string;
}
const content = (name: string) => (existsSync(join(work, name)) ? readFileSync(join(work, name), "latin1") : "none");
const trials: Readonly<Record<string, Trial>> = {
  evaluate: { base: "finished", args: ["evaluate", work, "--json"], result: ({ out }) => out },
  predict: { base: "finished", args: ["predict", work, at("new.csv"), "--json"], result: ({ out }) => out },
  export: { base: "finished", args: ["export", work], result: () => content("model.onnx") },
  compare: { base: "finished", args: ["compare", work, "--json"], result: ({ out }) => out },
  report: { base: "finished", args: ["report", work], result: () => content("report.html") },
  resume: {
    base: "unfinished",
    args: ["resume", work],
    result: () => content("parameters.safetensors") + content("summary.json").replace(/"(seconds|sha256)".*/g, ""),
  },
};
/** Settings and facts that change no number, though what is printed may name them. */
const free = /^(label|versions|machine|config\.(data|dataDir|threads|checkpointEvery|keepCheckpoints|evaluateEvery))\b/;

let clean: Record<string, string>;
let cases: { readonly command: string; readonly damage: Damage }[];

async function attempt(command: string, damage?: Damage): Promise<Answer> {
  rmSync(work, { recursive: true, force: true });
  cpSync(at(trials[command].base), work, { recursive: true });
  damage?.apply(join(work, damage.file));
  return quadric(...trials[command].args);
}

async function train(name: string, ...flags: string[]): Promise<void> {
  const length = ["--steps", "7", "--batch-size", "5", "--checkpoint-every", "2", "--keep-checkpoints", "3"];
  const task = ["--data", at("data.csv"), "--target", "side", "--model", "mlp:2-2", "--backend", "wasm"];
  const { code, err } = await quadric("train", ...task, ...length, ...flags, "--out", at(name));
  if (code !== 0) throw new Error(err);
}

beforeAll(async () => {
  writeCsv(at("data.csv"));
  writeFileSync(at("new.csv"), "x,y\n1,2\n0.5,-1\n");
  await train("finished", "--optimizer", "tr-rmsprop", "--evaluate-every", "10");
  await train("another", "--optimizer", "tr-rmsprop", "--evaluate-every", "10", "--curvature", "gauss-newton");
  cpSync(at("finished"), at("unfinished"), { recursive: true });
  for (const name of ["parameters.safetensors", "summary.json"]) rmSync(at("unfinished", name));
  for (const name of readdirSync(at("unfinished", "checkpoints"))) {
    if (name.startsWith("step-00000007")) rmSync(at("unfinished", "checkpoints", name));
  }
  clean = {};
  for (const [command, { result }] of Object.entries(trials)) clean[command] = result(await attempt(command));

  cases = [];
  for (const [base, names] of [
    ["finished", finished],
    ["unfinished", unfinished],
  ] as const) {
    const own = filesOf(at(base), names);
    const others = new Map([
      ...own,
      ...[...filesOf(at("another"), names)].map(([name, bytes]) => [`another ${name}`, bytes] as const),
    ]);
    const commands = Object.keys(trials).filter((command) => trials[command].base === base);
    let turn = 0;
    for (const [name, bytes] of own) {
      const reading = commands.filter((command) => reads(command, name));
      for (const damage of damages(name, bytes, others))
        cases.push({ command: reading[turn++ % reading.length], damage });
    }
  }
}, 120_000);

/** Whether a command looks at a file. */
function reads(command: string, name: string): boolean {
  if (name === "run.json" || command === "resume") return true;
  if (name === "parameters.safetensors") return ["evaluate", "predict", "export"].includes(command);
  return ["compare", "report"].includes(command);
}

/** Undefined if it went well. */
function faultOf(command: string, damage: Damage, { code, out, err }: Answer): string | undefined {
  const said = `${code}: ${err.slice(0, 300)}`;
  // What resume is about to do it says before it looks at checkpoints.
  const isSilent = out === "" || command === "resume";
  // One line, after warnings of one line.
  const isTold = err.split("\n").every((line) => line === "" || /^quadric: (?!internal)/.test(line));
  if (code === 2) return isTold && err !== "" && isSilent ? undefined : said;
  if (code !== 0 || !isTold) return said;
  // A changed digit of one step's numbers shows in curves and nowhere else.
  if (damage.file === "metrics.jsonl" && command !== "resume") return undefined;
  if (damage.file === "run.json" && ["compare", "report"].includes(command) && isFree(join(work, "run.json")))
    return undefined;
  return trials[command].result({ code, out, err } as Answer) === clean[command] ? undefined : `other results. ${said}`;
}

/** Whether only what changes no number differs from the run.json of before. */
function isFree(path: string): boolean {
  const before = JSON.parse(readFileSync(at("finished", "run.json"), "utf8"));
  const after = JSON.parse(readFileSync(path, "utf8"));
  const names = (value: object, prefix = ""): string[] =>
    Object.entries(value).flatMap(([key, inner]) =>
      key === "config" ? names(inner, "config.") : [`${prefix}${key} ${JSON.stringify(inner)}`],
    );
  const known = new Set(names(before));
  return names(after).every((name) => known.has(name) || free.test(name));
}

test(`of ${most} damaged folders each is refused in one line, or makes no difference`, async () => {
  const stride = Math.max(1, cases.length / most);
  const faults: string[] = [];
  const counts: Record<string, { refused: number; right: number }> = {};
  let tried = 0;
  for (let i = 0; Math.floor(i) < cases.length; i += stride) {
    const { command, damage } = cases[Math.floor(i)];
    const begin = performance.now();
    const answer = await attempt(command, damage);
    const seconds = (performance.now() - begin) / 1000;
    const fault = faultOf(command, damage, answer) ?? (seconds > 20 ? `took ${seconds} s` : undefined);
    if (fault) faults.push(`${command}, ${damage.file} ${damage.what}: ${fault}`);
    counts[command] ??= { refused: 0, right: 0 };
    counts[command][answer.code === 0 ? "right" : "refused"]++;
    tried++;
  }
  mkdirSync(work, { recursive: true });
  if (process.env.FAULTS) writeFileSync(process.env.FAULTS, faults.join("\n"));
  expect(faults.slice(0, 20)).toEqual([]);
  record("soak-folders", { cases: tried, of: cases.length, counts });
}, 0);
