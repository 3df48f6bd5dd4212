/** Explicit Gauss–Newton among ranks that are simulated in one process. */
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { wasm } from "../../src/compiler/backends/wasm/backend.ts";
import { oneProcess } from "../../src/distributed/one-process.ts";
import { reducedObjective } from "../../src/distributed/reduced-objective.ts";
import { shardOf } from "../../src/distributed/sharded-batches.ts";
import { sumTree } from "../../src/distributed/sum-tree.ts";
import { compileObjective, gaussNewton, losses, mlp, regularizers, supervised } from "../../src/index.ts";
import type { JacobianEvaluation, NormalEvaluation } from "../../src/objective/objective.ts";
import type { BatchSource } from "../../src/optimizer/optimizer.ts";
import type { Communicator } from "../../src/training/reducer.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { inner } from "../helpers/dense.ts";
import "../helpers/matchers.ts";

const exact = { backend: wasm(), dtype: "float64" } as const;
const random = makeRandom(5);
/** Not a multiple of the shards. */
const n = 10;
const batch = {
  x: { shape: [n, 3], data: normalVector(random, 3 * n) },
  y: { shape: [n, 1], data: normalVector(random, n) },
};
const problem = { ...supervised(mlp([3, 2, 1]), losses.squaredError), regularizer: regularizers.l2(0.1) };
const local = await compileObjective(problem, exact);

/** Ranks that exchange vectors through promises. */
function ranks(size: number, shards: number): Communicator[] {
  const boxes = new Map<string, { take(x: Vector): void; readonly given: Promise<Vector> }>();
  const box = (from: number, to: number, turn: number) => {
    const key = `${from} ${to} ${turn}`;
    if (!boxes.has(key)) boxes.set(key, withResolvers());
    return boxes.get(key)!;
  };
  return Array.from({ length: size }, (_, rank) => {
    let turn = 0;
    const tree = sumTree(rank, size, async (partner, give, take) => {
      turn++;
      box(rank, partner, turn).take(give.slice());
      take.set(await box(partner, rank, turn).given);
    });
    return { ...oneProcess(), rank, size, shards, sum: (x: Vector) => tree.sum(x) };
  });
}

function withResolvers() {
  let take!: (x: Vector) => void;
  const given = new Promise<Vector>((resolve) => {
    take = resolve;
  });
  return { take, given };
}

/** Parameters after some steps, on every rank. */
function trained(communicators: readonly Communicator[]): Promise<Vector[]> {
  return Promise.all(
    communicators.map(async (communicator) => {
      const objective = reducedObjective(local, communicator);
      const share = shardOf(batch, communicator);
      const batches = {
        draw: () => ({ epoch: 0, offset: 0, size: n }),
        batch: () => share,
        examples: n,
        batchSize: n,
      } as unknown as BatchSource;
      const run = gaussNewton().start(objective as never, local.initial, { batches });
      for (let k = 0; k < 4; k++) expect((await run.step(batches)).accepted).toBe(true);
      return run.parameters;
    }),
  );
}

describe("the Jacobian of a reduced objective", () => {
  test("JᵀJ, Jᵀr, penalty, loss and price are those of the whole", async () => {
    const whole = await compileObjective(problem, exact);
    const reduced = reducedObjective(whole, oneProcess({ shards: 4 }));
    const d = whole.layout.size;
    const { jacobian: J, residuals: r, ...rest } = (await whole.jacobian!(whole.initial, batch)) as JacobianEvaluation;
    const sums = (await reduced.jacobian!(
      whole.initial,
      shardOf(batch, oneProcess({ shards: 4 })),
    )) as NormalEvaluation;
    for (let i = 0; i < d; i++) {
      const column = (k: number) => Float64Array.from(r, (_, row) => J[row * d + k]);
      expect(sums.projection[i]).toBeCloseTo(inner(column(i), Float64Array.from(r)), 12);
      for (let j = i; j < d; j++) expect(sums.gram[i * d + j]).toBeCloseTo(inner(column(i), column(j)), 12);
    }
    expect(sums.value).toBeCloseTo(rest.value, 12);
    expect(sums.penalty!.gradient).toBeAllclose(rest.penalty!.gradient);
    expect(sums.penalty!.curvature).toEqual(rest.penalty!.curvature);
    expect(reduced.ledger.counts()).toMatchObject({ gradients: 1, examples: n });
    whole.dispose();
  });

  test("steps on 1, 2 and 4 ranks have the same bits, on all of them", async () => {
    const [one] = await trained([oneProcess({ shards: 4 })]);
    for (const size of [2, 4]) for (const w of await trained(ranks(size, 4))) expect(w).toEqual(one);
  });

  test("refuses sample space, a JᵀJ larger than it may be, and losses without residuals", async () => {
    const [communicator] = [oneProcess({ shards: 2 })];
    const share = shardOf(batch, communicator);
    const batches = { draw: () => ({ epoch: 0, offset: 0, size: n }), batch: () => share } as unknown as BatchSource;
    const step = (objective: unknown, options: Parameters<typeof gaussNewton>[0]) =>
      gaussNewton(options)
        .start(objective as never, local.initial, { batches: undefined })
        .step(batches);
    const reduced = reducedObjective(local, communicator);
    await expect(step(reduced, { space: "samples" })).rejects.toThrow(
      'gaussNewton: space must be "parameters" where JᵀJ is summed up, over ranks or by blocks of rows, got samples.',
    );
    await expect(step(reduced, { maxBytes: 100 })).rejects.toThrow(
      "jacobian: on ranks, where JᵀJ is summed up and sample space is not known, maxBytes must hold JᵀJ of [11, 11], 968 bytes",
    );
    const { model, ...others } = problem;
    const bare = await compileObjective(
      { ...others, loss: (p: never, data: never) => np.square(model(p, data)).sum(-1) } as never,
      exact,
    );
    expect(reducedObjective(bare, communicator).jacobian).toBeUndefined();
    bare.dispose();
  });
});
