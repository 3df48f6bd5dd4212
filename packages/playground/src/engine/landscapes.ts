/** Functions of two variables with their derivatives, as the library takes them. */
import type { Closures, Vector } from "quadric";

export interface Landscape extends Closures {
  value(w: Vector): number | Promise<number>;
  hvp(w: Vector, v: Vector): Vector | Promise<Vector>;
}

/** R diag(1, κ) Rᵀ as [xx, xy, yy]. */
function stretched(condition: number, degrees: number): readonly [number, number, number] {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return [c * c + condition * s * s, (1 - condition) * c * s, s * s + condition * c * c];
}

/**
 * q/(1 + q), q = xᵀ R diag(1, κ) Rᵀ x: the loss of Geman and McClure, by which outliers lose their weight. The valley
 * along the floor is convex; outside it the function is nearly flat and curves downwards.
 *
 * @param condition - κ ≥ 1.
 * @param degrees - how far R turns the axes; at 0 the steep one is y.
 */
export function valley(condition: number, degrees: number): Landscape {
  const [hxx, hxy, hyy] = stretched(condition, degrees);
  const half = ([x, y]: Vector) => pair(hxx * x + hxy * y, hxy * x + hyy * y);
  const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1];
  return {
    value(w) {
      const q = dot(w, half(w));
      return q / (1 + q);
    },
    gradient(w) {
      const h = half(w);
      const slope = 2 / (1 + dot(w, h)) ** 2;
      return pair(slope * h[0], slope * h[1]);
    },
    hvp(w, v) {
      const [h, m] = [half(w), half(v)];
      const q = dot(w, h);
      const [slope, bend] = [2 / (1 + q) ** 2, (-8 * dot(h, v)) / (1 + q) ** 3];
      return pair(slope * m[0] + bend * h[0], slope * m[1] + bend * h[1]);
    },
  };
}

/**
 * ½ xᵀ R diag(1, κ) Rᵀ x
 *
 * @param condition - κ ≥ 1.
 * @param degrees - as above.
 */
export function quadratic(condition: number, degrees: number): Landscape {
  const [hxx, hxy, hyy] = stretched(condition, degrees);
  return {
    value: ([x, y]) => 0.5 * (hxx * x * x + 2 * hxy * x * y + hyy * y * y),
    gradient: ([x, y]) => pair(hxx * x + hxy * y, hxy * x + hyy * y),
    hvp: (_, [a, b]) => pair(hxx * a + hxy * b, hxy * a + hyy * b),
  };
}

/** (1 − x)² + 100 (y − x²)² */
export const rosenbrock: Landscape = {
  value: ([x, y]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
  gradient: ([x, y]) => pair(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
  hvp: ([x, y], [a, b]) => pair((2 - 400 * (y - 3 * x * x)) * a - 400 * x * b, -400 * x * a + 200 * b),
};

/** Σ_k (c_k − x + x yᵏ)², k = 1, 2, 3, c = 1.5, 2.25, 2.625 */
export const beale: Landscape = {
  value: ([x, y]) => sum((k, c) => (c - x + x * y ** k) ** 2),
  gradient: ([x, y]) =>
    pair(
      sum((k, c) => 2 * (c - x + x * y ** k) * (y ** k - 1)),
      sum((k, c) => 2 * (c - x + x * y ** k) * k * x * y ** (k - 1)),
    ),
  hvp([x, y], [a, b]) {
    const xx = sum((k) => 2 * (y ** k - 1) ** 2);
    const xy = sum((k, c) => 2 * k * y ** (k - 1) * (x * (y ** k - 1) + (c - x + x * y ** k)));
    const yy = sum((k, c) => 2 * ((k * x * y ** (k - 1)) ** 2 + (c - x + x * y ** k) * k * (k - 1) * x * y ** (k - 2)));
    return pair(xx * a + xy * b, xy * a + yy * b);
  },
};

/** 2x² − y² + ½y⁴: a saddle at the origin between minima at (0, ±1) */
export const saddle: Landscape = {
  value: ([x, y]) => 2 * x * x - y * y + 0.5 * y ** 4,
  gradient: ([x, y]) => pair(4 * x, -2 * y + 2 * y ** 3),
  hvp: ([, y], [a, b]) => pair(4 * a, (6 * y * y - 2) * b),
};

function pair(x: number, y: number): Float64Array {
  return Float64Array.of(x, y);
}

function sum(term: (k: number, c: number) => number): number {
  return term(1, 1.5) + term(2, 2.25) + term(3, 2.625);
}
