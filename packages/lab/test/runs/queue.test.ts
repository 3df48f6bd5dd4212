/** Sweeps by a real Redis and worker processes, on a free port of this machine. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { labBin as bin, buildIfStale } from "../../../cli/test/bin.ts";
import { temporaryFolder } from "../../../cli/test/command.ts";
import { lab } from "../command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

const definition = {
  name: "sweep",
  title: "Digits, six runs",
  figure: "none",
  kind: "training",
  task: { data: "digits", model: "mlp:64-8-10", batchSize: 128, checkpointEvery: 5 },
  methods: [
    { label: "TR sphere", optimizer: "tr-euclidean" },
    { label: "Adam", optimizer: "adam", lr: 0.01 },
  ],
  seeds: [1, 2, 3],
  budget: { backprops: 40 },
  report: { at: [20], baseline: "Adam" },
};

function write(name: string, change: object = {}): string {
  const path = at(`${name}.json`);
  writeFileSync(path, JSON.stringify({ ...definition, name, ...change }));
  return path;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const missing = existsSync("/usr/bin/redis-server") ? undefined : "needs redis-server (apt install redis-server)";

describe.skipIf(missing)(`quadric-lab reproduce --queue${missing ? `, ${missing}` : ""}`, () => {
  let redis: ChildProcess;
  let url: string;
  beforeAll(async () => {
    buildIfStale();
    const port = await freePort();
    url = `redis://127.0.0.1:${port}`;
    const flags = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", folder];
    redis = spawn("redis-server", flags.map(String), { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise<void>((resolve) =>
      redis.stdout!.on("data", (text) => String(text).includes("Ready to accept connections") && resolve()),
    );
  }, 300_000);
  afterAll(() => redis.kill());

  const workers: ChildProcess[] = [];
  afterEach(() => {
    for (const worker of workers.splice(0)) worker.kill("SIGKILL");
  });

  /** A worker process and what it has said so far. */
  function startWorker(...flags: string[]): { process: ChildProcess; said(): string } {
    const process_ = spawn(process.execPath, [bin, "worker", "--queue", url, ...flags], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    workers.push(process_);
    let said = "";
    process_.stderr.on("data", (text) => {
      said += text;
    });
    return { process: process_, said: () => said };
  }

  /** What the runs came to, without times. */
  const metrics = (root: string, run: string) =>
    readFileSync(join(root, run, "metrics.jsonl"), "utf8").replace(/,"seconds":[^},]*/g, "");

  test("6 runs over 3 workers, one killed midway, one asleep and awake after the end: 6 results, none twice, those of runs here", async () => {
    const path = write("sweep");
    const [doomed, sleeper] = ["a", "s", "b"].map((name) => startWorker("--out", at(name)));
    const isBusy = (name: string) =>
      existsSync(at(`${name}/queue`)) && readdirSync(at(`${name}/queue`), { recursive: true }).length > 0;
    const reproduced = lab("reproduce", path, "--queue", url, "--out", at("all"), "--json");
    await vi.waitFor(() => expect(isBusy("s")).toBe(true), { timeout: 50_000, interval: 5 });
    sleeper.process.kill("SIGSTOP");
    await vi.waitFor(() => expect(doomed.said()).toContain("training loss"), { timeout: 50_000, interval: 20 });
    await vi.waitFor(() => expect(isBusy("a")).toBe(true), { timeout: 50_000, interval: 5 });
    doomed.process.kill("SIGKILL");

    const { code, err, lines } = await reproduced;
    expect([code, err.split("\n")[0]]).toEqual([0, "Digits, six runs: 6 runs"]);
    const finished = err.match(/\w+, seed \d: training loss/g)!;
    expect([finished.length, new Set(finished).size]).toEqual([6, 6]);
    expect(summaries(at("all"))).toHaveLength(6);
    expect(lines().find(({ quantity, at }) => quantity === "trainLoss" && at === "end").values).toHaveLength(3);

    await lab("reproduce", path, "--seeds", "1", "--out", at("here"));
    for (const run of ["tr-sphere/1", "adam/1"]) {
      expect(metrics(at("all/sweep"), run)).toBe(metrics(at("here/sweep"), run));
    }
    // Nothing is kept: neither in Redis nor where the runs ran, once who slept has seen that its run is done.
    expect(isBusy("s")).toBe(true);
    sleeper.process.kill("SIGCONT");
    await vi.waitFor(() => expect(isBusy("s")).toBe(false), { timeout: 50_000, interval: 20 });
    expect(readdirSync(at("b/queue"))).toEqual([]);
    expect(await resultsIn(url)).toEqual([]);
  }, 240_000);

  test("tells what a worker refuses", async () => {
    startWorker("--out", at("c"));
    const path = write("wrong", { seeds: [1], task: { data: "digits", model: "mlp:3-10" } });
    const { code, err } = await lab("reproduce", path, "--queue", url, "--out", at("wrong"));
    expect([code, err]).toEqual([2, expect.stringMatching(/quadric-lab: (TR sphere|Adam), seed 1: .*mlp:3-10/)]);
  });

  test("an interrupted worker gives its run back, and another continues it", async () => {
    const task = { ...definition.task, checkpointEvery: 20 };
    const path = write("long", { task, seeds: [1], budget: { backprops: 600 }, methods: [definition.methods[1]] });
    const first = startWorker("--out", at("shared"));
    const reproduced = lab("reproduce", path, "--queue", url, "--out", at("long"));
    const checkpoints = () =>
      existsSync(at("shared")) &&
      readdirSync(at("shared"), { recursive: true }).some((name) => /step-/.test(`${name}`));
    await vi.waitFor(() => expect(checkpoints()).toBe(true), { timeout: 50_000, interval: 20 });
    first.process.kill("SIGTERM");
    expect(await new Promise((resolve) => first.process.on("close", resolve))).toBe(143);
    startWorker("--out", at("shared"));
    expect(await reproduced).toMatchObject({ code: 0 });
    expect(readdirSync(at("shared/queue"))).toEqual([]);
  }, 240_000);

  test("a job may call itself what it likes: the folder of a worker keeps what it holds", async () => {
    const kept = ["my-thesis", "queue/my-thesis", "runs/a.b"].map((name) => at(join("held", name)));
    for (const path of kept) {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "results.txt"), "years");
    }
    const flags = { ...definition.task, budgetBackprops: 4, seed: 1, optimizer: "adam" };
    const connection = new Redis(url, { maxRetriesPerRequest: null });
    const queue = new Queue("quadric", { connection });
    for (const jobId of ["my-thesis", "a.b", "..", "../../my-thesis"]) {
      await queue.add("x", { label: "x\u001b[2J", seed: 1, flags }, { jobId });
    }
    const { said } = startWorker("--out", at("held"));
    await vi.waitFor(async () => expect(await queue.getCompletedCount()).toBeGreaterThanOrEqual(4), {
      timeout: 50_000,
    });
    for (const path of kept) expect(readFileSync(join(path, "results.txt"), "utf8")).toBe("years");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none must come through
    expect(said()).not.toMatch(/\u001b/);
    await queue.obliterate({ force: true });
    await queue.close();
    connection.disconnect();
  }, 120_000);
});

