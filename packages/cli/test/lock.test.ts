/**
 * Who may work in a folder: one process, whatever others left there, wherever they are and however many ask at once.
 */
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { lockHolder, takeLock } from "../src/lock.ts";
import { startOf, thisMachine } from "../src/machine.ts";
import { buildIfStale } from "./bin.ts";
import { temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const machine = thisMachine();
const gone = spawnSync(process.execPath, ["-e", ""]).pid;
let file: string;
let number = 0;
beforeEach(() => {
  file = join(folder, `lock-${number++}`);
});
/** The lock and all files about it that are there. */
const left = () => readdirSync(folder).filter((name) => join(folder, name).startsWith(file));

/** A lock of a process of this machine and folder, with what is changed. */
const written = (change: object = {}, path = file): string =>
  JSON.stringify({
    pid: process.pid,
    start: startOf(process.pid),
    ...machine,
    inode: String(statSync(dirname(path), { bigint: true }).ino),
    token: String(number),
    ...change,
  });
/** A lock that was written for the last time so many seconds ago. */
function leave(content: string, age = 0, path = file): void {
  writeFileSync(path, content);
  const then = Date.now() / 1000 - age;
  utimesSync(path, then, then);
}
const elsewhere = { host: "elsewhere", boot: "another", pid: 7 };

describe("takeLock()", () => {
  test("names this process, refuses a second owner, and is gone when given free", async () => {
    const lock = await takeLock(file);
    expect(lockHolder(file)).toMatchObject({ pid: process.pid, host: machine.host });
    await expect(takeLock(file)).rejects.toThrow(
      `must not be in use, got a lock of process ${process.pid} on ${machine.host}.`,
    );
    expect(lock.isHeld()).toBe(true);
    await lock.free();
    expect(left()).toEqual([]);
  });

  test.each<[string, () => [string, number?]]>([
    ["of a process that is gone", () => [written({ pid: gone })]],
    ["that names nobody, its content lost with the power", () => [""]],
    ["of an earlier process with the number of one that lives", () => [written({ start: "1" })]],
    [
      "of a process that is gone, under another host name of this machine",
      () => [written({ pid: gone, host: "other" })],
    ],
    ["of the machine before it was started again", () => [written({ boot: "before" }), 61]],
    ["of another machine that has been silent for a minute", () => [written(elsewhere), 61]],
    ["of another container that has been silent for a minute", () => [written({ processes: "pid:[1]" }), 61]],
    ["that came with a copied folder", () => [written({ inode: "1" }), 61]],
    ["of an earlier version", () => ["1 elsewhere", 61]],
    ["that is damaged", () => ['{"pid":-1}', 61]],
  ])("a lock %s is taken over without a trace of it", async (_, lock) => {
    leave(...lock());
    expect(lockHolder(file)).toBe(undefined);
    await (await takeLock(file)).free();
    expect(left()).toEqual([]);
  });

  test("a process is known by its number, whatever the name of its machine is now", async () => {
    leave(written({ host: "renamed" }), 1e6);
    expect(lockHolder(file)).toMatchObject({ pid: process.pid, host: "renamed" });
    await expect(takeLock(file)).rejects.toThrow(`process ${process.pid} on renamed`);
  });

  test("who cannot be asked is waited for, and refused at the first sign of life", async () => {
    leave(written(elsewhere));
    const said: string[] = [];
    const sign = setTimeout(() => leave(written(elsewhere), -1), 300);
    await expect(takeLock(file, { tell: (message) => said.push(message) })).rejects.toThrow("process 7 on elsewhere");
    clearTimeout(sign);
    expect(said).toEqual([
      expect.stringMatching(/^waiting up to (59|60) s for a sign of process 7 on elsewhere, which has .* locked$/),
    ]);
  });

  test("who gives no sign within the lease is dead", async () => {
    leave(written(elsewhere));
    const begin = performance.now();
    const lock = await takeLock(file, { lease: 0.5 });
    expect(performance.now() - begin).toBeGreaterThan(450);
    await lock.free();
    expect(left()).toEqual([]);
  });

  test("a lock shows signs of life as long as it is held, though its process is busy", async () => {
    const lock = await takeLock(file, { beat: 0.05 });
    const first = statSync(file).mtimeMs;
    const end = performance.now() + 5000;
    while (statSync(file).mtimeMs === first && performance.now() < end);
    expect(statSync(file).mtimeMs).toBeGreaterThan(first);
    expect(lock.isHeld()).toBe(true);
    await lock.free();
  });

  test("a process that was taken for dead notices, and leaves the lock of the other alone", async () => {
    const lock = await takeLock(file, { beat: 0.02 });
    rmSync(file);
    leave(written(elsewhere));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(lock.isHeld()).toBe(false);
    await lock.free();
    expect(readFileSync(file, "utf8")).toBe(written(elsewhere));
  });

  test("the lock of a folder says nothing of its copy", async () => {
    const [original, copy] = ["original", "copy"].map((name) => join(folder, `${name}-${number}`));
    mkdirSync(original);
    const lock = await takeLock(join(original, "lock"));
    cpSync(original, copy, { recursive: true });
    leave(readFileSync(join(copy, "lock"), "utf8"), 61, join(copy, "lock"));
    await (await takeLock(join(copy, "lock"))).free();
    await lock.free();
  });

  test.skipIf(process.platform !== "linux")(
    "the lock of a zombie, which its parent has not asked how it ended, is nobody's",
    async () => {
      // The shell starts a process, becomes one that never waits for it, and the process ends.
      const parent = spawn("sh", ["-c", "sleep 0.05 & echo $!; exec sleep 30"]);
      try {
        const [output] = await once(parent.stdout, "data");
        const zombie = Number(String(output));
        leave(written({ pid: zombie, start: "" }));
        await expect.poll(() => lockHolder(file), { timeout: 5000 }).toBe(undefined);
        expect(() => process.kill(zombie, 0)).not.toThrow();
        await (await takeLock(file)).free();
      } finally {
        parent.kill();
      }
    },
  );

  test("so is one whose taking over was cut short, and the taking over of that", async () => {
    const heir = (path: string, content: string) =>
      `${path}.${createHash("sha256").update(content).digest("hex").slice(0, 16)}`;
    const [first, second, third] = ["1", "2", "3"].map((token) => written({ pid: gone, token }));
    writeFileSync(file, first);
    writeFileSync(heir(file, first), second);
    writeFileSync(heir(heir(file, first), second), third);
    await (await takeLock(file)).free();
    expect(left()).toEqual([]);
  });
});

/** Whether this system lets us make namespaces. */
const unshare = (...flags: string[]) => spawnSync("unshare", [...flags, "true"]).status === 0;

describe.skipIf(!unshare("--uts"))("a machine whose host name changes", () => {
  test("knows its processes: those that live and those that are gone", () => {
    buildIfStale();
    const program = fileURLToPath(new URL("programs/holder.mjs", import.meta.url));
    const as = (host: string, command: string) =>
      spawnSync(
        "unshare",
        ["--uts", "sh", "-c", `hostname ${host}; exec "$0" "$@"`, process.execPath, program, file, command],
        {
          encoding: "utf8",
        },
      );
    expect(as("node-1", "die").stdout).toBe("taken\n");
    // Without waiting: a lease would be a minute.
    expect(as("node-2", "free").stdout).toBe("taken\n");
    expect(left()).toEqual([]);
  }, 120_000);
});

describe.skipIf(!unshare("--pid", "--fork", "--mount-proc"))("a container", () => {
  test("that died is taken over by the next one, when it has been silent for its lease", () => {
    buildIfStale();
    const program = fileURLToPath(new URL("programs/holder.mjs", import.meta.url));
    const contained = (command: string) =>
      spawnSync("unshare", ["--pid", "--fork", "--mount-proc", process.execPath, program, file, command, "0.5"], {
        encoding: "utf8",
      });
    expect(contained("die").stdout).toBe("taken\n");
    expect(contained("free").stdout).toBe("taken\n");
    expect(left()).toEqual([]);
  }, 120_000);
});

describe("processes that find the lock of a dead one at the same time", () => {
  const contenders: ChildProcess[] = [];
  afterAll(() => {
    for (const contender of contenders) contender.kill();
  });

  test("one of them has it, each time", async () => {
    buildIfStale();
    const program = fileURLToPath(new URL("programs/contender.mjs", import.meta.url));
    const answer = async (contender: ChildProcess) => (await once(contender, "message"))[0];
    for (let i = 0; i < 6; i++) contenders.push(fork(program));
    await Promise.all(contenders.map(answer));
    for (let round = 0; round < 30; round++) {
      const contested = `${file}-${round}`;
      writeFileSync(contested, written({ pid: gone, token: `${round}` }));
      const answers = contenders.map(answer);
      const start = Date.now() + 3;
      for (const contender of contenders) contender.send({ file: contested, start });
      const won = (await Promise.all(answers)).filter((outcome) => outcome === "taken");
      expect(won.length).toBe(1);
    }
    expect(left().filter((name) => name.includes("."))).toEqual([]);
  }, 120_000);
});
