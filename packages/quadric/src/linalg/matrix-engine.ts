/** Products of dense row-major matrices, by plain loops here, by a compiled program elsewhere. */
import { dtypeOf, type Vector, zeros } from "../vector/vector.ts";

/** C = op(A)·op(B) is [m, n], op(A) [m, k], op(B) [k, n]; op(X) is X or, if asked for, its transpose. */
export interface ProductShape {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** Whether A is stored as [k, m]; defaults to false. */
  readonly transposeA?: boolean;
  /** Whether B is stored as [n, k]; defaults to false. */
  readonly transposeB?: boolean;
}

export interface MatrixEngine {
  /** Engines of one name are equally fast. */
  readonly name: string;
  /** Whether it works on one core of this machine, so that processor time says how fast it is; defaults to false. */
  readonly isSerial?: boolean;
  /** A new C, [m, n], in the precision of A and B, which are only read. */
  multiply(A: Vector, B: Vector, shape: ProductShape): Vector | Promise<Vector>;
  /**
   * A new R⁻ᵀB, [k, n], for R upper triangular [k, k] and its inverse X. Rows of R whose pivot is 0 give zeros.
   * By products: Y = XᵀB, then Y + Xᵀ(B − RᵀY), since the first alone loses digits by the condition of R.
   */
  solveTransposed(R: Vector, X: Vector, B: Vector, k: number, n: number): Vector | Promise<Vector>;
}

/** Plain loops: about 1 GFLOP/s, no call or compilation to pay for. */
export const plainEngine: MatrixEngine = { name: "plain", isSerial: true, multiply, solveTransposed };

function multiply(A: Vector, B: Vector, { m, k, n, transposeA = false, transposeB = false }: ProductShape): Vector {
  const C = zeros(m * n, dtypeOf(A));
  const [rowOfA, columnOfA] = transposeA ? [1, m] : [k, 1];
  for (let i = 0; i < m; i++) {
    for (let j = 0; transposeB && j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += A[i * rowOfA + l * columnOfA] * B[j * k + l];
      C[i * n + j] = sum;
    }
    for (let l = 0; !transposeB && l < k; l++) {
      const a = A[i * rowOfA + l * columnOfA];
      for (let j = 0; j < n; j++) C[i * n + j] += a * B[l * n + j];
    }
  }
  return C;
}

/** Rows of Y from those above: R_ii Y_i = B_i − Σ_{l<i} R_li Y_l. */
function solveTransposed(R: Vector, _inverse: Vector, B: Vector, k: number, n: number): Vector {
  const Y = B.slice();
  for (let i = 0; i < k; i++) {
    for (let l = 0; l < i; l++) {
      const r = R[l * k + i];
      for (let j = 0; j < n; j++) Y[i * n + j] -= r * Y[l * n + j];
    }
    const pivot = R[i * k + i];
    for (let j = 0; j < n; j++) Y[i * n + j] = pivot === 0 ? 0 : Y[i * n + j] / pivot;
  }
  return Y;
}
