/** Hostile checkpoints: a value or a ConfigError, never anything else. `npm run soak:fuzz` has more. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/errors.ts";
import { fileCheckpoints } from "../../../src/node/file-checkpoints.ts";
import type { TrainingState } from "../../../src/training/checkpoint.ts";
import { damagedFile } from "../../helpers/damage.ts";
import { record } from "../../helpers/record.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 2000);
/** A checkpoint goes through the disk. */
const fileRuns = runs / 10;
const state: TrainingState = {
  format: 3,
  data: 0,
  optimizer: "sgd",
  seed: 0,
  size: 2,
  examples: 8,
  step: 1,
  best: false,
  scalars: { "loop.step": 1, radius: Number.POSITIVE_INFINITY },
  vectors: { parameters: Float32Array.of(1, 2) },
};
let folder: string;
let tensors: Buffer;
let json: Buffer;
let inputs = 0;
const path = (suffix: string) => join(folder, `step-00000001${suffix}`);
const store = () => fileCheckpoints(folder, { onDamaged() {} });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "quadric-"));
  await store().save(state);
  tensors = readFileSync(path(".safetensors"));
  json = readFileSync(path(".json"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  record("soak-fuzz-node", { inputs, peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) });
});

async function loads(jsonBytes: Uint8Array | string, tensorBytes: Uint8Array): Promise<TrainingState | undefined> {
  inputs++;
  writeFileSync(path(".json"), jsonBytes);
  writeFileSync(path(".safetensors"), tensorBytes);
  try {
    return await store().load();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return undefined;
  }
}

describe("fileCheckpoints()", () => {
  test("gives back what was saved, or refuses: of a damaged pair nothing else comes", async () => {
    await fc.assert(
      fc.asyncProperty(damagedFile(json), damagedFile(tensors), async (a, b) => {
        const loaded = await loads(a, b);
        if (loaded) expect(loaded).toEqual(state);
      }),
      { seed: 4, numRuns: fileRuns },
    );
  });

  test("answers any state under the right checksums with numbers or a ConfigError", async () => {
    const { vectors, ...rest } = state;
    const known = { ...rest, scalars: { "loop.step": 1 } };
    const part = fc.record(
      Object.fromEntries(
        Object.entries(known).map(([name, value]) => [name, fc.oneof(fc.constant(value), fc.jsonValue())]),
      ),
      { requiredKeys: [] },
    );
    const sealed = (value: unknown, bytes: Uint8Array) => {
      const hash = (content: Uint8Array | string) => createHash("sha256").update(content).digest("hex");
      const sha256 = { tensors: hash(bytes), state: hash(JSON.stringify(value) ?? "") };
      return JSON.stringify({ version: 1, sha256, state: value });
    };
    const bytes = fc.oneof(fc.constant<Uint8Array>(tensors), damagedFile(tensors));
    await fc.assert(
      fc.asyncProperty(fc.oneof(part, fc.jsonValue(), fc.constant(undefined)), bytes, async (value, content) => {
        const loaded = await loads(sealed(value, content), content);
        if (!loaded) return;
        expect(loaded.vectors.parameters.length).toBe(loaded.size);
        for (const x of Object.values(loaded.scalars)) expect(x).toBeTypeOf("number");
      }),
      { seed: 5, numRuns: fileRuns },
    );
  });
});
