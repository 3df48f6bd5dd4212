/**
 * Mini-batches without replacement: every epoch is a new random order of all examples, cut into batches; the incomplete
 * last batch is dropped.
 *
 * The order of epoch e depends on the seed and e alone, so the whole state is a position.
 */
import { ShapeError } from "../errors.ts";
import type { BatchIndices, BatchSource } from "../optimizer/optimizer.ts";
import { permutation, philox, randomWords } from "../vector/philox.ts";
import { isTensor, type Tensor, type TensorTree } from "../vector/tensor.ts";
import { flattenTree } from "../vector/tree.ts";
import { exampleCount, mapTensors, rows, slice } from "./tree.ts";

export interface BatchesOptions {
  /** Examples in a batch, an integer in [1, n]. */
  readonly batchSize: number;
  /** Decides the order of every epoch; a safe integer ≥ 0. */
  readonly seed: number;
  /**
   * Path of a leaf of int32 [n, 2] in the data: keys of random numbers, one an example, of which batches hold others in
   * every epoch, by seed, epoch and key alone. Defaults to none.
   */
  readonly keys?: string;
}

/** A batch source whose position can be saved. */
export interface ResumableBatches<Batch> extends BatchSource<Batch> {
  state(): BatchesState;
  restore(state: BatchesState): void;
}

/** Plain data, ready for a checkpoint. */
export interface BatchesState {
  /** The epoch being drawn from. */
  readonly epoch: number;
  /** Position of the next example in that epoch's order. */
  readonly offset: number;
  /** Examples drawn so far. */
  readonly drawn: number;
  readonly batchSize: number;
}

const shuffleStream = 1;
const keyStream = 3;

export function makeBatches(data: TensorTree, { batchSize, seed, keys }: BatchesOptions): ResumableBatches<TensorTree> {
  const n = exampleCount("batches", data);
  const keyLeaf = keys === undefined ? -1 : requireKeys(data, keys);
  const requireFits = (size: number): void => {
    if (!(Number.isInteger(size) && size >= 1 && size <= n)) {
      throw new RangeError(`batches: batchSize must be an integer in [1, ${n}] (the number of examples), got ${size}.`);
    }
  };
  requireFits(batchSize);
  let position: BatchesState = { epoch: 0, offset: 0, drawn: 0, batchSize };

  // Two orders suffice: that of the current epoch, and that of a batch kept from the epoch before.
  let orders: { epoch: number; order: Uint32Array }[] = [];
  const orderOf = (epoch: number): Uint32Array => {
    const known = orders.find((entry) => entry.epoch === epoch);
    if (known) return known.order;
    const order = permutation(n, randomWords(seed, [shuffleStream, epoch]));
    orders = [{ epoch, order }, ...orders.slice(0, 1)];
    return order;
  };

  return {
    examples: n,
    get epochs() {
      return position.drawn / n;
    },
    get batchSize() {
      return position.batchSize;
    },
    set batchSize(size) {
      requireFits(size);
      position = { ...position, batchSize: size };
    },
    draw(size = position.batchSize) {
      requireFits(size);
      let { epoch, offset } = position;
      if (offset + size > n) [epoch, offset] = [epoch + 1, 0];
      position = { ...position, epoch, offset: offset + size, drawn: position.drawn + size };
      return { epoch, offset, size };
    },
    batch({ epoch, offset, size }: BatchIndices, reuse?: TensorTree) {
      const indices = orderOf(epoch).subarray(offset, offset + size);
      const memory = reuse && flattenTree(reuse, isTensor).leaves;
      return mapTensors(data, (tensor, i) => {
        const taken = rows(tensor, indices, memory?.[i]);
        return i === keyLeaf ? renewed(taken, seed, epoch) : taken;
      });
    },
    full: () => chunks(data, n, batchSize),
    state: () => position,
    restore(state) {
      position = { ...state };
    },
  };
}

function requireKeys(data: TensorTree, path: string): number {
  const { leaves, paths } = flattenTree(data, isTensor);
  const leaf = paths.indexOf(path);
  const found = leaves[leaf];
  if (found?.data instanceof Int32Array && found.shape.length === 2 && found.shape[1] === 2) return leaf;
  const got = found === undefined ? `leaves ${paths.join(", ")}` : `${found.data.constructor.name} [${found.shape}]`;
  throw new ShapeError(`batches: keys must name a leaf of int32 [${exampleCount("batches", data)}, 2], got ${got}.`);
}

/** The keys of an epoch, in the memory of those they are made from. */
function renewed(keys: Tensor, seed: number, epoch: number): Tensor {
  const { data } = keys;
  const high = Math.floor(seed / 2 ** 32);
  for (let i = 0; i < data.length; i += 2) {
    const words = philox([data[i] >>> 0, data[i + 1] >>> 0, keyStream, epoch], [seed >>> 0, high >>> 0]);
    data.set(words.subarray(0, 2), i);
  }
  return keys;
}

/** A source for problems without data: every batch is `undefined`, every draw counts as one epoch. */
export function noBatches(): ResumableBatches<undefined> {
  let drawn = 0;
  return {
    examples: 1,
    get epochs() {
      return drawn;
    },
    batchSize: 1,
    draw: () => ({ epoch: drawn++, offset: 0, size: 1 }),
    batch: () => undefined,
    full: () => [undefined],
    state: () => ({ epoch: drawn, offset: 0, drawn, batchSize: 1 }),
    restore(state) {
      drawn = state.drawn;
    },
  };
}

/** All n examples in their own order, `size` at a time; the last chunk holds what is left. Views, not copies. */
export function* chunks(data: TensorTree, n: number, size: number): Generator<TensorTree> {
  for (let start = 0; start < n; start += size) {
    yield mapTensors(data, (tensor) => slice(tensor, start, Math.min(start + size, n)));
  }
}
