/**
 * One hidden layer beside a linear map, by hand: the family of networks that a table is fitted with.
 *
 *   T = tanh(xW + b)      z = TV + xA + c
 *   ∂z_l/∂W_ja = x_j(1 − T_a²)V_al     ∂z_l/∂b_a = (1 − T_a²)V_al     ∂z_l/∂V_al = T_a     ∂z_l/∂A_jl = x_j     ∂z_l/∂c_l = 1
 *
 * Without hidden units it is the linear model. Examples are stored by columns, x [p × n] and z [k × n]; parameters are
 * W by inputs, b, V and A by outputs, c.
 */
import { dotAt } from "../vector/kernels.ts";

export interface Shape {
  readonly inputs: number;
  readonly hidden: number;
  readonly outputs: number;
}

/** Where W, b, V, A and c begin, and the number of parameters. */
export function offsetsOf({
  inputs: p,
  hidden: h,
  outputs: k,
}: Shape): Readonly<Record<"W" | "b" | "V" | "A" | "c" | "size", number>> {
  const b = p * h;
  const V = b + h;
  const A = V + h * k;
  const c = A + p * k;
  return { W: 0, b, V, A, c, size: c + k };
}

/** T, [h × n]. */
export function hiddenUnits(shape: Shape, theta: Float64Array, x: Float64Array, n: number): Float64Array {
  const { inputs: p, hidden: h } = shape;
  const { b } = offsetsOf(shape);
  const T = new Float64Array(h * n);
  for (let a = 0; a < h; a++) {
    const unit = T.subarray(a * n, (a + 1) * n).fill(theta[b + a]);
    for (let j = 0; j < p; j++) addScaled(theta[j * h + a], x, j * n, unit);
    for (let i = 0; i < n; i++) unit[i] = Math.tanh(unit[i]);
  }
  return T;
}

/** z, [k × n]. */
export function outputsOf(
  shape: Shape,
  theta: Float64Array,
  x: Float64Array,
  n: number,
  T: Float64Array = hiddenUnits(shape, theta, x, n),
): Float64Array {
  const { inputs: p, hidden: h, outputs: k } = shape;
  const at = offsetsOf(shape);
  const z = new Float64Array(k * n);
  for (let l = 0; l < k; l++) {
    const output = z.subarray(l * n, (l + 1) * n).fill(theta[at.c + l]);
    for (let a = 0; a < h; a++) addScaled(theta[at.V + l * h + a], T, a * n, output);
    for (let j = 0; j < p; j++) addScaled(theta[at.A + l * p + j], x, j * n, output);
  }
  return z;
}

function addScaled(scale: number, X: Float64Array, from: number, out: Float64Array): void {
  if (scale === 0) return;
  for (let i = 0; i < out.length; i++) out[i] += scale * X[from + i];
}

/** Jᵀu for u [k × n]: the gradient of a loss whose slope in z is u. */
export function pullBack(
  shape: Shape,
  theta: Float64Array,
  x: Float64Array,
  T: Float64Array,
  u: Float64Array,
): Float64Array {
  const { inputs: p, hidden: h, outputs: k } = shape;
  const n = u.length / k;
  const at = offsetsOf(shape);
  const gradient = new Float64Array(at.size);
  const s = new Float64Array(n);
  const ones = new Float64Array(n).fill(1);
  for (let a = 0; a < h; a++) {
    s.fill(0);
    for (let l = 0; l < k; l++) addScaled(theta[at.V + l * h + a], u, l * n, s);
    for (let i = 0; i < n; i++) s[i] *= 1 - T[a * n + i] ** 2;
    gradient[at.b + a] = dotAt(s, 0, ones, 0, n);
    for (let j = 0; j < p; j++) gradient[j * h + a] = dotAt(s, 0, x, j * n, n);
  }
  for (let l = 0; l < k; l++) {
    for (let a = 0; a < h; a++) gradient[at.V + l * h + a] = dotAt(u, l * n, T, a * n, n);
    for (let j = 0; j < p; j++) gradient[at.A + l * p + j] = dotAt(u, l * n, x, j * n, n);
    gradient[at.c + l] = dotAt(u, l * n, ones, 0, n);
  }
  return gradient;
}

/**
 * Columns of RJ for the examples [from, to): R [k × k] mixes the outputs of an example, R(i, l, m) of row l and output m.
 * Returned as [size × k(to − from)], in `out` if it is long enough.
 */
export function jacobianColumns(
  shape: Shape,
  theta: Float64Array,
  x: Float64Array,
  T: Float64Array,
  root: Root,
  from: number,
  to: number,
  out: Float64Array,
): Float64Array {
  const { inputs: p, hidden: h, outputs: k } = shape;
  const n = k === 0 ? 0 : root.examples;
  const m = to - from;
  const rows = k * m;
  const at = offsetsOf(shape);
  for (let l = 0; l < k; l++) {
    for (let i = 0; i < m; i++) {
      const row = l * m + i;
      const example = from + i;
      for (let o = 0; o < k; o++) {
        const r = root.at(example, l, o);
        for (let a = 0; a < h; a++) out[(at.V + o * h + a) * rows + row] = r * T[a * n + example];
        for (let j = 0; j < p; j++) out[(at.A + o * p + j) * rows + row] = r * x[j * n + example];
        out[(at.c + o) * rows + row] = r;
      }
    }
  }
  const s = new Float64Array(rows);
  for (let a = 0; a < h; a++) {
    for (let l = 0; l < k; l++) {
      for (let i = 0; i < m; i++) {
        const example = from + i;
        let sum = 0;
        for (let o = 0; o < k; o++) sum += root.at(example, l, o) * theta[at.V + o * h + a];
        s[l * m + i] = sum * (1 - T[a * n + example] ** 2);
      }
    }
    out.set(s, (at.b + a) * rows);
    for (let j = 0; j < p; j++) {
      const column = (j * h + a) * rows;
      for (let l = 0; l < k; l++) {
        for (let i = 0; i < m; i++) out[column + l * m + i] = s[l * m + i] * x[j * n + from + i];
      }
    }
  }
  return out;
}

/** R of every example: what the rows of its outputs are multiplied by. */
export interface Root {
  readonly examples: number;
  at(example: number, row: number, output: number): number;
}

/** J itself, of one output after the other. */
export const plainRoot = (n: number): Root => ({ examples: n, at: (_, l, m) => (l === m ? 1 : 0) });
