/**
 * Random numbers from explicit keys: Philox4x32-10, a counter-based generator.
 *
 *   (key, counter) ↦ four uniform 32-bit words
 *
 * There is no hidden state: the same seed, stream and position give the same numbers on every machine, and what a run
 * has to remember of its randomness is where it stands. References: [Salmon2011].
 */

/** The n-th block of four uniform 32-bit words of a key. */
export function philox(counter: readonly number[], key: readonly number[]): Uint32Array {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1 >>> 0, (high0 ^ c3 ^ k1) >>> 0, low0 >>> 0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return Uint32Array.of(c0, c1, c2, c3);
}

/**
 * The words of one stream of a seed, one after the other: `stream` is any two 32-bit integers, such as (purpose,
 * epoch).
 */
export function randomWords(seed: number, stream: readonly [number, number]): () => number {
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  let block: Uint32Array = new Uint32Array(4);
  let position = 0;
  return () => {
    if (position % 4 === 0) block = philox([position / 4, 0, stream[0], stream[1]], key);
    return block[position++ % 4];
  };
}

/** A uniformly random order of 0 … n − 1 (Fisher–Yates). */
export function permutation(n: number, words: () => number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = below(i + 1, words);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/**
 * A uniform integer in [0, n), without bias: the high half of n·word, redrawn for the few words that come once too
 * often.
 */
function below(n: number, words: () => number): number {
  const excess = 2 ** 32 % n;
  for (;;) {
    const word = words();
    if (Math.imul(word, n) >>> 0 >= excess) return multiplyHigh(n, word);
  }
}

/** The upper 32 bits of the product of two 32-bit integers; every intermediate stays below 2^53. */
function multiplyHigh(a: number, b: number): number {
  const low = (a & 0xffff) * b;
  return Math.floor(((a >>> 16) * b + Math.floor(low / 0x10000)) / 0x10000) >>> 0;
}
