/**
 * Matrix products with SIMD: C = AB by tiles of 4 rows and 2 vectors, whose sums stay in registers while k runs.
 *
 *   C[i, j…j+v] += A[i, k]·B[k, j…j+v]
 *
 * B and C are contiguous along j; A may lie in any way. k runs in blocks, so that a tile of B stays in the first cache
 * and a float32 sum has two levels. Its rounding grows with the length of a block and with their number, not with their
 * product.
 */

import type { Writer } from "./emit.ts";
import { constant, instruction, memoryOperands, unsigned, type ValueType } from "./encoder.ts";
import type { Buffer } from "./expression.ts";
import { bytesOf } from "./expression.ts";

/** A matrix in memory, one for each index of the batch; strides in elements. */
export interface Matrices {
  readonly buffer: Buffer;
  /** The first element. */
  readonly start: number;
  readonly batch: readonly number[];
  readonly row: number;
  readonly column: number;
}

export interface Product {
  readonly kind: "product";
  readonly batch: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Matrices;
  readonly b: Matrices;
  readonly target: Buffer;
  /** Room for a tile of B, whose rows then follow one another; absent where that is not worth a copy. */
  readonly tile?: Buffer;
}

/** Elements of a tile of B in a block of k. */
export const tileSize = (dtype: "float64" | "float32"): number => (blockLength * tileVectors * 16) / bytesOf[dtype];

const tileRows = 4;
const tileVectors = 2;
const blockLength = 256;

interface Instructions {
  readonly load: readonly number[];
  readonly splat: readonly number[];
  readonly store: readonly number[];
  readonly add: readonly number[];
  readonly mul: readonly number[];
}

const vectors: Record<"float64" | "float32", Instructions> = {
  float64: {
    load: [0xfd, 0x00],
    splat: [0xfd, 0x0a],
    store: [0xfd, 0x0b],
    add: [0xfd, 0xf0, 0x01],
    mul: [0xfd, 0xf2, 0x01],
  },
  float32: {
    load: [0xfd, 0x00],
    splat: [0xfd, 0x09],
    store: [0xfd, 0x0b],
    add: [0xfd, 0xe4, 0x01],
    mul: [0xfd, 0xe6, 0x01],
  },
};

const scalars: Record<"float64" | "float32", Instructions> = {
  float64: { load: [0x2b], splat: [0x2b], store: [0x39], add: [0xa0], mul: [0xa2] },
  float32: { load: [0x2a], splat: [0x2a], store: [0x38], add: [0x92], mul: [0x94] },
};

const { get, set, tee, loop, branchIf, end, i32 } = instruction;

type Assembler = ReturnType<typeof makeAssembler>;

/** Loops over pointers. */
function makeAssembler(writer: Writer) {
  const { code } = writer.body;
  const push = (...parts: (readonly number[])[]) => {
    for (const part of parts) for (const byte of part) code.push(byte);
  };
  const local = () => unsigned(writer.local("i32"));
  /** to = from + bytes. */
  const advance = (to: readonly number[], from: readonly number[], bytes: number) =>
    push(get, from, constant("i32", bytes), [i32.add], set, to);

  /** `body` for every of `count` values of a counter; by how much pointers move is said in bytes. */
  function repeat(count: number, pointers: readonly (readonly [readonly number[], number])[], body: () => void): void {
    if (count === 0) return;
    if (count === 1) {
      body();
      return;
    }
    const counter = local();
    const kept = pointers.map(([pointer]) => [pointer, local()] as const);
    for (const [pointer, copy] of kept) push(get, pointer, set, copy);
    push(constant("i32", count), set, counter, loop);
    body();
    for (const [pointer, bytes] of pointers) advance(pointer, pointer, bytes);
    push(get, counter, constant("i32", 1), [i32.sub], tee, counter, branchIf, [0], end);
    for (const [pointer, copy] of kept) push(get, copy, set, pointer);
  }

  return { push, local, advance, repeat };
}

/** Pointers that a product moves: into A, B and C, and inside a tile; `last` ends its loop. */
type Pointers = Record<"a" | "b" | "c" | "tileA" | "tileB" | "last", readonly number[]>;

