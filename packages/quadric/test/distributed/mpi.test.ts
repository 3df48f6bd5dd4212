/** Real MPI jobs on this machine, more ranks than cores included. */
import { beforeAll, describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { findLauncher } from "../../src/mpi.ts";
import { bundleProgram, missingMpirun, runRanks } from "../helpers/ranks.ts";
import { term } from "../helpers/terms.ts";
import type { Answer } from "./programs/training.ts";

/** ((0 + 1) + (2 + 3)) + …, rounded after each addition. */
function tree(ranks: number, round: (x: number) => number): number[] {
  const over = (from: number, to: number): number[] => {
    if (to - from === 1) return term(from).map(round);
    const middle = (from + to) / 2;
    const right = over(middle, to);
    return over(from, middle).map((x, i) => round(x + right[i]));
  };
  return over(0, ranks);
}

describe("findLauncher()", () => {
  test("tells who started how many ranks", () => {
    expect(findLauncher({})).toBeUndefined();
    expect(findLauncher({ OMPI_COMM_WORLD_SIZE: "4" })).toEqual({ name: "Open MPI's mpirun", size: 4 });
    expect(findLauncher({ PMI_SIZE: "2", PMI_RANK: "0" })).toEqual({ name: "MPICH's mpirun", size: 2 });
    expect(findLauncher({ SLURM_NTASKS: "8", PMIX_RANK: "3" })).toEqual({ name: "srun", size: 8 });
  });

  test("does not take a batch script for a rank", () => {
    expect(findLauncher({ SLURM_NTASKS: "8" })).toBeUndefined();
  });
});

describe.skipIf(missingMpirun)(`mpi()${missingMpirun ? `, ${missingMpirun}` : ""}`, () => {
  let sums: string;
  beforeAll(async () => {
    sums = await bundleProgram("sums");
  });

  test.each([2, 3])("%i ranks have the same sum, and what rank 0 broadcast", async (ranks) => {
    const { code, out, err } = await runRanks(ranks, sums);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const answer = JSON.parse(out);
    expect(answer).toMatchObject({ size: ranks, shards: ranks, calls: 7 });
    const exact = Array.from({ length: ranks }, (_, rank) => term(rank)).reduce((sum, x) =>
      sum.map((y, i) => y + x[i]),
    );
    answer.sums.forEach((ofRanks: number[][], precision: number) => {
      for (const sum of ofRanks) expect(sum).toEqual(ofRanks[0]);
      const tolerance = precision === 0 ? { relative: 1e-5 } : { relative: 1e-13 };
      expect(Float64Array.from(ofRanks[0])).toBeAllclose(Float64Array.from(exact), tolerance);
    });
    for (const bytes of answer.received) expect(bytes).toEqual([0, 1, 2, 3, 4]);
  });

  test.each([1, 4, 8])("with fixed shards %i ranks sum as a balanced tree, bit for bit", async (ranks) => {
    const { code, out, err } = await runRanks(ranks, sums, "8");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const answer = JSON.parse(out);
    for (const sum of answer.sums[0]) expect(sum).toEqual(tree(ranks, Math.fround));
    for (const sum of answer.sums[1]) expect(sum).toEqual(tree(ranks, (x) => x));
  });

  test("refuses a number of shards that does not fit the ranks, on every rank", async () => {
    const { code, err } = await runRanks(3, sums, "8");
    expect(code).not.toBe(0);
    expect(err).toContain("mpi: shards must be a power of two and a multiple of the 3 ranks, got 8.");
  });

  describe("training", () => {
    let training: string;
    const answers = new Map<string, Answer[]>();

    /** The first 20 steps in float64, then 200 in float32 where the shards are fixed; both with either curvature. */
    async function answersOf(ranks: number, shards?: number): Promise<Answer[]> {
      const kinds = ["hessian", "gauss-newton"];
      const runs = [
        ...kinds.map((curvature) => ({ curvature, dtype: "float64", steps: 20 })),
        ...(shards ? kinds.map((curvature) => ({ curvature, dtype: "float32", steps: 200 })) : []),
      ];
      const { code, out, err } = await runRanks(ranks, training, JSON.stringify([shards ?? null, ...runs]));
      expect({ code, err }).toEqual({ code: 0, err: "" });
      return out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    }

    beforeAll(async () => {
      training = await bundleProgram("training");
      answers.set("alone", await answersOf(1));
    }, 60_000);

    test.each([
      [2, undefined],
      [3, undefined],
      [1, 8],
      [2, 8],
      [4, 8],
      [8, 8],
    ])("%i ranks, shards %s: the first 20 steps are those of one process", async (ranks, shards) => {
      const own = await answersOf(ranks, shards);
      if (shards) answers.set(`${ranks}`, own.slice(2));
      answers.get("alone")!.forEach((alone, i) => {
        for (const key of ["losses", "standardErrors", "validation"] as const) {
          expect(Float64Array.from(own[i][key])).toBeAllclose(Float64Array.from(alone[key]), { relative: 1e-5 });
        }
        expect(own[i].counts).toEqual(alone.counts);
      });
    });

    test("with fixed shards 1, 2, 4 and 8 ranks end with the same bits after 200 steps", () => {
      const [one, ...others] = ["1", "2", "4", "8"].map((ranks) =>
        answers.get(ranks)!.map(({ communication: _, ...answer }) => answer),
      );
      expect(one[0].losses).toHaveLength(200);
      for (const other of others) expect(other).toEqual(one);
    });
  });
});
