/**
 * Cholesky factors of large symmetric positive semidefinite matrices, by blocks:
 *
 *   M = RᵀR,  R upper triangular      [M₁₁ M₁₂; · M₂₂]:  R₁₁ᵀR₁₁ = M₁₁,  R₁₂ = R₁₁⁻ᵀM₁₂,  R₂₂ᵀR₂₂ = M₂₂ − R₁₂ᵀR₁₂
 *
 * The halves are halved again down to `leaf` columns, which plain loops factor and invert; everything else is products
 * of matrices, left to the engine. Every off-diagonal block is a separate array, so that its rows are cut without
 * copying. What the inverse of a leaf loses of the digits the engine corrects, else damping below 10⁻¹² of the matrix is lost.
 *
 * A column that depends on those before it, M_kk − Σᵢ R_ik² ≤ tolerance·M_kk, is left out: its row of R is zero, its
 * unknown in a solve is 0. The rank is the number of columns that are not.
 * References: [GolubVanLoan2013, section 4.2], [Gustavson1997], [Higham2002, section 10.3].
 */
import { requireInteger, requireLength } from "../check.ts";
import { dtypeOf, type Vector, zeros } from "../vector/vector.ts";
import { columnsOf } from "./gram.ts";
import { type MatrixEngine, plainEngine } from "./matrix-engine.ts";

/** A diagonal block of R: a leaf that holds R and its inverse, or two blocks and the off-diagonal one. */
type Block =
  | { readonly start: number; readonly size: number; readonly factor: Vector; readonly inverse: Vector }
  | {
      readonly start: number;
      readonly size: number;
      readonly first: Block;
      readonly above: Vector;
      readonly second: Block;
    };

export interface BlockedCholesky {
  readonly size: number;
  /** Columns that are not left out. */
  readonly rank: number;
  /** x with RᵀRx = b, and 0 for a column that is left out; into `b` itself. */
  solve(b: Float64Array): Float64Array;
  /** R⁻ᵀb, whose square is bᵀM⁻¹b; into `b` itself. */
  solveTransposed(b: Float64Array): Float64Array;
}

export interface BlockedCholeskyOptions {
  /** Who multiplies; defaults to plain loops. */
  readonly engine?: MatrixEngine;
  /** Added to M's diagonal: one number, or one an entry; defaults to 0. */
  readonly shift?: number | Float64Array;
  /** Least pivot relative to its entry of M's diagonal; defaults to size·ε of the matrix's precision. */
  readonly tolerance?: number;
  /** Columns that plain loops factor; integer ≥ 1; defaults to 64. */
  readonly leaf?: number;
}

/** Products of which only half is wanted are cut in two above this size. */
const cutAbove = 256;

/**
 * Factors M + diag(shift).
 *
 * Cost: size³/3 multiply-adds, all but size·leaf² of them in the engine.
 *
 * @param matrix - M, row-major [size, size], of which the upper triangle is read; not written to.
 * @throws {ShapeError} if M or the shift disagree with the size.
 * @example
 * const { solve } = await blockedCholesky(Float64Array.of(4, 2, 2, 3), 2);
 * solve(Float64Array.of(8, 8)); // => [1, 2]
 */
export async function blockedCholesky(
  matrix: Vector,
  size: number,
  { engine = plainEngine, shift = 0, leaf = 64, tolerance = size * unitRoundoff(matrix) }: BlockedCholeskyOptions = {},
): Promise<BlockedCholesky> {
  requireLength("blockedCholesky", "matrix", matrix, size * size);
  requireInteger("blockedCholesky", "leaf", leaf, 1);
  if (typeof shift !== "number") requireLength("blockedCholesky", "shift", shift, size);
  const dtype = dtypeOf(matrix);
  const diagonal = Float64Array.from(
    { length: size },
    (_, i) => matrix[i * size + i] + (typeof shift === "number" ? shift : shift[i]),
  );
  let rank = 0;

  /** Rows and columns of M in the form of R. */
  function cut(start: number, length: number): Block {
    if (length <= leaf) {
      const factor = copy(start, length, start, length);
      for (let i = 0; i < length; i++) factor[i * length + i] = diagonal[start + i];
      return { start, size: length, factor, inverse: zeros(length * length, dtype) };
    }
    const half = leaf * Math.ceil(length / leaf / 2);
    const middle = start + half;
    const rest = length - half;
    const above = copy(start, half, middle, rest);
    return { start, size: length, first: cut(start, half), above, second: cut(middle, rest) };
  }

  function copy(row: number, rows: number, column: number, columns: number): Vector {
    const block = zeros(rows * columns, dtype);
    for (let i = 0; i < rows; i++) {
      const from = (row + i) * size + column;
      block.set(matrix.subarray(from, from + columns), i * columns);
    }
    return block;
  }

  async function factor(block: Block): Promise<void> {
    if ("inverse" in block) {
      rank += factorLeaf(block.factor, block.inverse, block.size, diagonal.subarray(block.start), tolerance);
      return;
    }
    const { first, above, second } = block;
    await factor(first);
    await solveRows(first, above, second.size); // R₁₂ = R₁₁⁻ᵀM₁₂
    await subtractSquare(second, above, first.size); // M₂₂ − R₁₂ᵀR₁₂
    await factor(second);
  }

  /** X ← R⁻ᵀX for X of [block.size, n]. */
  async function solveRows(block: Block, X: Vector, n: number): Promise<void> {
    if ("inverse" in block) {
      X.set(await engine.solveTransposed(block.factor, block.inverse, X, block.size, n));
      return;
    }
    const { first, above, second } = block;
    const upper = X.subarray(0, first.size * n);
    const lower = X.subarray(first.size * n);
    await solveRows(first, upper, n);
    subtract(lower, await engine.multiply(above, upper, { m: second.size, k: first.size, n, transposeA: true }));
    await solveRows(second, lower, n);
  }

  /** The upper triangle of the block minus that of XᵀX, for X of [k, block.size]. */
  async function subtractSquare(block: Block, X: Vector, k: number): Promise<void> {
    if (block.size <= cutAbove || "inverse" in block) {
      subtractFrom(
        block,
        await engine.multiply(X, X, { m: block.size, k, n: block.size, transposeA: true }),
        0,
        block.size,
      );
      return;
    }
    const { first, above, second } = block;
    const left = columnsOf(X, block.size, 0, first.size);
    const right = columnsOf(X, block.size, first.size, block.size);
    await subtractSquare(first, left, k);
    subtract(above, await engine.multiply(left, right, { m: first.size, k, n: second.size, transposeA: true }));
    await subtractSquare(second, right, k);
  }

  const root = cut(0, size);
  await factor(root);
  return {
    size,
    rank,
    solve(b) {
      requireLength("blockedCholesky", "b", b, size);
      return backward(root, forward(root, b));
    },
    solveTransposed(b) {
      requireLength("blockedCholesky", "b", b, size);
      return forward(root, b);
    },
  };
}

