/** Which examples are held out: at random, or class by class; the same for every seed of the run. */
import { ConfigError } from "quadric";
import { type Split, stratifiedSplit } from "quadric/data";

/**
 * @param targets - one for each example.
 * @param areClasses - whether equal targets are a class whose share is kept on both sides.
 * @param testFraction - 0 keeps none for testing.
 * @throws {ConfigError} if a side would be empty otherwise.
 */
export function splitRows(targets: ArrayLike<number>, areClasses: boolean, testFraction: number): Split {
  const n = targets.length;
  if (testFraction === 0) return { train: Int32Array.from(targets, (_, i) => i), test: new Int32Array() };
  const testCount = Math.round(testFraction * n);
  if (testCount === 0 || testCount === n) {
    throw new ConfigError(`--test-fraction: must leave examples on both sides, got ${testFraction} of ${n} examples.`);
  }
  return stratifiedSplit(areClasses ? targets : new Uint8Array(n), testCount, 0);
}
