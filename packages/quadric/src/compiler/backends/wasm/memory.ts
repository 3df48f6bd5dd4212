/** Where tensors lie in the memory of a program, and the memory itself. */
import { type Buffer, bytesOf } from "./expression.ts";

/** A buffer with the first and the last step that use it. */
export interface Lifetime {
  readonly buffer: Buffer;
  readonly first: number;
  last: number;
}

/** Vectors of SIMD instructions are 16 bytes. */
const alignment = 16;

/** Gives every buffer an offset, the same to buffers that never live together; returns how many bytes that takes. */
export function layOut(lifetimes: readonly Lifetime[]): number {
  let total = 0;
  const live: { readonly offset: number; readonly end: number; readonly last: number }[] = [];
  for (const { buffer, first, last } of lifetimes.toSorted((a, b) => a.first - b.first)) {
    for (let i = live.length - 1; i >= 0; i--) if (live[i].last < first) live.splice(i, 1);
    const size = Math.ceil(Math.max(1, buffer.count * bytesOf[buffer.dtype]) / alignment) * alignment;
    // First fit; `live` is sorted by offset.
    let offset = 0;
    let place = 0;
    while (place < live.length && live[place].offset < offset + size) offset = live[place++].end;
    live.splice(place, 0, { offset, end: offset + size, last });
    buffer.offset = offset;
    total = Math.max(total, offset + size);
  }
  return total;
}

/** WebAssembly as far as it is used here: neither Node's types nor ECMAScript's have it. */
declare const WebAssembly: {
  Memory: new (descriptor: { initial: number }) => Memory;
  instantiate(
    module: Uint8Array,
    imports: { math: Record<string, (x: number, y: number) => number>; host: { memory: Memory } },
  ): Promise<{ instance: { exports: { run(): void } } }>;
};

export interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export const instantiate: typeof WebAssembly.instantiate = (...args) => WebAssembly.instantiate(...args);

/** A memory that programs use in turns, one run at a time; `owner` is the one whose constants lie in it. */
export interface SharedMemory {
  readonly memory: Memory;
  owner?: object;
}

const pageBytes = 2 ** 16;

let common: SharedMemory | undefined;

/**
 * A memory of so many bytes. Small programs share one, since an engine reserves gigabytes of addresses for each and has
 * room for about a hundred; large ones have their own, which goes with them.
 */
export function memoryOf(bytes: number): SharedMemory {
  const pages = Math.ceil(bytes / pageBytes);
  if (bytes > 2 ** 24) return { memory: new WebAssembly.Memory({ initial: pages }) };
  common ??= { memory: new WebAssembly.Memory({ initial: 1 }) };
  const missing = pages - common.memory.buffer.byteLength / pageBytes;
  if (missing > 0) common.memory.grow(missing);
  return common;
}
