/**
 * Kernels on flat vectors. Sums run in float64 whatever the vectors hold, in four interleaved partial sums: four times
 * shorter chains of additions, so both faster and a little more accurate than one.
 */
import type { Vector } from "./vector.ts";

/** ⟨x, y⟩. */
export function dot(x: Vector, y: Vector): number {
  const n = x.length;
  const whole = n - (n % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < whole; i += 4) {
    s0 += x[i] * y[i];
    s1 += x[i + 1] * y[i + 1];
    s2 += x[i + 2] * y[i + 2];
    s3 += x[i + 3] * y[i + 3];
  }
  for (let i = whole; i < n; i++) s0 += x[i] * y[i];
  return s0 + s1 + (s2 + s3);
}

/** Σ aᵢxᵢyᵢ, the inner product ⟨x, Ay⟩ of A = diag(a). */
export function weightedDot(a: Vector, x: Vector, y: Vector): number {
  const n = a.length;
  const whole = n - (n % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < whole; i += 4) {
    s0 += a[i] * x[i] * y[i];
    s1 += a[i + 1] * x[i + 1] * y[i + 1];
    s2 += a[i + 2] * x[i + 2] * y[i + 2];
    s3 += a[i + 3] * x[i + 3] * y[i + 3];
  }
  for (let i = whole; i < n; i++) s0 += a[i] * x[i] * y[i];
  return s0 + s1 + (s2 + s3);
}

/** Σ aᵢxᵢ², Σ aᵢxᵢyᵢ and Σ aᵢyᵢ²: ‖x‖²_A, ⟨x, Ay⟩ and ‖y‖²_A of A = diag(a), in one pass. */
export function weightedSums(a: Vector, x: Vector, y: Vector): [number, number, number] {
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const ax = a[i] * x[i];
    xx += ax * x[i];
    xy += ax * y[i];
    yy += a[i] * y[i] * y[i];
  }
  return [xx, xy, yy];
}

/** ‖x‖₂. */
export function norm2(x: Vector): number {
  return Math.sqrt(dot(x, x));
}

/** y ← y + αx. */
export function axpy(alpha: number, x: Vector, y: Vector): void {
  for (let i = 0; i < y.length; i++) y[i] += alpha * x[i];
}

/** out ← αx + βy; `out` defaults to y. */
export function axpby(alpha: number, x: Vector, beta: number, y: Vector, out: Vector = y): void {
  for (let i = 0; i < out.length; i++) out[i] = alpha * x[i] + beta * y[i];
}

/** x ← αx. */
export function scale(alpha: number, x: Vector): void {
  for (let i = 0; i < x.length; i++) x[i] *= alpha;
}

/** True when no entry is NaN or ±Infinity: exactly then Σ 0·xᵢ = 0. */
export function allFinite(x: Vector): boolean {
  const n = x.length;
  const whole = n - (n % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < whole; i += 4) {
    s0 += 0 * x[i];
    s1 += 0 * x[i + 1];
    s2 += 0 * x[i + 2];
    s3 += 0 * x[i + 3];
  }
  for (let i = whole; i < n; i++) s0 += 0 * x[i];
  return s0 + s1 + (s2 + s3) === 0;
}

/** out ← x + y, in one pass with the test that no entry of it is NaN or ±Infinity. */
export function addFinite(x: Vector, y: Vector, out: Vector): boolean {
  const n = out.length;
  const whole = n - (n % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < whole; i += 4) {
    out[i] = x[i] + y[i];
    out[i + 1] = x[i + 1] + y[i + 1];
    out[i + 2] = x[i + 2] + y[i + 2];
    out[i + 3] = x[i + 3] + y[i + 3];
    s0 += 0 * out[i];
    s1 += 0 * out[i + 1];
    s2 += 0 * out[i + 2];
    s3 += 0 * out[i + 3];
  }
  for (let i = whole; i < n; i++) {
    out[i] = x[i] + y[i];
    s0 += 0 * out[i];
  }
  return s0 + s1 + (s2 + s3) === 0;
}

/** The least and the largest entry, none of them NaN; [∞, −∞] without entries. Four entries a test: one a test takes four times as long. */
export function extremes(x: Vector): [number, number] {
  const n = x.length;
  const whole = n - (n % 4);
  let least = Infinity;
  let largest = -Infinity;
  for (let i = 0; i < whole; i += 4) {
    const a = x[i];
    const b = x[i + 1];
    const c = x[i + 2];
    const d = x[i + 3];
    if (a < least || b < least || c < least || d < least) least = Math.min(least, a, b, c, d);
    if (a > largest || b > largest || c > largest || d > largest) largest = Math.max(largest, a, b, c, d);
  }
  for (let i = whole; i < n; i++) {
    least = Math.min(least, x[i]);
    largest = Math.max(largest, x[i]);
  }
  return [least, largest];
}
