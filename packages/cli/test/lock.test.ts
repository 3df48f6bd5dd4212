/** Who may work in a folder: one process, whatever others left there and however many ask at once. */
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { lockHolder, takeLock } from "../src/lock.ts";
import { buildIfStale } from "./bin.ts";
import { temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const dead = `${spawnSync(process.execPath, ["-e", ""]).pid} ${hostname()}`;
let file: string;
let number = 0;
beforeEach(() => {
  file = join(folder, `lock-${number++}`);
});
/** The lock and all files about it that are there. */
const left = () => readdirSync(folder).filter((name) => join(folder, name).startsWith(file));

describe("takeLock()", () => {
  test("names this process, refuses a second owner, and is gone when given free", () => {
    const free = takeLock(file);
    expect(lockHolder(file)).toEqual({ pid: process.pid, host: hostname() });
    expect(() => takeLock(file)).toThrow(`must not be in use, got a lock of process ${process.pid} on ${hostname()}.`);
    free();
    expect(left()).toEqual([]);
  });

  test.each([
    ["of a process that is gone", dead],
    ["that names nobody", ""],
    ["of an earlier process with the number of one that lives", `${process.pid} ${hostname()} 1`],
  ])("a lock %s is taken over without a trace of it", (_, content) => {
    writeFileSync(file, content);
    expect(lockHolder(file)).toBe(undefined);
    takeLock(file)();
    expect(left()).toEqual([]);
  });

  test.skipIf(process.platform !== "linux")(
    "so is that of a zombie, which its parent has not asked how it ended",
    async () => {
      // The shell starts a process, becomes one that never waits for it, and the process ends.
      const parent = spawn("sh", ["-c", "sleep 0.05 & echo $!; exec sleep 30"]);
      try {
        const [output] = await once(parent.stdout, "data");
        const zombie = Number(String(output));
        writeFileSync(file, `${zombie} ${hostname()}`);
        await expect.poll(() => lockHolder(file), { timeout: 5000 }).toBe(undefined);
        expect(() => process.kill(zombie, 0)).not.toThrow();
        takeLock(file)();
      } finally {
        parent.kill();
      }
    },
  );

  test("so is one whose taking over was cut short, and the taking over of that", () => {
    const heir = (path: string, content: string) =>
      `${path}.${createHash("sha256").update(content).digest("hex").slice(0, 16)}`;
    const [second, third] = [`${dead} 2`, `${dead} 3`];
    writeFileSync(file, dead);
    writeFileSync(heir(file, dead), second);
    writeFileSync(heir(heir(file, dead), second), third);
    takeLock(file)();
    expect(left()).toEqual([]);
  });

  test("a process of another machine cannot be known to be gone", () => {
    writeFileSync(file, "1 elsewhere");
    expect(() => takeLock(file)).toThrow("a lock of process 1 on elsewhere. If that process is gone, remove");
  });

  test("what gives free leaves the lock of another alone", () => {
    const free = takeLock(file);
    writeFileSync(file, "1 elsewhere");
    free();
    expect(lockHolder(file)).toEqual({ pid: 1, host: "elsewhere" });
  });
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
      writeFileSync(contested, `${dead} ${round}`);
      const answers = contenders.map(answer);
      const start = Date.now() + 3;
      for (const contender of contenders) contender.send({ file: contested, start });
      const won = (await Promise.all(answers)).filter((outcome) => outcome === "taken");
      expect(won.length).toBe(1);
    }
    expect(left().filter((name) => name.includes("."))).toEqual([]);
  }, 120_000);
});