describe.skipIf(missing)("a Redis that is started again without its data", () => {
  test("gets its jobs again, and the sweep ends", async () => {
    buildIfStale();
    const port = await freePort();
    const url = `redis://:sec%ret@127.0.0.1:${port}`;
    const start = async () => {
      const flags = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--requirepass", "sec%ret", "--dir", folder];
      const redis = spawn("redis-server", flags.map(String), { stdio: ["ignore", "pipe", "inherit"] });
      await new Promise<void>((resolve) =>
        redis.stdout!.on("data", (text) => String(text).includes("Ready to accept connections") && resolve()),
      );
      return redis;
    };
    let redis = await start();
    const worker = spawn(process.execPath, [bin, "worker", "--queue", url, "--out", at("forgotten")], {
      stdio: "ignore",
    });
    try {
      const path = write("forgotten", { seeds: [1, 2], budget: { backprops: 150 } });
      const reproduced = lab("reproduce", path, "--queue", url, "--out", at("kept"));
      await vi.waitFor(() => expect(summaries(at("kept"))).not.toEqual([]), { timeout: 50_000, interval: 20 });
      redis.kill("SIGKILL");
      await new Promise((resolve) => redis.on("close", resolve));
      // Away for long enough to be missed.
      await delay(500);
      redis = await start();
      expect(await reproduced).toMatchObject({ code: 0, err: expect.stringContaining("the queue is out of reach") });
      expect(summaries(at("kept"))).toHaveLength(4);
      expect(await resultsIn(`redis://:sec%25ret@127.0.0.1:${port}`)).toEqual([]);
    } finally {
      worker.kill("SIGKILL");
      redis.kill();
    }
  }, 240_000);
});

const summaries = (root: string) =>
  existsSync(root)
    ? readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith("summary.json"))
    : [];

/** Results of runs that nobody has fetched. */
async function resultsIn(url: string): Promise<string[]> {
  const redis = new Redis(url);
  const keys = await redis.keys("quadric:files:*");
  redis.disconnect();
  return keys;
}

describe("--queue", () => {
  test("says that nobody answers, without the password", async () => {
    const port = await freePort();
    const { code, err } = await lab("worker", "--queue", `redis://:secret@127.0.0.1:${port}`);
    expect([code, err]).toEqual([
      2,
      `quadric-lab: --queue: a Redis must answer at 127.0.0.1:${port}, got: connect ECONNREFUSED 127.0.0.1:${port}\n`,
    ]);
  });

  test("must be the address of a Redis", async () => {
    const { code, err } = await lab("worker", "--queue", "localhost");
    expect([code, err]).toEqual([2, expect.stringContaining("--queue: must be redis://HOST:PORT")]);
  });

  test("says which packages it needs", async () => {
    vi.doMock("bullmq", () => {
      throw new Error("not installed");
    });
    const { code, err } = await lab("worker", "--queue", "redis://127.0.0.1:1");
    vi.doUnmock("bullmq");
    expect([code, err]).toEqual([2, expect.stringContaining("npm install bullmq ioredis")]);
  });
});
