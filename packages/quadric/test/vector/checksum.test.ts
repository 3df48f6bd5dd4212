import { expect, test } from "vitest";
import { checksum, treeChecksum } from "../../src/vector/checksum.ts";
import type { TensorTree } from "../../src/vector/tensor.ts";

test("a checksum depends on every bit, whatever the length and the place in memory", () => {
  const bytes = Uint8Array.from({ length: 11 }, (_, i) => 37 * i);
  const seen = new Set([checksum(bytes)]);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3] ^= 1 << (bit & 7);
    seen.add(checksum(changed));
  }
  expect(seen.size).toBe(89);
  for (const sum of seen) expect(Number.isInteger(sum) && sum >= 0 && sum < 2 ** 32).toBe(true);
});

test("that of a tree tells shapes and tensors apart", () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const trees: TensorTree[] = [
    { x: { shape: [2, 3], data } },
    { x: { shape: [3, 2], data } },
    { x: { shape: [6], data }, y: { shape: [6], data } },
    { x: { shape: [6], data: Int32Array.from(data) } },
  ];
  expect(new Set(trees.map((tree) => treeChecksum(tree))).size).toBe(4);
});
