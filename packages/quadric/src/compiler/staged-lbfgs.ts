/**
 * The preconditioner of subproblem/lbfgs-memory.ts inside a program, in its compact form with all pairs at once:
 *
 *   α = R⁻¹Sr      q = r − Yᵀα      P⁻¹r = Dq + SᵀR⁻ᵀ(Eα − YDq)      D = γA⁻¹
 *
 * Symbols: rows s_i of S and y_i of Y [m × d], R upper triangle of SYᵀ with ones for empty rows, E = diag(1 for a
 * filled row, else 0). An application is four products of an m × d matrix with a vector, which is what native code is
 * fast at, and needs nothing computed before but γ. The small matrices are float64. References:
 * [ByrdNocedalSchnabel1994, Theorem 2.2].
 */
import { initialScaling } from "../subproblem/lbfgs-memory.ts";
import type { Builder } from "./ir/builder.ts";
import type { Node } from "./ir/graph.ts";

export interface StagedMemory {
  /** S and Y, [m × d]. */
  readonly s: Node;
  readonly y: Node;
  /** R⁻¹, float64 [m × m]. */
  readonly inverse: Node;
}

export interface StagedLbfgs {
  /** r ↦ P⁻¹r of flat vectors [d]; `inverseA`: the diagonal of A⁻¹. */
  preconditioner(inverseA: Node): (r: Node) => Node;
  /**
   * From a path's directions p and Bp [k × d] and their numbers: new rows of S and Y, the columns that they add to SYᵀ,
   * one a row [k × (m + k)], and the numbers. A direction without positive finite κ becomes zeros.
   */
  append(rows: readonly Node[], kappa: number): Node[];
}

export function stagedLbfgs(b: Builder, { s, y, inverse }: StagedMemory): StagedLbfgs {
  const type = s.dtype;
  const size = s.shape[1];
  const narrow = (x: Node) => b.cast(x, type);
  const widen = (x: Node) => b.cast(x, "float64");
  const zero = b.scalar(0, "float64");
  const times = (x: Node, z: Node) => b.binary("mul", x, z);
  const isPositive = (x: Node) => b.compare("less", zero, x);

  return {
    preconditioner(inverseA) {
      const squares = widen(b.sum(times(times(y, inverseA), y), [1]));
      const isFilled = isPositive(squares);
      const units = b.where(isFilled, b.unary("reciprocal", squares), zero);
      const largest = b.reduce("max", units, [0]);
      const gamma = b.where(
        isPositive(largest),
        times(largest, b.scalar(initialScaling, "float64")),
        b.scalar(1, "float64"),
      );
      const D = times(inverseA, narrow(gamma));
      const E = b.cast(isFilled, "float64");
      const transposed = b.transpose(inverse, [1, 0]);
      // Vectors from the left: the engine's product of a matrix and a vector on its right takes thirty times as long.
      const onto = (rows: Node, x: Node) => widen(b.matmul(x, rows, false, true));
      const from = (rows: Node, weights: Node) => b.matmul(narrow(weights), rows);
      const minus = (x: Node, z: Node) => b.binary("add", x, b.scale(z, -1));
      return (r) => {
        const row = b.reshape(r, [1, size]);
        const alpha = b.matmul(onto(s, row), transposed);
        const Dq = times(minus(row, from(y, alpha)), D);
        const beta = b.matmul(minus(times(alpha, E), onto(y, Dq)), inverse);
        return b.reshape(b.binary("add", Dq, from(s, beta)), [size]);
      };
    },

    append([p, Bp, numbers], kappa) {
      const kappas = b.slice(numbers, [0, kappa], [-1, kappa + 1]);
      const isSound = b.logical(
        "and",
        isPositive(kappas),
        b.compare("less", kappas, b.scalar(Number.MAX_VALUE, "float64")),
      );
      const scale = narrow(b.where(isSound, b.unary("reciprocal", b.unary("sqrt", kappas)), zero));
      const [sNew, yNew] = [times(p, scale), times(Bp, scale)];
      const columns = b.concatenate([b.matmul(yNew, s, false, true), b.matmul(yNew, sNew, false, true)], 1);
      return [sNew, yNew, widen(columns), numbers];
    },
  };
}
