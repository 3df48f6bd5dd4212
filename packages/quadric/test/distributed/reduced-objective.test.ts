/** A batch in shards, in one process; ranks are in test/distributed. */
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { resnet18 } from "../../../../examples/models/resnet.ts";
import { onnx } from "../../src/compiler/backends/onnx/node.ts";
import { oneProcess } from "../../src/distributed/one-process.ts";
import { reducedObjective } from "../../src/distributed/reduced-objective.ts";
import { shardOf } from "../../src/distributed/sharded-batches.ts";
import { compileObjective, losses, mlp, regularizers, supervised } from "../../src/index.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";

const exact = { backend: onnx(), dtype: "float64" } as const;
const random = makeRandom(5);
/** Not a multiple of the shards. */
const n = 10;
const batchOf = (features: number, classes: number, examples = n) => ({
  x: { shape: [examples, features], data: normalVector(random, examples * features) },
  y: { shape: [examples], data: Int32Array.from({ length: examples }, (_, i) => i % classes) },
});
const inShards = (shards: number) => oneProcess({ shards });

describe("reducedObjective()", () => {
  const problem = { ...supervised(mlp([3, 5, 2]), losses.crossEntropy), regularizer: regularizers.l2(0.1) };

  test.each(["hessian", "gauss-newton"] as const)("4 shards have value, gradient and %s of the whole", async (kind) => {
    const whole = await compileObjective(problem, exact);
    const reduced = reducedObjective(await compileObjective(problem, exact), inShards(4));
    const batch = batchOf(3, 2);
    const share = shardOf(batch, inShards(4));
    const w = whole.initial;
    const v = normalVector(random, w.length);
    const [expected, own] = [await whole.linearize(w, batch, kind), await reduced.linearize(w, share, kind)];
    expect(own.gradient).toBeAllclose(expected.gradient);
    expect(await own.curvature.multiply(v)).toBeAllclose(await expected.curvature.multiply(v));
    expect((await reduced.gradient(w, share)).gradient).toBeAllclose((await whole.gradient(w, batch)).gradient);
    const [value, ofWhole] = [await reduced.value(w, share), await whole.value(w, batch)];
    expect(value.value).toBeCloseTo(ofWhole.value, 12);
    expect(value.losses!).toBeAllclose(ofWhole.losses!);
    expect(reduced.ledger.counts()).toEqual(whole.ledger.counts());
  });

  test("refuses a loss of one scalar, and a batch with fewer examples than shards", async () => {
    const scalar = { ...problem, loss: (...args: Parameters<typeof problem.loss>) => np.mean(problem.loss(...args)) };
    const mean = await compileObjective(scalar, exact);
    const share = shardOf(batchOf(3, 2), inShards(2));
    await expect(reducedObjective(mean, inShards(2)).value(mean.initial, share)).rejects.toThrow(
      "reducer: the loss must return one value an example [b], got one scalar",
    );
    const whole = await compileObjective(problem, exact);
    const small = shardOf(batchOf(3, 2, 3), inShards(4));
    await expect(reducedObjective(whole, inShards(4)).gradient(whole.initial, small)).rejects.toThrow(
      "reducer: a batch must hold an example for each of the 4 shards, got 3.",
    );
  });

  test("batch normalization takes its statistics from a shard", async () => {
    const network = resnet18({ inputShape: [1, 4, 4], width: 2, blocks: [1], classes: 3 });
    const whole = await compileObjective(supervised(network, losses.crossEntropy), exact);
    const batch = batchOf(16, 3);
    const share = shardOf(batch, inShards(2));
    const { value } = await reducedObjective(whole, inShards(2)).value(whole.initial, share);
    const halves = await Promise.all(share.shards.map((shard) => whole.value(whole.initial, shard.batch)));
    expect(value).toBeCloseTo((halves[0].value + halves[1].value) / 2, 12);
    const { value: together } = await whole.value(whole.initial, batch);
    expect(Math.abs(value - together)).toBeGreaterThan(1e-3);
  });
});
