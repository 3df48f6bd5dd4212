/**
 * Muon [Jordan2024]: matrices move along the nearest orthogonal matrix to their momentum, found by five Newton–Schulz steps
 *
 *   X ← aX + (bXXᵀ + c(XXᵀ)²)X     a, b, c = 3.4445, −4.7750, 2.0315     X₀ = M/‖M‖_F
 *
 * times the rate, 0.02 unless told, and √max(1, rows/columns); β = 0.95 with Nesterov's look ahead. Everything else, the last
 * matrix too, moves by Adam at 3e-4, β = (0.9, 0.95). A tensor of more than two axes is a matrix by its last.
 */
import { onnx } from "quadric/node";
import { compiledMatrixEngine } from "../../../quadric/dist/compiler/matrix-engine.js";
import { dot } from "../../../quadric/dist/vector/kernels.js";
import { rival } from "./rival.mjs";

const [a, b, c] = [3.4445, -4.775, 2.0315];
const beta = 0.95;

/** Products by the compiled programs that Gauss–Newton has, so that the rival runs the best kernel here. */
const engine = compiledMatrixEngine(onnx({ threads: 1 }));

/** The nearest orthogonal matrix, roughly: singular values between 0.7 and 1.2. M is [rows, columns]. */
export async function orthogonalized(M, rows, columns) {
  // The smaller Gram matrix: XXᵀ in front of X, or XᵀX behind it.
  const wide = rows <= columns;
  const n = Math.min(rows, columns);
  const gram = { m: n, k: Math.max(rows, columns), n, [wide ? "transposeB" : "transposeA"]: true };
  const norm = Math.sqrt(dot(M, M)) + 1e-7;
  let X = M.map((x) => x / norm);
  for (let k = 0; k < 5; k++) {
    const S = await engine.multiply(X, X, gram);
    const SS = await engine.multiply(S, S, { m: n, k: n, n });
    const P = S.map((s, i) => b * s + c * SS[i]);
    const Y = await (wide
      ? engine.multiply(P, X, { m: n, k: n, n: columns })
      : engine.multiply(X, P, { m: rows, k: n, n }));
    X = X.map((x, i) => a * x + Y[i]);
  }
  return X;
}

export const muon = (rate = 0.02) =>
  rival("muon", ({ layout }, start) => {
    const x = start.slice();
    const matrices = layout.tensors.filter(({ shape, size }) => shape.length > 1 && size > Math.max(...shape));
    const hidden = new Set(matrices.slice(0, -1));
    const [m, v] = [0, 1].map(() => start.slice().fill(0));
    let t = 0;
    return {
      at: x,
      found: x,
      async update(g) {
        t++;
        for (const tensor of layout.tensors) {
          const { offset, size, shape } = tensor;
          const end = offset + size;
          if (hidden.has(tensor)) {
            const columns = shape.at(-1);
            const rows = size / columns;
            const ahead = new Float32Array(size);
            for (let i = offset; i < end; i++) {
              m[i] += (1 - beta) * (g[i] - m[i]);
              ahead[i - offset] = (1 - beta) * g[i] + beta * m[i];
            }
            const O = await orthogonalized(ahead, rows, columns);
            // Weights are inputs × outputs here, so that the outputs are the rows of its authors.
            const length = rate * Math.sqrt(Math.max(1, columns / rows));
            for (let i = offset; i < end; i++) x[i] -= length * O[i - offset];
          } else {
            const [c1, c2] = [1 - 0.9 ** t, 1 - 0.95 ** t];
            for (let i = offset; i < end; i++) {
              m[i] = 0.9 * m[i] + 0.1 * g[i];
              v[i] = 0.95 * v[i] + 0.05 * g[i] * g[i];
              x[i] -= (3e-4 * (m[i] / c1)) / (Math.sqrt(v[i] / c2) + 1e-10);
            }
          }
        }
      },
    };
  });