function unitRoundoff(matrix: Vector): number {
  return matrix instanceof Float32Array ? 2 ** -23 : Number.EPSILON;
}

/**
 * Replaces the upper triangle of M [n, n] by R, whose columns left out are zero, and sets X to R⁻¹ without them; returns the rank.
 */
function factorLeaf(M: Vector, X: Vector, n: number, diagonal: Float64Array, tolerance: number): number {
  let rank = 0;
  const R = Float64Array.from(M);
  for (let k = 0; k < n; k++) {
    const pivot = R[k * n + k];
    const isLeftOut = pivot <= tolerance * diagonal[k];
    const scale = isLeftOut ? 0 : 1 / Math.sqrt(pivot);
    if (!isLeftOut) rank++;
    for (let j = k; j < n; j++) R[k * n + j] *= scale;
    for (let i = k + 1; i < n; i++) {
      const r = R[k * n + i];
      for (let j = i; j < n; j++) R[i * n + j] -= r * R[k * n + j];
    }
    for (let i = 0; i < n; i++) if (i > k || isLeftOut) R[i * n + k] = 0;
  }
  const inverse = new Float64Array(n * n);
  // Row i of R⁻¹ from those below: R_ii X_ij = δ_ij − Σ_{l>i} R_il X_lj
  for (let i = n - 1; i >= 0; i--) {
    const pivot = R[i * n + i];
    if (pivot === 0) continue;
    for (let l = i + 1; l < n; l++) {
      const r = R[i * n + l] / pivot;
      for (let j = l; j < n; j++) inverse[i * n + j] -= r * inverse[l * n + j];
    }
    inverse[i * n + i] = 1 / pivot;
  }
  M.set(R);
  X.set(inverse);
  return rank;
}

function subtract(X: Vector, Y: Vector): void {
  for (let i = 0; i < X.length; i++) X[i] -= Y[i];
}

/** The block minus the part of C [n, n] that begins at (at, at). */
function subtractFrom(block: Block, C: Vector, at: number, n: number): void {
  if ("inverse" in block) {
    subtractPart(block.factor, block.size, block.size, C, at * n + at, n);
    return;
  }
  const { first, above, second } = block;
  subtractFrom(first, C, at, n);
  subtractPart(above, first.size, second.size, C, at * n + at + first.size, n);
  subtractFrom(second, C, at + first.size, n);
}

function subtractPart(X: Vector, rows: number, columns: number, C: Vector, from: number, stride: number): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) X[i * columns + j] -= C[from + i * stride + j];
  }
}

/** b ← R⁻ᵀb on the block's rows. */
function forward(block: Block, b: Float64Array): Float64Array {
  const { start, size } = block;
  if ("inverse" in block) {
    for (let j = 0; j < size; j++) {
      const pivot = block.factor[j * size + j];
      let sum = b[start + j];
      for (let i = 0; i < j; i++) sum -= block.factor[i * size + j] * b[start + i];
      b[start + j] = pivot === 0 ? 0 : sum / pivot;
    }
    return b;
  }
  const { first, above, second } = block;
  forward(first, b);
  for (let i = 0; i < first.size; i++) {
    const x = b[start + i];
    for (let j = 0; j < second.size; j++) b[second.start + j] -= above[i * second.size + j] * x;
  }
  return forward(second, b);
}

/** b ← R⁻¹b on the block's rows. */
function backward(block: Block, b: Float64Array): Float64Array {
  const { start, size } = block;
  if ("inverse" in block) {
    for (let i = size - 1; i >= 0; i--) {
      const pivot = block.factor[i * size + i];
      let sum = b[start + i];
      for (let j = i + 1; j < size; j++) sum -= block.factor[i * size + j] * b[start + j];
      b[start + i] = pivot === 0 ? 0 : sum / pivot;
    }
    return b;
  }
  const { first, above, second } = block;
  backward(second, b);
  for (let i = 0; i < first.size; i++) {
    let sum = 0;
    for (let j = 0; j < second.size; j++) sum += above[i * second.size + j] * b[second.start + j];
    b[start + i] -= sum;
  }
  return backward(first, b);
}
