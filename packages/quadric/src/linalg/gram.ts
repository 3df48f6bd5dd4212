/** Squares of matrices, of which symmetry saves up to half: only blocks on and above the diagonal are multiplied. */
import { dtypeOf, type Vector, zeros } from "../vector/vector.ts";
import type { MatrixEngine } from "./matrix-engine.ts";

/** Rows and columns of a block: large enough for an engine to multiply at its full rate. */
const blockSize = 512;

/** XᵀX, [n, n], for X of [k, n]; below the diagonal only parts of it are set. */
export function gramOfColumns(X: Vector, n: number, engine: MatrixEngine): Promise<Vector> {
  const k = X.length / n;
  const cuts = cutsOf(n);
  const parts = cuts.slice(1).map((to, i) => (cuts.length === 2 ? X : columnsOf(X, n, cuts[i], to)));
  return assembled(n, cuts, dtypeOf(X), (i, j, m, width) =>
    engine.multiply(parts[i], parts[j], { m, k, n: width, transposeA: true }),
  );
}

/** XXᵀ, [n, n], for X of [n, k]; below the diagonal only parts of it are set. */
export function gramOfRows(X: Vector, n: number, engine: MatrixEngine): Promise<Vector> {
  const k = X.length / n;
  const cuts = cutsOf(n);
  const part = (i: number) => X.subarray(cuts[i] * k, cuts[i + 1] * k);
  return assembled(n, cuts, dtypeOf(X), (i, j, m, width) =>
    engine.multiply(part(i), part(j), { m, k, n: width, transposeB: true }),
  );
}

/** Where blocks of about equal size begin, and n. */
function cutsOf(n: number): number[] {
  const count = Math.max(1, Math.round(n / blockSize));
  return Array.from({ length: count + 1 }, (_, i) => Math.round((i * n) / count));
}

async function assembled(
  n: number,
  cuts: readonly number[],
  dtype: "float32" | "float64",
  product: (i: number, j: number, rows: number, columns: number) => Vector | Promise<Vector>,
): Promise<Vector> {
  const blocks = cuts.length - 1;
  if (blocks === 1) return product(0, 0, n, n);
  const G = zeros(n * n, dtype);
  for (let i = 0; i < blocks; i++) {
    for (let j = i; j < blocks; j++) {
      const [rows, columns] = [cuts[i + 1] - cuts[i], cuts[j + 1] - cuts[j]];
      const C = await product(i, j, rows, columns);
      for (let row = 0; row < rows; row++) {
        G.set(C.subarray(row * columns, (row + 1) * columns), (cuts[i] + row) * n + cuts[j]);
      }
    }
  }
  return G;
}

/** Columns [from, to) of X [k, n]. */
export function columnsOf(X: Vector, n: number, from: number, to: number): Vector {
  const k = X.length / n;
  const part = zeros(k * (to - from), dtypeOf(X));
  for (let i = 0; i < k; i++) part.set(X.subarray(i * n + from, i * n + to), i * (to - from));
  return part;
}
