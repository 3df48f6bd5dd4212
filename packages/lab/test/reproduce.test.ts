/** Experiments of one's own on the embedded digits, by the bin and its worker processes. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { beforeAll, describe, expect, test } from "vitest";
import { labBin as bin, buildIfStale } from "../../cli/test/bin.ts";
import { temporaryFolder } from "../../cli/test/command.ts";
import { lab } from "./command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

const definition = {
  name: "tiny",
  title: "Digits, a small network",
  figure: "none",
  kind: "training",
  task: { data: "digits", model: "mlp:64-16-10", batchSize: 128, evaluateEvery: 20, checkpointEvery: 5 },
  methods: [
    { label: "TR sphere", optimizer: "tr-euclidean" },
    { label: "Adam", optimizer: "adam", tune: { lr: [1e-9, 0.01], backprops: 20, seeds: [9] } },
  ],
  seeds: [1, 2],
  budget: { backprops: 120 },
  report: { at: [100], baseline: "TR sphere" },
};

function writeDefinition(change: object = {}): string {
  const path = at(`${Math.random()}.json`);
  writeFileSync(path, JSON.stringify({ ...definition, ...change }));
  return path;
}

beforeAll(buildIfStale, 300_000);

/** What the runs came to, without times. */
function outcomes(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => /parameters\.safetensors$|metrics\.jsonl$/.test(name));
  return Object.fromEntries(
    files.map((name) => [name, readFileSync(join(root, name), "latin1").replace(/,"seconds":[^},]*/g, "")]),
  );
}

describe("quadric-lab reproduce", () => {
  test("killed twice and called again, ends with the bits of one left alone", async () => {
    const path = writeDefinition();
    const whole = await lab("reproduce", path, "--out", at("whole"), "--json");
    expect(whole).toMatchObject({ code: 0 });

    for (const milliseconds of [200, 400])
      await killedAfterAStep(["reproduce", path, "--out", at("killed")], milliseconds);
    const unfinished = ["tr-sphere/1", "tr-sphere/2", "adam/1", "adam/2"].filter(
      (run) => !existsSync(join(at("killed/tiny"), run, "summary.json")),
    );
    expect(unfinished.length).toBeGreaterThan(0);
    const again = await lab("reproduce", path, "--out", at("killed"), "--workers", "2", "--json");
    expect(outcomes(at("killed"))).toEqual(outcomes(at("whole")));
    const untimed = (lines: { axis?: string }[]) => lines.filter(({ axis }) => axis !== "seconds");
    expect(untimed(again.lines())).toEqual(untimed(whole.lines()));
  }, 300_000);

  test("called again when all is there, runs nothing and says the same", async () => {
    const path = writeDefinition();
    const again = await lab("reproduce", path, "--out", at("whole"), "--json");
    expect(again.err).toBe("");
    expect(again.lines().length).toBeGreaterThan(10);
  });

  test("takes the rate of the grid with the least training loss, and says when it lies at the edge", async () => {
    const { lines } = await lab("reproduce", writeDefinition(), "--out", at("whole"), "--json");
    const [tuned] = lines();
    expect(tuned).toMatchObject({ type: "tuned", method: "Adam", lr: 0.01, atEdge: true });
    const run = JSON.parse(readFileSync(at("whole/tiny/adam/1/run.json"), "utf8"));
    expect(run).toMatchObject({ label: "Adam", config: { lr: 0.01, seed: 1, budgetBackprops: 120 } });
  });

  test("states what its runs hold", async () => {
    const { lines } = await lab("reproduce", writeDefinition(), "--out", at("whole"), "--json");
    const end = lines().find((line) => line.method === "Adam" && line.quantity === "trainLoss" && line.at === "end");
    const [one, two, other1, other2] = ["adam/1", "adam/2", "tr-sphere/1", "tr-sphere/2"].map(
      (run) => JSON.parse(readFileSync(join(at("whole/tiny"), run, "summary.json"), "utf8")).trainLoss,
    );
    expect(end.values).toEqual([one, two]);
    expect(end.mean).toBeCloseTo((one + two) / 2, 12);
    expect(end.difference.mean).toBeCloseTo((one - other1 + two - other2) / 2, 12);
    const written = readFileSync(at("whole/tiny/results.jsonl"), "utf8").trimEnd().split("\n");
    expect(written.slice(1).map((line) => JSON.parse(line))).toEqual(lines());
    expect(JSON.parse(written[0])).toMatchObject({ type: "provenance", experiment: "tiny", seeds: [1, 2] });
  });

  test("runs the methods, seeds and budget asked for", async () => {
    const flags = ["--methods", "tr-sphere", "--seeds", "1", "--budget", "30", "--out", at("part")];
    const { code, out, err } = await lab("reproduce", writeDefinition(), ...flags);
    expect(code).toBe(0);
    expect(err).toMatch(/^Digits, a small network: 1 runs\n1\/1 {2}TR sphere, seed 1: training loss/);
    expect(out).toContain("TR sphere");
    const [first] = readFileSync(at("part/tiny/results.jsonl"), "utf8").split("\n");
    expect(JSON.parse(first).command).toBe("quadric-lab reproduce tiny --seeds 1 --budget 30 --methods tr-sphere");
    expect(readdirSync(at("part/tiny")).sort()).toEqual([
      "curves.json",
      "experiment.json",
      "results.jsonl",
      "tr-sphere",
    ]);
  });

  test("runs a method with its own seeds only", async () => {
    const [sphere] = definition.methods;
    const adam = { label: "Adam", optimizer: "adam", lr: 0.01, seeds: [2] };
    const path = writeDefinition({ methods: [sphere, adam] });
    const { code, lines } = await lab("reproduce", path, "--budget", "30", "--out", at("seeds"), "--json");
    expect(code).toBe(0);
    expect(readdirSync(at("seeds/tiny/adam"))).toEqual(["2"]);
    const end = lines().find((line) => line.method === "Adam" && line.quantity === "trainLoss" && line.at === "end");
    expect(end).toMatchObject({ n: 1, difference: { n: 1 } });
  });

  test("refuses folders whose runs have other settings", async () => {
    const { code, err } = await lab("reproduce", writeDefinition(), "--budget", "200", "--out", at("whole"));
    expect(code).toBe(2);
    expect(err).toContain("must hold a run with budgetBackprops 200, got 120. Give another --out.");
  });

  test("refuses the folder of another experiment of the same name, and that of the grids of one", async () => {
    const other = writeDefinition({ title: "Another one" });
    const { code, err } = await lab("reproduce", other, "--out", at("whole"));
    expect([code, err]).toEqual([
      2,
      `quadric-lab: ${at("whole/tiny-tuning")}: must not be the folder of another experiment, got one of the name tiny. Give another --out.\n`,
    ]);
    const grids = writeDefinition({ name: "tiny-tuning" });
    expect(await lab("reproduce", grids, "--out", at("whole"))).toMatchObject({ code: 2 });
  });

  test.each([
    [{ methods: [] }, /methods/],
    [{ task: { date: "digits" } }, /task: Unrecognized key: "date"/],
    [{ kind: "dance" }, /kind/],
    [{ task: { data: "cifar10" } }, /cifar10: the folder of its binary version must be given, got no --data-dir/],
  ])("tells what is wrong with %j", async (change, words) => {
    const { code, err } = await lab("reproduce", writeDefinition(change), "--out", at("wrong"));
    expect([code, err]).toEqual([2, expect.stringMatching(words)]);
  });

  test("names the experiments it knows", async () => {
    const { code, err } = await lab("reproduce", "fashion-mnist-mpl");
    expect([code, err]).toEqual([2, expect.stringContaining("fashion-mnist-mlp")]);
  });
});

