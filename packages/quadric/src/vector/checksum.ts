/**
 * A number that tells data from other data, cheaply: FNV-1a over words of 32 bits, whose high bits are mixed into the
 * low ones, which a product alone never reaches. It finds accidents, not forgeries.
 */
import { isTensor, type TensorTree } from "./tensor.ts";
import { flattenTree } from "./tree.ts";

/** In [0, 2³²), and depends on every bit and on `start`; sums of a million of them are exact in float64. */
export function checksum({ buffer, byteOffset, byteLength }: ArrayBufferView, start = 0): number {
  const inWords = byteOffset % 4 === 0 ? Math.floor(byteLength / 4) : 0;
  const words = new Int32Array(buffer, byteOffset - (byteOffset % 4), inWords);
  const rest = new Uint8Array(buffer, byteOffset + 4 * inWords, byteLength - 4 * inWords);
  let hash = start;
  for (const part of [words, rest]) {
    for (let i = 0; i < part.length; i++) {
      hash = Math.imul(hash ^ part[i], 0x01000193);
      hash ^= hash >>> 15;
    }
  }
  return hash >>> 0;
}

/** The same of all tensors of a tree: their shapes and their numbers. */
export function treeChecksum(tree: TensorTree, start = 0): number {
  return flattenTree(tree, isTensor).leaves.reduce(
    (hash, { shape, data }) => checksum(data, checksum(Float64Array.from([data.BYTES_PER_ELEMENT, ...shape]), hash)),
    start,
  );
}
