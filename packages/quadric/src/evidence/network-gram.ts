/**
 * The Gauss–Newton matrix of a network of one hidden layer by its structure, k to 2k times cheaper than by the Jacobian of
 * all outputs. With y = (x, 1), s_la = V_la(1 − T_a²) and C = ℓ″ of an example
 *
 *   B_ab = Σ_lm s_la C_lm s_mb     D_am = Σ_l s_la C_lm
 *
 *                    into units (j, b)       V (m, b)        linear map and constants (m, r)
 *   (i, a)           Σ y_i y_j B_ab          Σ y_i T_b D_am  Σ y_i y_r D_am
 *   V (l, a)                                 Σ T_a T_b C_lm  Σ T_a y_r C_lm
 *   linear (l, q)                                            Σ y_q y_r C_lm
 *
 * the sums over examples: two products of matrices, of the coefficients (B, D, C) with the products yy, and of (D, C)
 * with the products yT and TT, of which symmetric ones are taken once.
 */
import { offsetsOf, type Shape } from "./network.ts";
import { addTile, type Padded, paddedMatrices, tile } from "./products.ts";

/** Entries of a matrix of products of examples that stay in the cache. */
const entriesAtOnce = 2 ** 16;
const pairs = (n: number): number => (n * (n + 1)) / 2;
/** Where the pair of i and j is among the pairs i ≥ j. */
const pair = (i: number, j: number): number => (i > j ? pairs(i) + j : pairs(j) + i);

/** Multiply-adds of an example. */
export function gramCost({ inputs, hidden: h, outputs: k }: Shape): number {
  const q = inputs + 1;
  return (pairs(h) + h * k + pairs(k)) * pairs(q) + (h * k + pairs(k)) * (q * h + pairs(h));
}

/**
 * Σ JᵀCJ, row-major [d, d], the lower triangle of it.
 *
 * @param x - inputs [p × n] by columns.
 * @param T - hidden units [h × n].
 * @param C - ℓ″ of the pairs of outputs l ≥ m, [k(k + 1)/2 × n].
 */
export function networkGram(
  shape: Shape,
  theta: Float64Array,
  x: Float64Array,
  T: Float64Array,
  C: Float64Array,
): Float64Array {
  const { inputs: p, hidden: h, outputs: k } = shape;
  const q = p + 1;
  const at = offsetsOf(shape);
  const n = C.length / pairs(k);
  const coefficients = pairs(h) + h * k + pairs(k);
  const ofInputs = pairs(q);
  const ofUnits = q * h + pairs(h);
  const block = Math.max(tile, Math.min(n, Math.floor(entriesAtOnce / Math.max(ofInputs, ofUnits))));
  const [left, right, first, second] = paddedMatrices(
    [coefficients + tile, block], // the last tile may begin in any row
    [Math.max(ofInputs, ofUnits), block],
    [coefficients, ofInputs],
    [h * k + pairs(k), ofUnits],
  );
  for (let from = 0; from < n; from += block) {
    const m = Math.min(n, from + block) - from;
    writeCoefficients(shape, theta, { T, C, n, from, m }, left);
    const units = inBlock(T, h, n, from, m);
    const y = inBlock(x, p, n, from, m);
    symmetricProducts(y, q, m, right, 0);
    addProducts(left, 0, coefficients, right, ofInputs, m, first);
    for (let r = 0; r < q; r++) for (let a = 0; a < h; a++) multiply(y, r, units, a, m, right, r * h + a);
    symmetricProducts(units, h, m, right, q * h);
    addProducts(left, pairs(h), coefficients, right, ofUnits, m, second);
  }
  return scattered();

  function scattered(): Float64Array {
    const gram = new Float64Array(at.size ** 2);
    const set = (i: number, j: number, value: number) => {
      gram[i > j ? i * at.size + j : j * at.size + i] = value;
    };
    const D = (a: number, m: number) => pairs(h) + a * k + m;
    const ofC = (l: number, m: number) => pairs(h) + h * k + pair(l, m);
    const straight = (l: number, r: number) => (r < p ? at.A + l * p + r : at.c + l);
    const fromFirst = (coefficient: number, r: number, j: number) =>
      first.data[coefficient * first.stride + pair(r, j)];
    const fromSecond = (coefficient: number, column: number) =>
      second.data[(coefficient - pairs(h)) * second.stride + column];
    for (let r = 0; r < q; r++) {
      for (let a = 0; a < h; a++) {
        for (let j = 0; j <= r; j++) {
          for (let b = 0; b < h; b++) set(r * h + a, j * h + b, fromFirst(pair(a, b), r, j));
        }
        for (let m = 0; m < k; m++) {
          for (let j = 0; j < q; j++) set(r * h + a, straight(m, j), fromFirst(D(a, m), r, j));
          for (let b = 0; b < h; b++) set(r * h + a, at.V + m * h + b, fromSecond(D(a, m), r * h + b));
        }
      }
      for (let l = 0; l < k; l++) {
        for (let m = 0; m < k; m++) {
          for (let j = 0; j < q; j++) set(straight(l, r), straight(m, j), fromFirst(ofC(l, m), r, j));
          for (let b = 0; b < h; b++) set(straight(l, r), at.V + m * h + b, fromSecond(ofC(l, m), r * h + b));
        }
      }
    }
    for (let l = 0; l < k; l++) {
      for (let m = 0; m < k; m++) {
        for (let a = 0; a < h; a++) {
          for (let b = 0; b < h; b++) {
            set(at.V + l * h + a, at.V + m * h + b, fromSecond(ofC(l, m), q * h + pair(a, b)));
          }
        }
      }
    }
    return gram;
  }
}

