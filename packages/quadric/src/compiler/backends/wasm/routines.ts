/**
 * Algorithms that run beside the compiled loops, in JavaScript on the memory of the module: factors of matrices and
 * sorting, whose steps follow one another.
 *
 * Sums are in float64. Batches of matrices lie along leading axes.
 */
import type { TensorData } from "../../../vector/tensor.ts";
import { type Node, type Op, triangleOf } from "../../ir/graph.ts";

/** Fills the target from the inputs, all row-major. */
export type Routine = (inputs: readonly TensorData[], target: TensorData) => void;

/** `body` for the matrices of each place of the batch, as views. */
function forEachMatrix(sizes: readonly number[], tensors: readonly TensorData[], body: (...x: TensorData[]) => void) {
  const count = sizes[0] === 0 ? 0 : tensors[0].length / sizes[0];
  for (let i = 0; i < count; i++) {
    body(...tensors.map((x, k) => x.subarray(i * sizes[k], (i + 1) * sizes[k])));
  }
}

function cholesky({ shape }: Node): Routine {
  const n = shape.at(-1)!;
  return ([A], target) => {
    target.fill(0);
    forEachMatrix([n * n, n * n], [A, target], (a, l) => {
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) {
          let sum = a[i * n + j];
          for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
          l[i * n + j] = i === j ? Math.sqrt(sum) : sum / l[j * n + j];
        }
      }
    });
  };
}

/** Rows are taken in the order in which they become known; each takes the known ones off, so all reads are contiguous. */
function triangularSolve(node: Node): Routine {
  const { lower, transposed, unit } = triangleOf(node);
  const [n, m] = node.shape.slice(-2);
  const [row, column] = transposed ? [1, n] : [n, 1];
  const descends = lower === transposed;
  return ([B, A], target) => {
    target.set(B);
    const sums = new Float64Array(m);
    forEachMatrix([n * n, n * m], [A, target], (a, x) => {
      for (let step = 0; step < n; step++) {
        const i = descends ? n - 1 - step : step;
        for (let j = 0; j < m; j++) sums[j] = x[i * m + j];
        for (let earlier = 0; earlier < step; earlier++) {
          const k = descends ? n - 1 - earlier : earlier;
          const factor = a[i * row + k * column];
          for (let j = 0; j < m; j++) sums[j] -= factor * x[k * m + j];
        }
        const diagonal = unit ? 1 : a[i * (n + 1)];
        for (let j = 0; j < m; j++) x[i * m + j] = sums[j] / diagonal;
      }
    });
  };
}

/** Gaussian elimination; the row of the largest entry goes up. */
function lu({ shape }: Node): Routine {
  const [n, width] = shape.slice(-2);
  return ([A], target) => {
    forEachMatrix([n * n, n * width], [A, target], (a, packed) => {
      for (let i = 0; i < n; i++) {
        packed.set(a.subarray(i * n, (i + 1) * n), i * width);
        packed[i * width + n] = i;
      }
      for (let j = 0; j < n; j++) {
        let pivot = j;
        for (let i = j + 1; i < n; i++) {
          if (Math.abs(packed[i * width + j]) > Math.abs(packed[pivot * width + j])) pivot = i;
        }
        for (let k = 0; k <= n && pivot !== j; k++) {
          const [x, y] = [packed[j * width + k], packed[pivot * width + k]];
          packed[j * width + k] = y;
          packed[pivot * width + k] = x;
        }
        packed[j * width + n + 1] = pivot;
        const diagonal = packed[j * (width + 1)];
        for (let i = j + 1; i < n && diagonal !== 0; i++) {
          const factor = packed[i * width + j] / diagonal;
          packed[i * width + j] = factor;
          for (let k = j + 1; k < n; k++) packed[i * width + k] -= factor * packed[j * width + k];
        }
      }
    });
  };
}

function argsort({ shape }: Node): Routine {
  const n = shape.at(-1)!;
  const order = (x: number, y: number) => (x < y ? -1 : x > y ? 1 : Number(Number.isNaN(x)) - Number(Number.isNaN(y)));
  return ([X], target) => {
    forEachMatrix([n, n], [X, target], (x, places) => {
      for (let i = 0; i < n; i++) places[i] = i;
      places.sort((i, j) => order(x[i], x[j]) || i - j);
    });
  };
}

/** The primitives that run so, made for a node. */
export const routines: Partial<Record<Op, (node: Node) => Routine>> = {
  cholesky,
  lu,
  triangular_solve: triangularSolve,
  argsort,
};