describe("quadric-lab report", () => {
  test("has the title of the experiment, its methods in their order and the paper's curves", async () => {
    const folder = at("whole/tiny");
    const path = join(folder, "experiment.json");
    const { methods, ...written } = JSON.parse(readFileSync(path, "utf8"));
    const report = { ...written.report, paper: "FMNIST MLP" };
    writeFileSync(path, JSON.stringify({ ...written, methods: methods.toReversed(), report }));
    const { code, out } = await lab("report", folder);
    expect([code, out]).toEqual([0, `${join(folder, "report.html")}\n`]);
    const { document } = parseHTML(readFileSync(join(folder, "report.html"), "utf8"));
    expect(document.querySelector("h1")!.textContent).toBe("Digits, a small network");
    const names = [...document.querySelectorAll("section table")[0].querySelectorAll("tbody th")];
    expect(names.map((name) => name.textContent)).toEqual(["Adam", "TR sphere"]);
    expect(document.querySelector("figure h3")!.textContent).toMatch(/dashed: the paper's mean curves/);
  });
});

/** Runs the bin and kills it, and it alone, so long after the first worker has taken a step. */
async function killedAfterAStep(args: readonly string[], milliseconds: number): Promise<void> {
  const child = spawn(process.execPath, [bin, ...args], { stdio: "ignore" });
  // One that ends by itself may do so before it is killed.
  const closed = once(child, "close");
  const root = join(args.at(-1)!, "tiny");
  const hasMetrics = () =>
    existsSync(root) &&
    readdirSync(root, { recursive: true, encoding: "utf8" }).some((name) => /checkpoints.step-\d+\.json$/.test(name));
  while (!hasMetrics() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  child.kill("SIGKILL");
  expect(await closed).toEqual([null, "SIGKILL"]);
}
