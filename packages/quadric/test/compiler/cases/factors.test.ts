import { lax, numpy as np } from "@jax-js/jax";
import { describe, test } from "vitest";
import { type Case, compiledOracles, eachBackend, expectOracles, jaxOracles, tensor } from "../../helpers/oracles.ts";

/** Matrices [*, n, n] that need rows exchanged, with determinants away from 0. */
const mixed = (x: np.Array): np.Array => x.add(np.flip(np.eye(x.shape.at(-1)!), 0).mul(-1.5));

/** XXᵀ + nI. */
const positive = (x: np.Array): np.Array => {
  const n = x.shape.at(-1)!;
  return np.matmul(x.ref, np.matrixTranspose(x)).add(np.eye(n).mul(n));
};

const solve = lax.linalg.triangularSolve;

const cases: Record<string, Case> = {
  "cholesky of a batch": {
    loss: ([x, w]) => np.sin(np.linalg.cholesky(positive(x)).mul(w)).sum(),
    params: [tensor([2, 4, 4], 1), tensor([4, 4], 2)],
  },
  "triangular solves from all sides": {
    loss: ([x, w]) => {
      const A = x.add(np.eye(4).mul(3));
      const left = solve(A.ref, w.ref, { leftSide: true, lower: true });
      const transposed = solve(A.ref, w.ref, { leftSide: true, lower: true, transposeA: true });
      const unit = solve(A.ref, w.ref, { leftSide: true, unitDiagonal: true });
      const right = solve(A, np.matrixTranspose(w));
      return np.sin(left.add(transposed).mul(unit)).sum().add(np.cos(right).sum());
    },
    params: [tensor([4, 4], 1), tensor([4, 3], 2)],
  },
  "solve, inv, det and slogdet": {
    loss: ([x, y]) => {
      const [sign, logarithm] = np.linalg.slogdet(mixed(x.ref));
      const solved = np.sin(np.linalg.solve(mixed(x.ref), y)).sum();
      const inverse = np.cos(np.linalg.inv(mixed(x.ref))).sum();
      return solved
        .add(inverse)
        .add(np.linalg.det(mixed(x)).sum())
        .add(sign.mul(logarithm).sum());
    },
    params: [tensor([2, 3, 3], 1), tensor([2, 3, 2], 2)],
  },
  "least squares": {
    loss: ([A, y]) => np.sin(np.linalg.lstsq(A.add(np.eye(6).slice([], [0, 3])), y)).sum(),
    params: [tensor([6, 3], 1), tensor([6, 2], 2)],
  },
  "sorted columns, order statistics, running maxima and the largest of each row": {
    loss: ([x, w]) => {
      const sorted = np.sort(np.sin(x.ref), 0).mul(w).sum();
      const running = np.where(np.tri(5, 5, 0, { dtype: np.bool }), x.ref.slice([], 0), -Infinity).max(-1);
      const median = np.square(np.sort(x.ref.mul(2)).slice([], 1)).sum();
      return sorted
        .add(median)
        .add(np.square(running).sum())
        .add(np.exp(lax.topK(x, 2)[0]).sum());
    },
    params: [tensor([5, 3], 1), tensor([5, 3], 2)],
  },
};

// Solutions amplify rounding by the condition of their matrix, some 30 here.
describe.each(eachBackend)("%s in %s", (_name, dtype, backend, tolerance) => {
  test.each(Object.entries(cases))("differentiates %s twice", async (_case, problem) => {
    expectOracles(await compiledOracles(problem, backend(), dtype), jaxOracles(problem), 10 * tolerance);
  });
});
