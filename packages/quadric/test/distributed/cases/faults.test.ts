/**
 * Jobs that something befalls, on this machine and on two hosts: how they end, how soon, and what they leave behind.
 * `npm run tables` writes what was annotated as experiments/results/distributed-faults.md.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, type TestContext, test, vi } from "vitest";
import { type Hosts, makeHosts, missingHosts } from "../../helpers/hosts.ts";
import {
  bundleProgram,
  type Ended,
  type Job,
  missingMpirun,
  mpirunFlags,
  removePrograms,
  runRanks,
  start,
} from "../../helpers/ranks.ts";
import type { Answer } from "../programs/training.ts";

let fault: string;
let training: string;
let folder: string;
beforeAll(async () => {
  if (!missingMpirun) [fault, training] = [await bundleProgram("fault"), await bundleProgram("training")];
}, 60_000);
afterAll(removePrograms);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "quadric-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const isReady = ({ process: { stdout }, ended }: Job) =>
  new Promise<void>((resolve, reject) => {
    stdout!.on("data", (text) => String(text).includes("ready") && resolve());
    ended.then(({ err }) => reject(new Error(err)));
  });

/** Waits for the last process of a job. */
const gone = (processes: () => readonly number[]) =>
  vi.waitFor(() => expect(processes()).toEqual([]), { timeout: 50_000, interval: 200 });

/** Processes that have `word` among their arguments. */
function processesWith(word: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((id) => {
      try {
        return id > 0 && readFileSync(`/proc/${id}/cmdline`, "utf8").includes(word);
      } catch {
        return false;
      }
    });
}

/** What lies in the folder that such files go to. */
function leftBehind(): string[] {
  const names = readdirSync(folder);
  const segments = names.filter((name) => name.startsWith("vader_segment")).length;
  const session = names.find((name) => name.startsWith("ompi."));
  return [
    ...(segments ? [`${segments} files in /dev/shm`] : []),
    ...(session ? [`${session} in the temporary folder`] : []),
  ];
}

/** From what happens to the end of all processes, as a row of the table. */
async function watched(
  annotate: TestContext["annotate"],
  hosts: 1 | 2,
  what: string,
  job: Job,
  processes: () => readonly number[],
  said: RegExp,
  happen: () => void = () => {},
): Promise<Ended> {
  await isReady(job);
  const begin = performance.now();
  happen();
  const ended = await job.ended;
  await gone(processes);
  const seconds = (performance.now() - begin) / 1000;
  const words = said.exec(ended.err)?.[0] ?? "nothing";
  const cells = [hosts, what, ended.code ?? "none", seconds.toFixed(1), words, leftBehind().join(", ") || "nothing"];
  await annotate(`| ${cells.join(" | ")} |`, "fault");
  return ended;
}

