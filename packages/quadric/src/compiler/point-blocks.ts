/**
 * A Jacobian of more rows than may be held at once: JᵀJ and Jᵀr as sums over parts of the points.
 *
 *   JᵀJ = Σ_k J_kᵀJ_k      Jᵀr = Σ_k J_kᵀr_k      rows of part k: √(n_jk/N_j) times those of an equation of n_jk points
 *
 * A set with fewer points than there are parts is in all K of them, its rows times √(1/K).
 *
 * Symbols: N_j points of term j, n_jk those in part k.
 */
import { gramOfColumns } from "../linalg/gram.ts";
import type { JacobianEvaluation, NormalEvaluation, Objective } from "../objective/objective.ts";
import { transposedTimes } from "../subproblem/damped-factor.ts";
import { axpy, dot } from "../vector/kernels.ts";
import type { Tensor } from "../vector/tensor.ts";
import { type Vector, zeros } from "../vector/vector.ts";

/** Columns of each of several sets of points. */
type Columns = readonly (readonly Tensor[])[];

/** One part of the points, and what its rows are to be multiplied by. */
interface Part {
  readonly columns: Columns;
  /** Of each set. */
  readonly factors: readonly number[];
}

/** @param setOfFields - the point set of each field of the residuals, in their order. */
export function inPointBlocks(objective: Objective<Columns>, setOfFields: readonly number[]): Objective<Columns> {
  const { dtype, layout } = objective;
  const d = layout.size;
  const countOf = (columns: Columns, set: number) => columns[set][0].data.length;

  /** How many parts there are to be; 1 too where J has fewer rows than columns and has to be whole. */
  function parts(columns: Columns, maxBytes = Infinity): number {
    const rows = setOfFields.reduce((sum, set) => sum + countOf(columns, set), 0);
    const bytes = rows * d * (dtype === "float64" ? 8 : 4);
    return d > rows ? 1 : Math.max(1, Math.ceil(bytes / maxBytes));
  }

  function part(columns: Columns, k: number, K: number): Part {
    const factors: number[] = [];
    const own = columns.map((set, index) => {
      const N = countOf(columns, index);
      const [from, to] = N < K ? [0, N] : [Math.floor((k * N) / K), Math.floor(((k + 1) * N) / K)];
      factors.push(Math.sqrt(N < K ? 1 / K : (to - from) / N));
      return set.map(({ data }) => ({ shape: [to - from], data: data.subarray(from, to) }));
    });
    return { columns: own, factors };
  }

  /** Rows of J and r times the factors of their sets, in place. */
  function scaleRows(J: Vector, r: Vector, { columns, factors }: Part): void {
    let row = 0;
    for (const set of setOfFields) {
      const factor = factors[set];
      for (const end = row + countOf(columns, set); row < end; row++) {
        r[row] *= factor;
        for (let j = row * d; j < (row + 1) * d; j++) J[j] *= factor;
      }
    }
  }

  async function summed(w: Vector, columns: Columns, K: number): Promise<NormalEvaluation> {
    const gram = zeros(d * d, dtype);
    const projection = new Float64Array(d);
    let value = 0;
    for (let k = 0; k < K; k++) {
      const own = part(columns, k, K);
      const { jacobian: J, residuals: r } = (await objective.jacobian!(w, own.columns)) as JacobianEvaluation;
      scaleRows(J, r, own);
      axpy(1, await gramOfColumns(J, d, objective.matrices!), gram);
      axpy(1, transposedTimes(J, r, d), projection);
      value += dot(r, r) / 2;
    }
    return { value, gram, projection };
  }

  return {
    ...objective,
    prepare(columns, uses) {
      const K = uses?.jacobian ? parts(columns, uses.jacobian.maxBytes) : 1;
      return objective.prepare!(K === 1 ? columns : part(columns, 0, K).columns, uses);
    },
    jacobian(w, columns, limit) {
      const K = parts(columns, limit?.maxBytes);
      return K === 1 ? objective.jacobian!(w, columns, limit) : summed(w, columns, K);
    },
  };
}
