/**
 * A split that keeps the classes' shares: class c of n_c examples gives its test set n_c·m/n of them, rounded by
 * largest remainder so that the test set holds exactly m.
 */
import { permutation, randomWords } from "../vector/philox.ts";

/** Keeps these random numbers apart from those that order batches. */
const splitStream = 0x5b117;

export interface Split {
  /** Indices of the examples, ascending. */
  readonly train: Int32Array;
  /** Indices of the examples, ascending. */
  readonly test: Int32Array;
}

/**
 * Chooses `testCount` of the examples, class by class.
 *
 * @param labels - the class of each example; any numbers. Equal labels throughout make it a plain random split.
 * @param testCount - m, an integer in [0, n].
 * @param seed - decides which; a safe integer ≥ 0.
 */
export function stratifiedSplit(labels: ArrayLike<number>, testCount: number, seed: number): Split {
  const n = labels.length;
  if (!Number.isInteger(testCount) || testCount < 0 || testCount > n) {
    throw new RangeError(`stratifiedSplit: testCount must be an integer in [0, ${n}], got ${testCount}.`);
  }
  const members = new Map<number, number[]>();
  for (let i = 0; i < n; i++) {
    const label = labels[i];
    const known = members.get(label);
    if (known) known.push(i);
    else members.set(label, [i]);
  }
  const classes = [...members].sort(([a], [b]) => a - b).map(([, indices]) => indices);

  const shares = classes.map((indices) => (n === 0 ? 0 : (indices.length * testCount) / n));
  const counts = shares.map(Math.floor);
  const left = testCount - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = shares.map((share, c) => [share - counts[c], c]).sort(([a, i], [b, j]) => b - a || i - j);
  for (const [, c] of byRemainder.slice(0, left)) counts[c]++;

  const inTest = new Uint8Array(n);
  classes.forEach((indices, c) => {
    const order = permutation(indices.length, randomWords(seed, [splitStream, c]));
    for (const i of order.subarray(0, counts[c])) inTest[indices[i]] = 1;
  });
  const all = Int32Array.from({ length: n }, (_, i) => i);
  return { train: all.filter((i) => inTest[i] === 0), test: all.filter((i) => inTest[i] === 1) };
}
