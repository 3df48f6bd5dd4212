import { type MatrixEngine, plainEngine } from "../../src/linalg/matrix-engine.ts";

/** Plain loops that count: one matrix of 65 rows takes two calls to factor, J with itself one. */
export function countingEngine() {
  let count = 0;
  const engine: MatrixEngine = {
    name: "counting",
    multiply(A, B, shape) {
      count++;
      return plainEngine.multiply(A, B, shape);
    },
    solveTransposed(R, X, B, k, n) {
      count++;
      return plainEngine.solveTransposed(R, X, B, k, n);
    },
  };
  const calls = () => {
    const all = count;
    count = 0;
    return all;
  };
  return { engine, calls, factorisations: () => Math.floor(calls() / 2) };
}