interface Block {
  readonly T: Float64Array;
  readonly C: Float64Array;
  readonly n: number;
  readonly from: number;
  readonly m: number;
}

/** B, D and C of the examples of a block, a row each. */
function writeCoefficients(
  shape: Shape,
  theta: Float64Array,
  { T, C, n, from, m }: Block,
  { data: out, stride }: Padded,
): void {
  const { hidden: h, outputs: k } = shape;
  const { V } = offsetsOf(shape);
  const D = pairs(h);
  const c = D + h * k;
  out.fill(0);
  for (let l = 0; l < k; l++) {
    for (let o = 0; o <= l; o++) {
      const row = pair(l, o);
      out.set(C.subarray(row * n + from, row * n + from + m), (c + row) * stride);
    }
  }
  for (let a = 0; a < h; a++) {
    for (let l = 0; l < k; l++) {
      for (let o = 0; o < k; o++) {
        const source = (c + pair(l, o)) * stride;
        const target = (D + a * k + o) * stride;
        const v = theta[V + l * h + a];
        for (let i = 0; i < m; i++) out[target + i] += v * (1 - T[a * n + from + i] ** 2) * out[source + i];
      }
    }
  }
  for (let a = 0; a < h; a++) {
    for (let b = 0; b <= a; b++) {
      const target = pair(a, b) * stride;
      for (let o = 0; o < k; o++) {
        const source = (D + a * k + o) * stride;
        const v = theta[V + o * h + b];
        for (let i = 0; i < m; i++) out[target + i] += v * (1 - T[b * n + from + i] ** 2) * out[source + i];
      }
    }
  }
}

/** The rows of X [rows × n] in a block, [rows + 1, m], and a row of ones. */
function inBlock(X: Float64Array, rows: number, n: number, from: number, m: number): Float64Array {
  const part = new Float64Array((rows + 1) * m).fill(1, rows * m);
  for (let r = 0; r < rows; r++) part.set(X.subarray(r * n + from, r * n + from + m), r * m);
  return part;
}

/** Products of rows r ≥ j, from row `first` of `out`. */
function symmetricProducts(X: Float64Array, rows: number, m: number, out: Padded, first: number): void {
  let row = first;
  for (let r = 0; r < rows; r++) for (let j = 0; j <= r; j++) multiply(X, r, X, j, m, out, row++);
}

/** Row `row` of `out` is the product of row a of A and row b of B, both of m numbers. */
function multiply(A: Float64Array, a: number, B: Float64Array, b: number, m: number, out: Padded, row: number): void {
  const [p, q, at] = [a * m, b * m, row * out.stride];
  for (let i = 0; i < m; i++) out.data[at + i] = A[p + i] * B[q + i];
}

/** C ← C + LRᵀ for the rows from `first` to `last` of L and those of R, over m columns; of L those behind them are 0. */
function addProducts(L: Padded, first: number, last: number, R: Padded, columns: number, m: number, C: Padded): void {
  const to = tile * Math.ceil(m / tile);
  for (let I = first; I < last; I += tile) {
    for (let J = 0; J < columns; J += tile) addTile(1, L, I, R, J, 0, to, C, I - first, J);
  }
}
