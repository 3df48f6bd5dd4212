/** Vectors of a few numbers, of which a fit makes thousands: plain loops take a tenth of what `Float64Array.from` and spreading take. */
import { norm2 } from "../vector/kernels.ts";

/** f(0), …, f(size − 1). */
export function vectorOf(size: number, f: (i: number) => number): Float64Array {
  const v = new Float64Array(size);
  for (let i = 0; i < size; i++) v[i] = f(i);
  return v;
}

/** ‖Dv‖ of D = diag(scale). */
export function lengthIn(scale: Float64Array, v: Float64Array): number {
  let square = 0;
  for (let j = 0; j < v.length; j++) square += (scale[j] * v[j]) ** 2;
  if (square > 1e-280 && square < Infinity) return Math.sqrt(square);
  return norm2(vectorOf(v.length, (j) => scale[j] * v[j]));
}
