/**
 * `expect(actual).toBeAllclose(expected, { relative })`: numbers and vectors up to a tolerance. Import for its effect.
 */
import { expect } from "vitest";

export interface Tolerance {
  /** Of the largest entry expected; defaults to 1e-12. */
  readonly relative?: number;
  /** Defaults to 0. */
  readonly absolute?: number;
}

declare module "vitest" {
  interface Matchers<T> {
    toBeAllclose(expected: number | ArrayLike<number>, tolerance?: Tolerance): T;
  }
}

expect.extend({
  toBeAllclose(
    actual: number | ArrayLike<number>,
    expected: number | ArrayLike<number>,
    { relative = 1e-12, absolute = 0 }: Tolerance = {},
  ) {
    const [got, wanted] = [actual, expected].map((x) => (typeof x === "number" ? [x] : Array.from(x)));
    const limit = absolute + relative * Math.max(...wanted.map(Math.abs), 0);
    const worst = wanted.reduce(
      (worst, x, i) => (Math.abs(got[i] - x) <= Math.abs(got[worst] - wanted[worst]) ? worst : i),
      0,
    );
    const pass = got.length === wanted.length && wanted.every((x, i) => got[i] === x || Math.abs(got[i] - x) <= limit);
    const where = wanted.length > 1 ? ` at ${worst} of ${wanted.length}` : "";
    return {
      pass,
      message: () =>
        got.length === wanted.length
          ? `got ${got[worst]}, expected ${wanted[worst]}${where}, off by ${Math.abs(got[worst] - wanted[worst])}, allowed ${limit}`
          : `got ${got.length} numbers, expected ${wanted.length}`,
    };
  },
});
