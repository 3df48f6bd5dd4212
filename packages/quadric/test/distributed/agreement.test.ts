import { describe, expect, test } from "vitest";
import { agree, agreeOnData } from "../../src/distributed/agreement.ts";
import { ConfigError } from "../../src/errors.ts";
import { checksum } from "../../src/vector/checksum.ts";
import type { Vector } from "../../src/vector/vector.ts";

const running = { stop: false, aborted: false, seconds: 2 };
const own = Float64Array.of(1, 2, 3);

/** Rank 0 of two; what the other one says is added. */
const ranks = (theirs: readonly number[]) => ({
  rank: 0,
  size: 2,
  sum: async (x: Vector) => {
    for (const [i, value] of theirs.entries()) x[i] += value;
  },
});

describe("agree()", () => {
  test("makes an interrupt anywhere, and the clock of rank 0, known to all", async () => {
    const told = await agree(ranks([0, 1, 0, checksum(own)]), running, own);
    expect(told).toEqual({ stop: false, aborted: true, seconds: 2 });
  });

  test("finds ranks that have drifted apart by one bit, and says what to do", async () => {
    const drifted = Float64Array.of(1, 2, 3 + 2 ** -51);
    const found = agree(ranks([0, 0, 0, checksum(drifted)]), running, own);
    await expect(found).rejects.toThrow(ConfigError);
    await expect(found).rejects.toThrow(
      "train: the parameters of rank 0 must be those of every other rank, got different bits. Give all ranks one build",
    );
  });
});

test("agreeOnData() refuses data whose checksum is another on one rank", async () => {
  await agreeOnData(ranks([7]), 7);
  await expect(agreeOnData(ranks([8]), 7)).rejects.toThrow(ConfigError);
});
