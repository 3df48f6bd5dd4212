/**
 * C ← C + s·ABᵀ for 4 rows of A and 4 of B, in WebAssembly: two float64 at a time, twice as fast as V8's own code. The
 * order of sums is fixed, so that every engine has the same bits.
 *
 * Two rows of A with four of B keep their eight sums in registers.
 */
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const i32 = { constant: 0x41, isZero: 0x45, add: 0x6a, sub: 0x6b };
const f64 = { load: 0x2b, store: 0x39, add: 0xa0, mul: 0xa2 };
const v128 = { load: [0xfd, 0x00], zero: [0xfd, 0x0c, ...Array(16).fill(0)], lane: [0xfd, 0x21] };
const f64x2 = { add: [0xfd, 0xf0, 0x01], mul: [0xfd, 0xf2, 0x01] };
/** Alignment 2³ and an offset below 128. */
const at = (offset: number) => [3, offset];

/** Parameters: addresses, bytes from a row to the next, bytes of a row to go through, a multiple of 32; and s. */
const [a, b, c, strideA, strideB, strideC, length, scale] = Array(8).keys();
const rowsOfA = [8, 9];
const rowsOfB = [10, 11, 12, 13];
const left = 14;
const sums = [15, 16, 17, 18, 19, 20, 21, 22];
const fromA = [23, 24];
const fromB = 25;

const sum = (x: number, y: number) => [...get(x), ...get(y), i32.add];

/** Rows 2·pair and 2·pair + 1 of A. */
function pairOfRows(pair: number): number[] {
  const first = pair === 0 ? get(a) : [...get(rowsOfA[1]), ...get(strideA), i32.add];
  const pointers = [
    ...[...first, ...set(rowsOfA[0]), ...sum(rowsOfA[0], strideA), ...set(rowsOfA[1])],
    ...[...get(b), ...set(rowsOfB[0])],
    ...[1, 2, 3].flatMap((j) => [...sum(rowsOfB[j - 1], strideB), ...set(rowsOfB[j])]),
    ...[...get(length), ...set(left)],
    ...sums.flatMap((s) => [...v128.zero, ...set(s)]),
  ];
  const products = [0, 16].flatMap((offset) => [
    ...[0, 1].flatMap((i) => [...get(rowsOfA[i]), ...v128.load, ...at(offset), ...set(fromA[i])]),
    ...[0, 1, 2, 3].flatMap((j) => [
      ...[...get(rowsOfB[j]), ...v128.load, ...at(offset), ...set(fromB)],
      ...[0, 1].flatMap((i) => {
        const s = sums[4 * i + j];
        return [...get(s), ...get(fromA[i]), ...get(fromB), ...f64x2.mul, ...f64x2.add, ...set(s)];
      }),
    ]),
  ]);
  const step = (pointer: number, by: number) => [...get(pointer), i32.constant, 32, by, ...set(pointer)];
  const loop = [
    ...[0x02, 0x40, 0x03, 0x40], // block, loop
    ...[...get(left), i32.isZero, 0x0d, 1], // leave the block
    ...products,
    ...[...rowsOfA, ...rowsOfB].flatMap((pointer) => step(pointer, i32.add)),
    ...step(left, i32.sub),
    ...[0x0c, 0, 0x0b, 0x0b], // again
  ];
  const lane = (s: number, k: number) => [...get(s), ...v128.lane, k];
  const results = [0, 1].flatMap((i) => [
    ...[0, 1, 2, 3].flatMap((j) => [
      ...[...get(c), ...get(c), f64.load, ...at(8 * j), ...get(scale)],
      ...[...lane(sums[4 * i + j], 0), ...lane(sums[4 * i + j], 1), f64.add],
      ...[f64.mul, f64.add, f64.store, ...at(8 * j)],
    ]),
    ...[...sum(c, strideC), ...set(c)],
  ]);
  // The second pair begins behind where the first began.
  const back = [...get(rowsOfA[1]), ...get(length), i32.sub, ...set(rowsOfA[1])];
  return [...pointers, ...loop, ...back, ...results];
}

function unsigned(n: number): number[] {
  return n < 128 ? [n] : [(n % 128) | 0x80, ...unsigned(Math.floor(n / 128))];
}

const section = (id: number, body: readonly number[]) => [id, ...unsigned(body.length), ...body];

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const [number, vector, float] = [0x7f, 0x7b, 0x7c];
  const code = [2, 7, number, 11, vector, ...pairOfRows(0), ...pairOfRows(1), 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 8, ...Array(7).fill(number), float, 0]),
    ...section(2, [1, 1, 0x6d, 1, 0x6d, 2, 0, 1]), // memory "m" of "m", a page or more
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x74, 0, 0]), // function "t"
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

/** WebAssembly as far as it is used here: neither Node's types nor ECMAScript's have it. */
declare const WebAssembly: {
  Memory: new (pages: { initial: number }) => TileKernel["memory"];
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
    imports: { m: { m: TileKernel["memory"] } },
  ) => { readonly exports: { readonly t: TileKernel["addTile"] } };
};

export interface TileKernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Addresses and strides in bytes; `length` is a multiple of 32. */
  addTile(
    a: number,
    b: number,
    c: number,
    strideA: number,
    strideB: number,
    strideC: number,
    length: number,
    scale: number,
  ): void;
}

let module: object | undefined;
let kernel: TileKernel | undefined;
const page = 2 ** 16;

/**
 * The kernel, one for all, with a memory of at least so many bytes. Where more is needed it gets another memory: one that
 * grows detaches its arrays, after which V8 compiles every function on arrays once more, and slower.
 */
export function tileKernel(bytes: number): TileKernel {
  if (kernel === undefined || kernel.memory.buffer.byteLength < bytes) {
    module ??= new WebAssembly.Module(moduleBytes());
    const memory = new WebAssembly.Memory({ initial: Math.ceil((2 * bytes) / page) });
    kernel = { memory, addTile: new WebAssembly.Instance(module, { m: { m: memory } }).exports.t };
  }
  return kernel;
}
