/**
 * Random subproblems whose solution is known by construction: choose an orthogonal Q, eigenvalues w, D = A^{1/2}, y and
 * λ ≥ max(0, −min w); then B = D Q diag(w) Qᵀ D and g = −D Q (diag(w) + λ) y have the solution s = D⁻¹Qy.
 */
import { makeRandom, type Random } from "../../src/vector/random.ts";
import type { Rows } from "./dense.ts";

export type ProblemKind = "interior" | "convex" | "indefinite" | "singular" | "near-hard" | "hard" | "zero-gradient";

export const problemKinds: readonly ProblemKind[] = [
  "interior",
  "convex",
  "indefinite",
  "singular",
  "near-hard",
  "hard",
  "zero-gradient",
];

export interface KnownProblem {
  readonly kind: ProblemKind;
  readonly size: number;
  readonly rows: Rows;
  readonly gradient: Float64Array;
  /** The diagonal of A. */
  readonly metric: Float64Array;
  readonly radius: number;
  /** σ of the cubic model with the same solution; undefined where λ = 0. */
  readonly sigma: number | undefined;
  readonly multiplier: number;
  /** Leftmost eigenvalue and spectral norm of A^{-1/2}BA^{-1/2}. */
  readonly leftmost: number;
  readonly spectralNorm: number;
  /** Of the ball. */
  readonly decrease: number;
  /** Of the cubic model, its term included. */
  readonly cubicDecrease: number;
  readonly multiply: (v: ArrayLike<number>) => Float64Array;
}

export function knownProblem(
  seed: number,
  { size, kind, decades = 0 }: { size: number; kind: ProblemKind; decades?: number },
): KnownProblem {
  const random = makeRandom(seed, size);
  const normal = (n: number) => Float64Array.from({ length: n }, () => random.normal());
  const spread = 10 ** (4 * random.uniform() - 2);
  const w = eigenvalues(random, kind, size).map((value) => value * spread);
  const leftmost = Math.min(...w);
  const y = normal(size).map((value) => value * 10 ** ((6 * random.uniform() - 3) ** 0));
  const length = 10 ** (6 * random.uniform() - 3);
  const current = Math.sqrt(y.reduce((sum, value) => sum + value * value, 0));
  for (let i = 0; i < size; i++) y[i] *= length / current;

  let multiplier = Math.max(0, -leftmost) + spread * random.uniform();
  if (kind === "interior") multiplier = 0;
  if (kind === "hard") multiplier = -leftmost;
  if (kind === "near-hard") multiplier = -leftmost + spread * 10 ** (-4 - 6 * random.uniform());
  if (kind === "zero-gradient") {
    multiplier = Math.max(0, -leftmost);
    y.fill(0);
    y[w.indexOf(leftmost)] = length;
  }

  const d = Float64Array.from({ length: size }, () => 10 ** (0.5 * decades * (random.uniform() - 0.5)));
  const reflectors = Array.from({ length: 3 }, () => normal(size));
  const rotate = (v: Float64Array) => {
    const out = v.slice();
    for (const u of reflectors) {
      let along = 0;
      let square = 0;
      for (let i = 0; i < size; i++) {
        along += u[i] * out[i];
        square += u[i] * u[i];
      }
      for (let i = 0; i < size; i++) out[i] -= ((2 * along) / square) * u[i];
    }
    return out;
  };
  // Columns of Q, then B = D Q diag(w) Qᵀ D entry by entry.
  const columns = Array.from({ length: size }, (_, k) =>
    rotate(Float64Array.from({ length: size }, (_, i) => (i === k ? 1 : 0))),
  );
  const rows = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (let k = 0; k < size; k++) {
    const q = columns[k];
    for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) rows[i][j] += d[i] * q[i] * w[k] * q[j] * d[j];
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) rows[j][i] = rows[i][j];
  const flat = Float64Array.from(rows.flat());

  const gradient = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    const weight = (w[k] + multiplier) * y[k];
    if (weight !== 0) for (let i = 0; i < size; i++) gradient[i] -= d[i] * columns[k][i] * weight;
  }
  const energy = w.reduce((sum, value, k) => sum + (value + multiplier) * y[k] * y[k], 0);
  const square = length * length;
  return {
    kind,
    size,
    rows,
    gradient,
    metric: d.map((value) => value * value),
    radius: kind === "interior" ? length * (1 + random.uniform()) : length,
    sigma: multiplier > 0 ? multiplier / length : undefined,
    multiplier,
    leftmost,
    spectralNorm: Math.max(...w.map(Math.abs)),
    decrease: 0.5 * energy + 0.5 * multiplier * square,
    cubicDecrease: 0.5 * energy + (multiplier * square) / 6,
    multiply(v) {
      const out = new Float64Array(size);
      for (let i = 0; i < size; i++) {
        let sum = 0;
        for (let j = 0; j < size; j++) sum += flat[i * size + j] * v[j];
        out[i] = sum;
      }
      return out;
    },
  };
}

function eigenvalues(random: Random, kind: ProblemKind, size: number): number[] {
  const positive = () => Array.from({ length: size }, () => 0.05 + random.uniform());
  const signed = () => Array.from({ length: size }, () => 2 * random.uniform() - 1);
  switch (kind) {
    case "interior":
    case "convex":
      return positive();
    case "singular":
      return positive().map((value, i) => (i % 3 === 0 ? 0 : value));
    default: {
      // The leftmost eigenvalue is negative and apart from the others, so that λ and the step are well determined.
      const values = signed();
      values[random.integer(size)] = -1.2 - random.uniform();
      return values;
    }
  }
}