/** Writes tiles of one product. */
function makeTiles(writer: Writer, product: Product, { push, advance, repeat }: Assembler, at: Pointers) {
  const { n, a, b } = product;
  const dtype = product.target.dtype as "float64" | "float32";
  const width = bytesOf[dtype];
  const { a: pa, b: pb, c: pc, tileA: ka, tileB: kb, last } = at;
  const known: Partial<Record<ValueType, (readonly number[])[]>> = {};
  /** The first locals of a type, the same for every tile. */
  const registers = (type: ValueType, count: number) => {
    known[type] ??= [];
    const list = known[type];
    while (list.length < count) list.push(unsigned(writer.local(type)));
    return list.slice(0, count);
  };

  /** One tile of C from a block of k: `rows` rows, `count` vectors or scalars. */
  function tile(rows: number, count: number, kind: Instructions, size: number, length: number, isFirst: boolean): void {
    const type = kind === scalars[dtype] ? (dtype === "float64" ? "f64" : "f32") : "v128";
    const cell = (i: number, j: number) => memoryOperands(Math.log2(width), i * n * width + j * size);
    const [left, ...others] = registers(type, 1 + count + rows * count);
    const [right, sums] = [others.slice(0, count), others.slice(count)];
    sums.forEach((sum, index) => {
      const [i, j] = [Math.floor(index / count), index % count];
      if (!isFirst) push(get, pc, kind.load, cell(i, j), set, sum);
      else if (type === "v128") push([0xfd, 0x0c], Array(16).fill(0), set, sum);
      else push(constant(type, 0), set, sum);
    });
    const row = product.tile ? count * size : b.row * width;
    const origin = product.tile ? constant("i32", product.tile.offset) : [...get, ...pb];
    push(get, pa, set, ka, origin, tee, kb, constant("i32", length * row), [i32.add], set, last, loop);
    right.forEach((vector, j) => {
      push(get, kb, kind.load, memoryOperands(Math.log2(width), j * size), set, vector);
    });
    for (let i = 0; i < rows; i++) {
      push(get, ka, kind.splat, memoryOperands(Math.log2(width), i * a.row * width), set, left);
      right.forEach((vector, j) => {
        const sum = sums[i * count + j];
        push(get, sum, get, left, get, vector, kind.mul, kind.add, set, sum);
      });
    }
    advance(ka, ka, a.column * width);
    push(get, kb, constant("i32", row), [i32.add], tee, kb, get, last, [i32.notEqual], branchIf, [0], end);
    sums.forEach((sum, index) => {
      push(get, pc, get, sum, kind.store, cell(Math.floor(index / count), index % count));
    });
  }

  /** Copies a tile of B. */
  function pack(to: Buffer, count: number, kind: Instructions, size: number, length: number): void {
    push(constant("i32", to.offset), set, ka, get, pb, set, kb);
    repeat(length, [], () => {
      for (let j = 0; j < count; j++) {
        const place = memoryOperands(Math.log2(width), j * size);
        push(get, ka, get, kb, kind.load, place, kind.store, place);
      }
      advance(ka, ka, count * size);
      advance(kb, kb, b.row * width);
    });
  }

  return { tile, pack };
}

export function emitProduct(writer: Writer, product: Product): void {
  const { batch, m, n, k, a, b, target } = product;
  const dtype = target.dtype as "float64" | "float32";
  const width = bytesOf[dtype];
  const lanes = 16 / width;
  const assembler = makeAssembler(writer);
  const { push, local, advance, repeat } = assembler;
  const [pa, pb, pc, tileA, tileB, last] = Array.from({ length: 6 }, local);
  const { tile, pack } = makeTiles(writer, product, assembler, { a: pa, b: pb, c: pc, tileA, tileB, last });

  /** All rows of C along `count` vectors or scalars of a row. */
  function columns(count: number, kind: Instructions, size: number, length: number, isFirst: boolean): void {
    if (product.tile) pack(product.tile, count, kind, size, length);
    const [whole, rest] = [Math.floor(m / tileRows), m % tileRows];
    const strides = [
      [pa, tileRows * a.row * width],
      [pc, tileRows * n * width],
    ] as const;
    repeat(whole, strides, () => tile(tileRows, count, kind, size, length, isFirst));
    if (rest === 0) return;
    for (const [pointer, bytes] of strides) advance(pointer, pointer, whole * bytes);
    tile(rest, count, kind, size, length, isFirst);
    for (const [pointer, bytes] of strides) advance(pointer, pointer, -whole * bytes);
  }

  /** C from a block of k, or added to it. */
  function block(length: number, isFirst: boolean): void {
    const plan = [
      { count: Math.floor(n / (tileVectors * lanes)), wide: tileVectors, kind: vectors[dtype], size: 16 },
      { count: Math.floor((n % (tileVectors * lanes)) / lanes), wide: 1, kind: vectors[dtype], size: 16 },
      { count: n % lanes === 0 ? 0 : 1, wide: n % lanes, kind: scalars[dtype], size: width },
    ];
    let done = 0;
    for (const { count, wide, kind, size } of plan) {
      const strides = [
        [pb, wide * size],
        [pc, wide * size],
      ] as const;
      for (const [pointer] of strides) advance(pointer, pointer, done);
      repeat(count, strides, () => columns(wide, kind, size, length, isFirst));
      for (const [pointer] of strides) advance(pointer, pointer, -done);
      done += count * wide * size;
    }
  }

  function oneProduct(): void {
    const [whole, rest] = [Math.floor(k / blockLength), k % blockLength];
    const strides = [
      [pa, blockLength * a.column * width],
      [pb, blockLength * b.row * width],
    ] as const;
    if (whole > 0) block(blockLength, true);
    const moved = (times: number) => {
      for (const [pointer, bytes] of strides) advance(pointer, pointer, times * bytes);
    };
    if (whole > 1) {
      moved(1);
      repeat(whole - 1, strides, () => block(blockLength, false));
      moved(-1);
    }
    if (rest === 0) return;
    moved(whole);
    block(rest, whole === 0);
    moved(-whole);
  }

  const first = [a, b].map(({ buffer, start }) => buffer.offset + start * width);
  push(constant("i32", first[0]), set, pa, constant("i32", first[1]), set, pb, constant("i32", target.offset), set, pc);
  let body = oneProduct;
  let size = m * n;
  for (let axis = batch.length - 1; axis >= 0; axis--) {
    const [inner, bytes] = [body, size * width];
    const strides = [
      [pa, a.batch[axis] * width],
      [pb, b.batch[axis] * width],
      [pc, bytes],
    ] as const;
    body = () => repeat(batch[axis], strides, inner);
    size *= batch[axis];
  }
  body();
  writer.release();
}