describe.skipIf(missingMpirun)(`one machine${missingMpirun ? `, ${missingMpirun}` : ""}`, () => {
  /** Two ranks whose shared memory and other files lie in a folder of their own. */
  function startHere(what: string): Job {
    const flags = [...mpirunFlags, "--mca", "btl_vader_backing_directory", folder];
    return start("mpirun", [...flags, "-n", "2", process.execPath, fault, what, folder], { TMPDIR: folder });
  }
  const ownProcesses = () => processesWith(folder);

  test.for<[string, number, RegExp]>([
    ["throw", 1, /rank 1 of 2 on \S+: Error: the loss went wrong/],
    ["reject", 1, /rank 1 of 2 on \S+: Error: nobody waited for this/],
    ["exit", 3, /rank 1 of 2 on \S+: left before its end, with exit code 3/],
    ["kill", 137, /rank 1 with PID \d+ on node \S+ exited on signal 9 \(Killed\)/],
  ])(
    "%s: the job ends with code %i, names the rank and leaves nothing behind",
    async ([what, code, words], { annotate }) => {
      const ended = await watched(annotate, 1, `a rank: ${what}`, startHere(what), ownProcesses, words);
      expect(ended).toMatchObject({ code, err: expect.stringMatching(words) });
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test("the launcher killed: the ranks end, too", async ({ annotate }) => {
    const job = startHere("nothing");
    const { code } = await watched(annotate, 1, "the launcher is killed", job, ownProcesses, /quadric:.*/, () =>
      job.process.kill("SIGKILL"),
    );
    expect(code).toBeNull();
  });
});

const missing = missingMpirun ?? missingHosts();
describe.skipIf(missing)(`two hosts${missing ? `, skipped: ${missing}` : ""}`, () => {
  const keepalive = ["--tune", fileURLToPath(new URL("../../../mpirun.conf", import.meta.url))];
  let hosts: Hosts;
  beforeEach(() => {
    hosts = makeHosts(folder);
  });
  afterEach(() => hosts.remove());

  /** In fixed shards, so that the number of ranks and their hosts make no difference. */
  const steps = process.env.RANKS_STEPS ? 40 : 8;
  const run = { curvature: "hessian", dtype: "float32", steps };
  const asked = (more: object = {}) => JSON.stringify([{ shards: 2 }, { ...run, ...more }]);
  const answered = ({ code, out, err }: Ended) => {
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { communication, ...answer }: Answer = JSON.parse(out);
    return answer;
  };

  test("a training run has the bits of one on one host; a rank killed ends it, and it resumes on one rank", async () => {
    const alone = answered(await runRanks(1, training, asked()));
    expect(answered(await hosts.startRanks(keepalive, training, asked()).ended)).toEqual(alone);

    const checkpoints = join(folder, "checkpoints");
    const killed = { checkpoints, kill: { rank: 1, step: steps / 2 } };
    const { code, err } = await hosts.startRanks(keepalive, training, asked(killed)).ended;
    await gone(hosts.processes);
    expect({ code, err }).toEqual({ code: 137, err: expect.stringMatching(/rank 1 with PID \d+ on node \S+ exited/) });

    const resumed = answered(await runRanks(1, training, asked({ checkpoints })));
    expect(resumed.losses).toEqual(alone.losses.slice(-resumed.losses.length));
    expect(resumed.losses.length).toBeLessThan(alone.losses.length);
    expect(resumed.parameters).toBe(alone.parameters);
  });

  test.for<[string, string, number, RegExp]>([
    ["a rank is killed", "kill", 137, /rank 1 with PID \d+ on node \S+ exited on signal 9 \(Killed\)/],
    ["a rank: exit", "exit", 3, /rank 1 of 2 on \S+: left before its end, with exit code 3/],
  ])("%s: the job ends with its code", async ([what, argument, code, words], { annotate }) => {
    const job = hosts.startRanks(keepalive, fault, argument);
    expect(await watched(annotate, 2, what, job, hosts.processes, words)).toMatchObject({ code });
  });

  test("the cable cut: keepalive notices, and both sides end", async ({ annotate }) => {
    const job = hosts.startRanks(keepalive, fault, "nothing");
    // Whichever side notices first: mpirun itself, or the other daemon, whose end mpirun hears of by the agent that
    // started it.
    const words = /ORTE (has lost communication with a remote daemon|was unable to reliably start one or more daemons)/;
    const { code, err } = await watched(annotate, 2, "the cable is cut", job, hosts.processes, words, hosts.cutCable);
    expect(err).toMatch(words);
    expect(code).toBe(err.includes("has lost communication") ? 205 : 1);
  });

  test("the launcher killed: the ranks of both hosts end", async ({ annotate }) => {
    const job = hosts.startRanks(keepalive, fault, "nothing");
    const { code } = await watched(annotate, 2, "the launcher is killed", job, hosts.processes, /quadric:.*/, () =>
      job.process.kill("SIGKILL"),
    );
    expect(code).toBeNull();
  });
});
