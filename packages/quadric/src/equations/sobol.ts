/**
 * Sobol's sequence: points that fill a cube evenly, in the order of Gray codes.
 *
 *   xₙ₊₁ = xₙ ⊕ v_c     c the lowest zero bit of n     v_k = m_k/2ᵏ
 *
 * The m of each dimension follow from a primitive polynomial over GF(2). Direction numbers of [JoeKuo2008], 10 dimensions.
 */
import { requireInteger } from "../check.ts";

/** Of dimensions 2 …: the inner coefficients of the polynomial as bits, and the first m. */
const polynomials: readonly { readonly a: number; readonly m: readonly number[] }[] = [
  { a: 0, m: [1] },
  { a: 1, m: [1, 3] },
  { a: 1, m: [1, 3, 1] },
  { a: 2, m: [1, 1, 1] },
  { a: 1, m: [1, 1, 3, 3] },
  { a: 4, m: [1, 3, 5, 13] },
  { a: 2, m: [1, 1, 5, 5, 17] },
  { a: 4, m: [1, 1, 5, 5, 5] },
  { a: 7, m: [1, 1, 7, 11, 19] },
];
const bits = 32;

/** v_k of a dimension as 32-bit fractions. */
function directions(dimension: number): Uint32Array {
  const v = new Uint32Array(bits);
  if (dimension === 0) return v.map((_, k) => 2 ** (bits - 1 - k));
  const { a, m } = polynomials[dimension - 1];
  const s = m.length;
  for (let k = 0; k < bits; k++) {
    if (k < s) {
      v[k] = m[k] * 2 ** (bits - 1 - k);
      continue;
    }
    v[k] = v[k - s] ^ (v[k - s] >>> s);
    for (let j = 1; j < s; j++) if ((a >>> (s - 1 - j)) & 1) v[k] ^= v[k - j];
  }
  return v;
}

/**
 * The first `count` points of [0, 1)^dimensions, a column a dimension.
 *
 * @param shift - 32 bits a dimension, added without carry to every point; defaults to 0.
 * @throws {RangeError} if there are more than 10 dimensions.
 */
export function sobolPoints(count: number, dimensions: number, shift?: Uint32Array): Float64Array[] {
  requireInteger("points.sobol", "dimensions", dimensions, 1);
  if (dimensions > polynomials.length + 1) {
    throw new RangeError(`points.sobol: dimensions must be at most ${polynomials.length + 1}, got ${dimensions}.`);
  }
  return Array.from({ length: dimensions }, (_, dimension) => {
    const v = directions(dimension);
    const column = new Float64Array(count);
    let x = shift?.[dimension] ?? 0;
    for (let n = 0; n < count; n++) {
      column[n] = (x >>> 0) / 2 ** bits;
      x ^= v[Math.clz32(~n & (n + 1)) ^ 31];
    }
    return column;
  });
}
