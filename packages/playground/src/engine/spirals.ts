/** Two interleaved spirals, a point of each in turn. */
import type { Tensor } from "quadric";

/** @param n - Points, both arms together. */
export function spirals(n: number): { x: Tensor; y: Tensor } {
  const points = new Float32Array(2 * n);
  const sides = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const side = i % 2;
    const angle = 0.3 + (3 * Math.PI * i) / n;
    points[2 * i] = (angle * Math.cos(angle + Math.PI * side)) / 5;
    points[2 * i + 1] = (angle * Math.sin(angle + Math.PI * side)) / 5;
    sides[i] = side;
  }
  return { x: { shape: [n, 2], data: points }, y: { shape: [n], data: sides } };
}
