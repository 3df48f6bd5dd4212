/**
 * Disks that are full or read-only: a word about it, and what was there stays. Real ones, where the system lets us
 * mount.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { quadric, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const disk = join(folder, "disk");
const mount = (...args: string[]) => spawnSync("mount", args).status === 0;
mkdirSync(disk);
const isMounted = process.platform === "linux" && mount("-t", "tmpfs", "-o", "size=96k", "tmpfs", disk);

const training = (out: string) => [
  ...["train", "--steps", "300", "--model", "mlp:64-10", "--batch-size", "64", "--inputs", "raw"],
  ...["--checkpoint-every", "10", "--out", out],
];
const run = join(disk, "run");
const content = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name), "hex")]),
  );

describe.skipIf(!isMounted)("a disk", () => {
  let whole: Record<string, string>;
  beforeAll(async () => {
    await quadric(...training(join(folder, "whole")));
    whole = content(join(folder, "whole"));
  }, 60_000);
  afterAll(() => {
    spawnSync("umount", [disk]);
  });

  test("that fills up ends the run in one line and keeps its last checkpoint", async () => {
    const { code, err } = await quadric(...training(run));
    expect(err).toMatch(/^quadric: ENOSPC: no space left on device, \w+\n$/);
    expect(code).toBe(1);
    const left = readdirSync(run, { recursive: true }).map(String);
    expect(left).not.toContain("lock");
    expect(left).not.toContain("summary.json");
    expect(left.filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(left.filter((name) => /step-\d+\.json$/.test(name)).length).toBeGreaterThan(0);
  });

  test("that is still full refuses to continue, and what was there stays", async () => {
    const before = content(run);
    const { code, err } = await quadric("resume", run);
    expect(err).toMatch(/^quadric: ENOSPC/);
    expect(code).toBe(1);
    // Steps after the last checkpoint are taken again.
    const { "metrics.jsonl": _, ...others } = content(run);
    const { "metrics.jsonl": __, ...kept } = before;
    expect(others).toEqual(kept);
  });

  test("that is read-only is named as such, and what was there stays", async () => {
    const before = content(run);
    expect(mount("-o", "remount,ro", disk)).toBe(true);
    const begun = await quadric(...training(join(disk, "other")));
    expect(begun.err).toMatch(/^quadric: --out: .*other: cannot be used, EROFS: read-only file system/);
    expect(begun.code).toBe(2);
    const resumed = await quadric("resume", run);
    expect(resumed.err).toMatch(/^quadric: EROFS: read-only file system/);
    expect(resumed.code).toBe(1);
    expect(content(run)).toEqual(before);
  });

  test("with room again lets the run end with the bits of one that never stopped", async () => {
    expect(mount("-o", "remount,rw,size=16m", disk)).toBe(true);
    const { code } = await quadric("resume", run);
    expect(code).toBe(0);
    expect(content(run)["parameters.safetensors"]).toBe(whole["parameters.safetensors"]);
  });
});
