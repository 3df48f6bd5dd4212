/**
 * Hostile run folders: run.json is a valid record or a ConfigError, never anything else. `npm run soak:fuzz` has more.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { ConfigError } from "quadric";
import { afterAll, beforeAll, expect, test } from "vitest";
import { damagedFile } from "../../quadric/test/helpers/damage.ts";
import { record } from "../../quadric/test/helpers/record.ts";
import { readRunRecord } from "../src/run-files.ts";
import { quadric, temporaryFolder } from "./command.ts";

/** A tenth of what other parsers get: run.json goes through the disk. */
const runs = Number(process.env.FUZZ_RUNS ?? 2000) / 10;
const run = join(temporaryFolder(), "run");
const file = join(run, "run.json");
let json: Buffer;
let inputs = 0;

beforeAll(async () => {
  await quadric("train", "--steps", "1", "--model", "mlp:64-10", "--inputs", "raw", "--out", run);
  json = readFileSync(file);
});
afterAll(() => record("soak-fuzz-cli", { inputs, peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));

function reads(content: Uint8Array | string): void {
  inputs++;
  writeFileSync(file, content);
  try {
    expect(readRunRecord(run).format).toBe(2);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
  }
}

test("run.json with damaged bytes is a record or a ConfigError", () => {
  fc.assert(
    fc.property(damagedFile(json), (bytes) => reads(bytes)),
    { seed: 8, numRuns: runs },
  );
});

test("run.json with any JSON in any place is a record or a ConfigError", () => {
  const whole = JSON.parse(json.toString());
  const places = Object.keys(whole.config);
  fc.assert(
    fc.property(fc.constantFrom(...places, "config", "format", ""), fc.jsonValue(), (place, value) => {
      const changed = structuredClone(whole);
      if (place in whole) changed[place] = value;
      else changed.config[place] = value;
      reads(JSON.stringify(place === "" ? value : changed));
    }),
    { seed: 9, numRuns: runs },
  );
});
