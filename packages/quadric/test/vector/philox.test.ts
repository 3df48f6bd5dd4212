import { describe, expect, test } from "vitest";
import { permutation, philox, randomWords } from "../../src/vector/philox.ts";

const hex = (words: Uint32Array) => [...words].map((word) => word.toString(16).padStart(8, "0")).join(" ");

describe("philox()", () => {
  // Known answers of Philox4x32-10 published with [Salmon2011].
  test.each([
    [[0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ])("gives the published words (%#)", (counter, key, expected) => {
    expect(hex(philox(counter, key))).toBe(expected);
  });
});

describe("permutation()", () => {
  test("holds every index once and depends on seed and stream alone", () => {
    const order = permutation(1000, randomWords(1, [2, 3]));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(permutation(1000, randomWords(1, [2, 3]))).toEqual(order);
    for (const words of [
      randomWords(2, [2, 3]),
      randomWords(1, [1, 3]),
      randomWords(1, [2, 4]),
      randomWords(1 + 2 ** 32, [2, 3]),
    ]) {
      expect(permutation(1000, words)).not.toEqual(order);
    }
  });

  test("gives all orders of four elements equally often", () => {
    const counts = new Map<string, number>();
    const words = randomWords(7, [0, 0]);
    for (let k = 0; k < 24_000; k++) {
      const key = permutation(4, words).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // χ² of 23 degrees of freedom: 49.7 at 99.9 %.
    const chi2 = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(chi2).toBeLessThan(49.7);
  });
});
