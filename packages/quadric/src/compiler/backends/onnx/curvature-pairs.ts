/**
 * The preconditioner of subproblem/curvature-pairs.ts inside a program, the same recursion with all pairs at once:
 *
 *   a = R⁻¹Sr      q = r − Yᵀa      P⁻¹r = Dq + SᵀR⁻ᵀ(Ea − YDq)      D = γA⁻¹
 *
 * Symbols: rows s_i of S and y_i of Y [m × d], R upper triangle of SYᵀ with ones where a row is empty, E = diag(1 where a row is
 * filled, else 0). An application is four products of an m × d matrix with a vector, which is what native code is fast at, and needs
 * nothing worked out before but γ. The small matrices are float64. References: [ByrdNocedalSchnabel1994, Theorem 2.2].
 */
import { unseenScale } from "../../../subproblem/curvature-pairs.ts";
import { converted, type Emitter, typeCode } from "./emitter.ts";
import { pathColumns } from "./steihaug-program.ts";

/** What a program with pairs takes beside the rest. */
export interface PairInputs {
  /** S and Y, [m × d]. */
  readonly s: string;
  readonly y: string;
  /** R⁻¹, float64 [m × m]. */
  readonly inverse: string;
}

/** Directions of a loop, one row an iteration: p and Bp [k × d], their numbers float64 [k × pathColumns]. */
export interface ScannedPath {
  readonly p: string;
  readonly Bp: string;
  readonly numbers: string;
}

export interface LoweredPairs {
  /** r ↦ P⁻¹r of flat vectors [d]; `inverseA`: the diagonal of A⁻¹. */
  preconditioner(inputs: PairInputs, inverseA: string): (e: Emitter, r: string) => string;
  /**
   * New rows of S and Y from a path, the `count`-th direction only if its κ is positive, and the columns that they add to SYᵀ: one a
   * row, [k × (m + k)].
   */
  next(inputs: PairInputs, path: ScannedPath, count: string, kappa: string): Record<"s" | "y" | "columns", string>;
}

export function lowerPairs(main: Emitter, type: "float32" | "float64"): LoweredPairs {
  const narrow = (e: Emitter, x: string) => converted(e, x, "float64", type);
  const widen = (e: Emitter, x: string) => converted(e, x, type, "float64");
  const scalar = (value: number) => main.constant([value], [1], "float64");
  const timesTransposed = (x: string, y: string) => main.emit("Gemm", [x, y], { transB: 1 });
  const join = (parts: readonly string[], axis: number) => main.emit("Concat", parts, { axis });

  return {
    preconditioner({ s, y, inverse }, inverseA) {
      const yAy = main.emit("Mul", [main.emit("Mul", [y, inverseA]), y]);
      const squares = widen(main, main.emit("ReduceSum", [yAy, main.integers([1])], { keepdims: 0 }));
      const isFilled = main.emit("Greater", [squares, scalar(0)]);
      const units = main.emit("Where", [isFilled, main.emit("Reciprocal", [squares]), scalar(0)]);
      const largest = main.emit("ReduceMax", [units, main.integers([0])], { keepdims: 1 });
      const isEmpty = main.emit("Equal", [largest, scalar(0)]);
      const gamma = main.emit("Where", [isEmpty, scalar(1), main.emit("Mul", [largest, scalar(unseenScale)])]);
      const D = main.emit("Mul", [inverseA, narrow(main, gamma)]);
      const E = main.emit("Cast", [isFilled], { to: typeCode("float64") });
      const transposed = main.emit("Transpose", [inverse], { perm: [1, 0] });
      return (e, r) => {
        // Vectors from the left: the engine's product of a matrix and a vector behind it takes thirty times as long.
        const onto = (rows: string, x: string) => widen(e, e.emit("Gemm", [x, rows], { transB: 1 }));
        const from = (rows: string, weights: string) => e.emit("MatMul", [narrow(e, weights), rows]);
        const row = e.emit("Reshape", [r, e.integers([1, -1])]);
        const a = e.emit("MatMul", [onto(s, row), transposed]);
        const Dq = e.emit("Mul", [e.emit("Sub", [row, from(y, a)]), D]);
        const b = e.emit("MatMul", [e.emit("Sub", [e.emit("Mul", [a, E]), onto(y, Dq)]), inverse]);
        return e.emit("Reshape", [e.emit("Add", [Dq, from(s, b)]), e.integers([-1])]);
      };
    },

    next({ s }, { p, Bp, numbers }, count, kappa) {
      const kappas = main.emit("Gather", [numbers, main.integers([pathColumns.indexOf("kappa")])], { axis: 1 });
      const isSound = main.emit("And", [
        main.emit("Greater", [kappa, scalar(0)]),
        main.emit("Less", [kappa, scalar(Number.MAX_VALUE)]),
      ]);
      const dropped = main.emit("Cast", [main.emit("Not", [isSound])], { to: typeCode("int64") });
      const sound = main.emit("Sub", [count, dropped]);
      const [start, axis] = [main.integers([0]), main.integers([0])];
      const head = (rows: string) => main.emit("Slice", [rows, start, sound, axis]);
      const scale = narrow(main, main.emit("Reciprocal", [main.emit("Sqrt", [head(kappas)])]));
      const sNew = main.emit("Mul", [head(p), scale]);
      const yNew = main.emit("Mul", [head(Bp), scale]);
      const columns = join([timesTransposed(yNew, s), timesTransposed(yNew, sNew)], 1);
      return { s: sNew, y: yNew, columns: widen(main, columns) };
    },
  };
}
