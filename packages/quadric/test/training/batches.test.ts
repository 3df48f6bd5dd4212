import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { chunks, makeBatches, noBatches } from "../../src/training/batches.ts";
import type { Tensor, TensorTree } from "../../src/vector/tensor.ts";

const n = 10;
const data = {
  x: { shape: [n, 2], data: Float32Array.from({ length: 2 * n }, (_, i) => i) },
  labels: [{ shape: [n], data: Int32Array.from({ length: n }, (_, i) => i) }],
};
type Batch = { x: Tensor; labels: [Tensor] };
const labelsOf = (batch: TensorTree) => [...(batch as unknown as Batch).labels[0].data];

describe("makeBatches()", () => {
  test("visits every example once an epoch and drops the incomplete last batch", () => {
    const batches = makeBatches(data, { batchSize: 3, seed: 5 });
    const epochs = [0, 1].map(() => [0, 1, 2].map(() => labelsOf(batches.batch(batches.draw()))));
    for (const epoch of epochs) expect(new Set(epoch.flat()).size).toBe(9);
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(batches.epochs).toBeCloseTo(1.8);
  });

  test("keeps rows of all leaves together, whatever their type", () => {
    const batches = makeBatches(data, { batchSize: 4, seed: 0 });
    const batch = batches.batch(batches.draw()) as unknown as Batch;
    expect(batch.x.shape).toEqual([4, 2]);
    expect(batch.labels[0].data).toBeInstanceOf(Int32Array);
    expect([...batch.x.data]).toEqual(labelsOf(batch as unknown as TensorTree).flatMap((i) => [2 * i, 2 * i + 1]));
  });

  test("writes a batch into the memory of a reuse one of its size, and of no other", () => {
    const batches = makeBatches(data, { batchSize: 4, seed: 0 });
    const reuse = batches.batch(batches.draw());
    const indices = batches.draw();
    const expected = labelsOf(batches.batch(indices));
    const batch = batches.batch(indices, reuse);
    expect(batch).not.toBe(reuse);
    expect((batch as unknown as Batch).x.data).toBe((reuse as unknown as Batch).x.data);
    expect(labelsOf(batch)).toEqual(expected);
    expect((batches.batch(batches.draw(2), reuse) as unknown as Batch).x.data.length).toBe(4);
  });

  test("renews the keys of random numbers in every epoch, the same for the same seed, and leaves the data alone", () => {
    const keys = Int32Array.from({ length: 2 * n }, (_, i) => i);
    const withKeys = { ...data, key: { shape: [n, 2], data: keys } };
    const draw = (seed: number) => {
      const batches = makeBatches(withKeys, { batchSize: n, seed, keys: "key" });
      return [0, 1].map(() => {
        const batch = batches.batch(batches.draw()) as unknown as Batch & { key: Tensor };
        return new Map([...batch.labels[0].data].map((label, i) => [label, batch.key.data[2 * i]]));
      });
    };
    const [first, second] = draw(1);
    expect(new Set([...first.values(), ...second.values()]).size).toBe(2 * n);
    expect(draw(1)).toEqual([first, second]);
    expect(draw(2)[0].get(0)).not.toBe(first.get(0));
    expect([...keys]).toEqual([...keys.keys()]);
    expect([...makeBatches(withKeys, { batchSize: n, seed: 1, keys: "key" }).full()]).toEqual([withKeys]);
  });

  test("refuses keys that are none", () => {
    expect(() => makeBatches(data, { batchSize: 5, seed: 1, keys: "x" })).toThrow(
      "batches: keys must name a leaf of int32 [10, 2], got Float32Array [10,2].",
    );
    expect(() => makeBatches(data, { batchSize: 5, seed: 1, keys: "key" })).toThrow("got leaves x, labels.0.");
  });

  test("gives the same batches for the same seed and others for another", () => {
    const draw = (seed: number) => {
      const batches = makeBatches(data, { batchSize: 5, seed });
      return [0, 1, 2].map(() => labelsOf(batches.batch(batches.draw())));
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test("gives a kept batch again, from this epoch, from the one before and after a restart", () => {
    const batches = makeBatches(data, { batchSize: 5, seed: 1 });
    const indices = batches.draw();
    const kept = labelsOf(batches.batch(indices));
    for (let k = 0; k < 3; k++) batches.batch(batches.draw());
    expect(labelsOf(batches.batch(indices))).toEqual(kept);
    const resumed = makeBatches(data, { batchSize: 5, seed: 1 });
    resumed.restore(structuredClone(batches.state()));
    expect(labelsOf(resumed.batch(indices))).toEqual(kept);
    expect(resumed.draw()).toEqual(batches.draw());
  });

  test("takes other sizes for a batch or for good", () => {
    const batches = makeBatches(data, { batchSize: 2, seed: 1 });
    expect(batches.draw(7)).toEqual({ epoch: 0, offset: 0, size: 7 });
    batches.batchSize = 4;
    expect(batches.draw()).toEqual({ epoch: 1, offset: 0, size: 4 });
    expect(batches.state().batchSize).toBe(4);
  });

  test("hands out all data in their own order in chunks", () => {
    const batches = makeBatches(data, { batchSize: 4, seed: 1 });
    expect([...batches.full()].map(labelsOf)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    expect([...chunks(data, n, 10)].map(labelsOf)).toEqual([labelsOf(data)]);
  });

  test.each([0, 11, 2.5])("refuses a batch size of %d for ten examples", (batchSize) => {
    expect(() => makeBatches(data, { batchSize, seed: 0 })).toThrow(
      `batches: batchSize must be an integer in [1, 10] (the number of examples), got ${batchSize}.`,
    );
  });

  test.each<[TensorTree, ErrorConstructor | typeof ShapeError, string]>([
    [{ ...data, y: { shape: [9], data: new Float32Array(9) } }, ShapeError, 'must hold 10 examples, got 9 in leaf "y"'],
    [
      { x: { shape: [2, 3], data: new Float32Array(5) } },
      ShapeError,
      'leaf "x" of shape [2,3] must hold 6 values, got 5',
    ],
    [{ x: { shape: [0], data: new Float32Array(0) } }, ShapeError, "data must hold at least one example, got 0"],
    [
      { x: { shape: [3, 2], data: Float32Array.of(0, 1, 2, NaN, 4, 5) } },
      RangeError as unknown as ErrorConstructor,
      'got NaN in leaf "x", example 1',
    ],
  ])("refuses data that do not fit together (%#)", (bad, error, message) => {
    expect(() => makeBatches(bad, { batchSize: 1, seed: 0 })).toThrow(error);
    expect(() => makeBatches(bad, { batchSize: 1, seed: 0 })).toThrow(message);
  });
});

describe("noBatches()", () => {
  test("counts a draw as an epoch, and hands out nothing", () => {
    const source = noBatches();
    expect([source.examples, source.batchSize, source.epochs]).toEqual([1, 1, 0]);
    expect(source.draw()).toEqual({ epoch: 0, offset: 0, size: 1 });
    expect(source.draw()).toEqual({ epoch: 1, offset: 0, size: 1 });
    expect([source.epochs, source.batch({ epoch: 0, offset: 0, size: 1 }), [...source.full()]]).toEqual([
      2,
      undefined,
      [undefined],
    ]);
    const again = noBatches();
    again.restore(source.state());
    expect([again.epochs, again.draw()]).toEqual([2, { epoch: 2, offset: 0, size: 1 }]);
  });
});
