/** Real MPI jobs on this machine, more ranks than cores included. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { bundleProgram, missingMpirun, removePrograms, runRanks } from "../helpers/ranks.ts";
import { record } from "../helpers/record.ts";
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

describe.skipIf(missingMpirun)(`mpi()${missingMpirun ? `, ${missingMpirun}` : ""}`, () => {
  let sums: string;
  beforeAll(async () => {
    sums = await bundleProgram("sums");
  }, 60_000);
  afterAll(removePrograms);

  test.each([2, 3])(
    "%i ranks have the same sum, whole or pieced together, and what rank 0 broadcast",
    async (ranks) => {
      const { code, out, err } = await runRanks(ranks, sums);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      const answer = JSON.parse(out);
      expect(answer).toMatchObject({ size: ranks, shards: ranks, calls: 13 });
      const exact = Array.from({ length: ranks }, (_, rank) => term(rank)).reduce((sum, x) =>
        sum.map((y, i) => y + x[i]),
      );
      [...answer.sums, ...answer.pieced].forEach((ofRanks: number[][], i: number) => {
        for (const sum of ofRanks) expect(sum).toEqual(ofRanks[0]);
        const tolerance = i % 2 === 0 ? { relative: 1e-5 } : { relative: 1e-13 };
        expect(Float64Array.from(ofRanks[0])).toBeAllclose(Float64Array.from(exact), tolerance);
      });
      for (const bytes of answer.received) expect(bytes).toEqual([0, 1, 2, 3, 4]);
    },
  );

  test.each([1, 4])("with fixed shards %i ranks sum as a balanced tree, bit for bit", async (ranks) => {
    const { code, out, err } = await runRanks(ranks, sums, "8");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const answer = JSON.parse(out);
    for (const [inFloat32, inFloat64] of [answer.sums, answer.pieced]) {
      for (const sum of inFloat32) expect(sum).toEqual(tree(ranks, Math.fround));
      for (const sum of inFloat64) expect(sum).toEqual(tree(ranks, (x) => x));
    }
  });

  test("refuses a number of shards that does not fit the ranks, on every rank", async () => {
    const { code, err } = await runRanks(3, sums, "8");
    expect(code).not.toBe(0);
    expect(err).toContain("mpi: shards must be a power of two and a multiple of the 3 ranks, got 8.");
  });

  test("explicit Gauss–Newton takes the same steps on 1 and 4 ranks, bit for bit", async () => {
    const explicit = await bundleProgram("explicit");
    const answers: string[] = [];
    for (const ranks of [1, 4]) {
      const { code, out, err } = await runRanks(ranks, explicit, "4");
      expect({ code, err }).toEqual({ code: 0, err: "" });
      answers.push(out);
    }
    const { losses } = JSON.parse(answers[0]);
    expect(losses.at(-1)).toBeLessThan(1e-3 * losses[0]);
    expect(answers[1]).toBe(answers[0]);
  });

  describe("training", () => {
    const isLong = process.env.RANKS_STEPS !== undefined;
    const steps = Number(process.env.RANKS_STEPS ?? 3);
    const first = isLong ? 20 : 3;
    const examples = isLong ? 2048 : 1024;
    // The last one has so many parameters that the ranks cut the vectors of a solve among themselves.
    const networks = [
      { curvature: "hessian", hidden: 16 },
      ...(isLong ? [{ curvature: "gauss-newton", hidden: 16 }] : []),
      { curvature: "gauss-newton", hidden: isLong ? 200 : 168 },
    ];
    // In float32 rounding grows along a run: losses of the 20th step differ by up to 5e-4 for any change of order in a
    // sum.
    const compared = networks.map((network) => ({ ...network, dtype: "float64", steps: first }));
    const relaxed = { curvature: "gauss-newton", hidden: 16, relaxed: true };
    const rounded = [...networks, relaxed].map((network) => ({ ...network, dtype: "float32", steps }));
    const runs = [...compared, ...rounded];
    const jobs: { ranks: number; shards?: number }[] = (isLong ? [2, 3, 4, 8] : [3]).map((ranks) => ({ ranks }));
    const sharded = (isLong ? [1, 2, 4, 8] : [1, 2, 4]).map((ranks) => ({ ranks, shards: isLong ? 8 : 4 }));
    const answers = new Map<string, Answer[]>();
    let training: string;
    const keyOf = ({ ranks, shards }: { ranks: number; shards?: number }) =>
      `${ranks} ranks, ${shards ?? "as many"} shards`;

    beforeAll(async () => {
      training = await bundleProgram("training");
      for (const job of [{ ranks: 1 }, ...jobs, ...sharded] as typeof jobs) {
        // With as many shards as ranks the bits differ, and only the table of the long version has the other runs.
        const asked = [{ shards: job.shards, examples }, ...(jobs.includes(job) && !isLong ? compared : runs)];
        const { code, out, err } = await runRanks(job.ranks, training, JSON.stringify(asked));
        expect({ code, err }).toEqual({ code: 0, err: "" });
        const lines = out.trimEnd().split("\n");
        answers.set(
          keyOf(job),
          lines.map((line) => JSON.parse(line)),
        );
      }
    }, 1_800_000);

    /** Largest relative difference of two lists. */
    const apart = (x: readonly number[], y: readonly number[]) =>
      Math.max(...x.map((value, i) => Math.abs(value - y[i]) / Math.abs(y[i])));

    test.each([...jobs, ...sharded].map(keyOf))("%s: the first steps are those of one process", (key) => {
      const alone = answers.get("1 ranks, as many shards")!;
      answers
        .get(key)!
        .slice(0, compared.length)
        .forEach((own, i) => {
          expect(own.losses).toHaveLength(first);
          for (const key of ["losses", "standardErrors", "validation"] as const) {
            expect(apart(own[key], alone[i][key])).toBeLessThan(1e-5);
          }
          expect(own.counts).toEqual(alone[i].counts);
        });
    });

    test(`with fixed shards ${sharded.map(({ ranks }) => ranks).join(", ")} ranks have the same bits after ${steps} steps`, () => {
      const [one, ...others] = sharded.map((job) =>
        answers.get(keyOf(job))!.map(({ communication: _, ...answer }) => answer),
      );
      expect(one.at(-1)!.losses).toHaveLength(steps);
      for (const other of others) expect(other).toEqual(one);
      const table = [...answers].map(([job, ofRuns]) => ({
        job,
        runs: ofRuns.map(({ losses, parameters, counts, communication }, i) => ({
          ...runs[i],
          firstSteps: apart(losses.slice(0, first), answers.get("1 ranks, as many shards")![i].losses),
          lastLoss: losses.at(-1),
          parameters,
          counts,
          communication,
        })),
      }));
      record("ranks", { table });
    });
  });
});
