/**
 * How many products Lanczos with full re-orthogonalisation needs, as a yardstick: plain float64 in the variables
 * s̃ = A^{1/2}s, modified Gram–Schmidt twice, the tridiagonal problem by bisection on λ with Thomas's elimination.
 */
import { makeRandom } from "../../src/vector/random.ts";
import { inner, length } from "./dense.ts";

export interface ReferenceOptions {
  readonly gradient: Float64Array;
  multiply(v: Float64Array): Float64Array;
  /** The diagonal of A. */
  readonly metric: Float64Array;
  readonly radius: number;
  readonly tolerance: number;
}

/**
 * Products until the stopping rule of generalised Lanczos holds; with a further block once the first is exhausted, from
 * the random vector of seed 0.
 */
export function referenceProducts({ gradient, multiply, metric, radius, tolerance }: ReferenceOptions): number {
  const n = gradient.length;
  const root = metric.map(Math.sqrt);
  const product = (v: Float64Array) => multiply(v.map((x, i) => x / root[i])).map((x, i) => x / root[i]);
  const basis: Float64Array[] = [];
  let largest = 0;

  const block = (start: Float64Array, done: (T: Tridiagonal, coupling: number) => boolean): boolean => {
    const T: Tridiagonal = { diagonal: [], off: [] };
    let t = start;
    for (;;) {
      const size = length(t);
      const q = t.map((x) => x / size);
      basis.push(q);
      t = product(q);
      T.diagonal.push(inner(q, t));
      for (let pass = 0; pass < 2; pass++) {
        for (const b of basis) {
          const along = inner(b, t);
          for (let i = 0; i < n; i++) t[i] -= along * b[i];
        }
      }
      const coupling = length(t);
      largest = Math.max(largest, Math.abs(T.diagonal[T.diagonal.length - 1]), coupling);
      if (coupling <= 1e-10 * largest) return true;
      if (done(T, coupling)) return false;
      T.off.push(coupling);
    }
  };

  const g = gradient.map((x, i) => x / root[i]);
  const gamma = length(g);
  const exhausted = block(g, (T, coupling) => {
    const { last, inside } = smallStep(T, gamma, radius);
    const limit = inside ? Math.min(tolerance, Math.sqrt(gamma)) : Math.min(tolerance, gamma);
    return coupling * Math.abs(last) <= limit * gamma;
  });
  if (exhausted) {
    const random = makeRandom(0);
    const start = Float64Array.from({ length: n }, () => random.normal());
    for (const b of basis) {
      const along = inner(b, start);
      for (let i = 0; i < n; i++) start[i] -= along * b[i];
    }
    block(start, (T, coupling) => coupling * Math.abs(leftmostLastEntry(T)) <= tolerance * largest);
  }
  return basis.length;
}

interface Tridiagonal {
  readonly diagonal: number[];
  readonly off: number[];
}

/** (T + λI)x = b; undefined unless all pivots are positive. */
function eliminate({ diagonal, off }: Tridiagonal, lambda: number, b: ArrayLike<number>): number[] | undefined {
  const k = diagonal.length;
  const pivots: number[] = [];
  const x = Array.from(b);
  for (let i = 0; i < k; i++) {
    pivots[i] = diagonal[i] + lambda - (i > 0 ? off[i - 1] ** 2 / pivots[i - 1] : 0);
    if (!(pivots[i] > 0)) return undefined;
    if (i > 0) x[i] -= (off[i - 1] / pivots[i - 1]) * x[i - 1];
  }
  for (let i = k - 1; i >= 0; i--) x[i] = (x[i] - (i < k - 1 ? off[i] * x[i + 1] : 0)) / pivots[i];
  return x;
}

function smallStep(T: Tridiagonal, gamma: number, radius: number): { last: number; inside: boolean } {
  const b = T.diagonal.map((_, i) => (i === 0 ? -gamma : 0));
  const free = eliminate(T, 0, b);
  if (free !== undefined && length(free) <= radius) return { last: free[free.length - 1], inside: true };
  let [low, high] = [0, gamma / radius + 3 * Math.max(...T.diagonal.map(Math.abs), ...T.off)];
  for (let pass = 0; pass < 200; pass++) {
    const middle = 0.5 * (low + high);
    const h = eliminate(T, middle, b);
    if (h === undefined || length(h) > radius) low = middle;
    else high = middle;
  }
  const h = eliminate(T, high, b) as number[];
  return { last: h[h.length - 1], inside: false };
}

/** Last entry of the unit eigenvector of the smallest eigenvalue: bisection, then inverse iteration. */
function leftmostLastEntry(T: Tridiagonal): number {
  const b = T.diagonal.map(() => 1);
  const bound = 3 * Math.max(...T.diagonal.map(Math.abs), ...T.off, 1e-300);
  let [low, high] = [-bound, bound];
  for (let pass = 0; pass < 60; pass++) {
    const middle = 0.5 * (low + high);
    if (eliminate(T, middle, b) === undefined) low = middle;
    else high = middle;
  }
  let x = b;
  for (let pass = 0; pass < 4; pass++) {
    const next = eliminate(T, high, x) as number[];
    const size = length(next);
    x = next.map((value) => value / size);
  }
  return x[x.length - 1];
}
