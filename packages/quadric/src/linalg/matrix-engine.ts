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
}

/** Plain loops: about 1 GFLOP/s, no call or compilation to pay for. */
export const plainEngine: MatrixEngine = { name: "plain", isSerial: true, multiply };

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
