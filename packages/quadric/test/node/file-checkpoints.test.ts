import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { fileCheckpoints } from "../../src/node/file-checkpoints.ts";
import type { TrainingState } from "../../src/training/checkpoint.ts";

const stateAt = (step: number, best = false): TrainingState => ({
  format: 3,
  data: 0,
  optimizer: "tr-rmsprop",
  seed: 3,
  size: 2,
  examples: 100,
  step,
  best,
  scalars: {
    radius: 0.1 + step,
    loss: Number.POSITIVE_INFINITY,
    low: Number.NEGATIVE_INFINITY,
    none: Number.NaN,
    zero: -0,
  },
  vectors: { parameters: Float32Array.of(step, -0), "norm.v": Float64Array.of(1e-300, Math.PI) },
});

let folder: string;
let warnings: string[];
const store = (keep?: number) => fileCheckpoints(folder, { keep, onDamaged: (message) => warnings.push(message) });
const steps = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => Number(name.slice(5, 13)));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "quadric-"));
  warnings = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("fileCheckpoints()", () => {
  test("gives the newest state back bit for bit", async () => {
    await store().save(stateAt(1));
    await store().save(stateAt(12));
    expect(await store().load()).toEqual(stateAt(12));
    expect(Object.is((await store().load())?.scalars.zero, -0)).toBe(true);
    expect(warnings).toEqual([]);
  });

  test("has nothing in a folder that is empty or not there", async () => {
    expect(await store().load()).toBeUndefined();
    expect(await fileCheckpoints(join(folder, "missing")).load()).toBeUndefined();
  });

  test("keeps the newest and the best, and nothing else", async () => {
    for (let step = 1; step <= 6; step++) await store(2).save(stateAt(step, step === 2 || step === 3));
    expect(steps()).toEqual([3, 5, 6]);
    expect(readdirSync(folder).length).toBe(6);
  });

  test("clears away what a killed process left and what a resumed one abandoned", async () => {
    await store().save(stateAt(5));
    writeFileSync(join(folder, "step-00000006.safetensors"), "tensors without their JSON");
    writeFileSync(join(folder, "step-00000004.json.123.tmp"), "half a");
    writeFileSync(join(folder, "notes.txt"), "not ours");
    await store().save(stateAt(3));
    expect(readdirSync(folder)).toEqual(["notes.txt", "step-00000003.json", "step-00000003.safetensors"]);
  });

  const damages: [what: string, suffix: string, damage: (path: string) => void, reason: string][] = [
    ["tensors cut off", ".safetensors", (path) => truncateSync(path, 20), "its tensors do not fit their checksum."],
    ["a changed bit", ".safetensors", flipLastBit, "its tensors do not fit their checksum."],
    ["no tensors", ".safetensors", (path) => rmSync(path), "its tensors are missing."],
    ["JSON cut off", ".json", (path) => truncateSync(path, 20), "its JSON is not JSON."],
    ["an empty JSON", ".json", (path) => truncateSync(path, 0), "its JSON is not JSON."],
    ["a changed number", ".json", replace("7.1", "7.2"), "its JSON does not fit its checksum."],
  ];
  test.each(damages)("names a newest checkpoint with %s and uses the one before", async (_, suffix, damage, reason) => {
    await store().save(stateAt(6));
    await store().save(stateAt(7));
    damage(join(folder, `step-00000007${suffix}`));
    expect(await store().load()).toEqual(stateAt(6));
    const name = join(folder, "step-00000007");
    expect(warnings).toEqual([`checkpoint: passed over a damaged one. ${name}: ${reason}`]);
  });

  test("does not start afresh when every checkpoint is damaged", async () => {
    await store().save(stateAt(7));
    flipLastBit(join(folder, "step-00000007.safetensors"));
    await expect(store().load()).rejects.toThrow("checkpoint: one must be whole, got only damaged ones.");
  });

  test("refuses another version with a word about it", async () => {
    await store().save(stateAt(7));
    replace('"version": 1', '"version": 2')(join(folder, "step-00000007.json"));
    await expect(store().load()).rejects.toThrow(ConfigError);
    await expect(store().load()).rejects.toThrow("must have version 1, got 2: another version of quadric wrote it.");
  });

  test("refuses to keep none", () => {
    expect(() => fileCheckpoints(folder, { keep: 0 })).toThrow(RangeError);
  });
});

function flipLastBit(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(path, bytes);
}

function replace(from: string, to: string): (path: string) => void {
  return (path) => writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
}
