import { describe, expect, test } from "vitest";
import { symmetricEigen } from "../../src/linalg/symmetric-eigen.ts";
import { shampoo, soap } from "../../src/norm/kronecker.ts";
import { norms } from "../../src/norm/norms.ts";
import type { Layout } from "../../src/vector/layout.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import "../helpers/matchers.ts";

const [m, n] = [3, 4];
const matrix: Layout = { size: m * n, tensors: [{ name: "w", shape: [m, n], offset: 0, size: m * n }] };
const gradients = Array.from({ length: 5 }, (_, t) => normalVector(makeRandom(4, t), m * n));
const X = normalVector(makeRandom(5), m * n);

type Dense = number[][];
const rows = (v: ArrayLike<number>, r: number, c: number): Dense =>
  Array.from({ length: r }, (_, i) => Array.from({ length: c }, (_, j) => v[i * c + j]));
const times = (A: Dense, B: Dense): Dense =>
  A.map((row) => B[0].map((_, j) => row.reduce((s, x, k) => s + x * B[k][j], 0)));
const flipped = (A: Dense): Dense => A[0].map((_, j) => A.map((row) => row[j]));
const plus = (A: Dense, B: Dense, b: number): Dense => A.map((row, i) => row.map((x, j) => x + b * B[i][j]));

/** (M + ε)^{1/4} by two square roots of Denman and Beavers' iteration: nothing in common with an eigensystem. */
function fourthRoot(M: Dense, epsilon: number): Dense {
  const eye: Dense = M.map((row, i) => row.map((_, j) => (i === j ? 1 : 0)));
  const squareRoot = (S: Dense): Dense => {
    let [Y, Z] = [S, eye];
    for (let pass = 0; pass < 40; pass++) {
      [Y, Z] = [plus(Y, inverse(Z), 1), plus(Z, inverse(Y), 1)].map((P) => P.map((row) => row.map((x) => x / 2)));
    }
    return Y;
  };
  return squareRoot(squareRoot(plus(M, eye, epsilon)));
}

function inverse(M: Dense): Dense {
  const k = M.length;
  const A = M.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let p = 0; p < k; p++) {
    const pivot = A[p][p];
    A[p] = A[p].map((x) => x / pivot);
    for (let i = 0; i < k; i++) if (i !== p) A[i] = A[i].map((x, j) => x - A[i][p] * A[p][j]);
  }
  return A.map((row) => row.slice(k));
}

function factors(beta: number): { L: Dense; R: Dense } {
  let L: Dense = rows(new Float64Array(m * m), m, m);
  let R: Dense = rows(new Float64Array(n * n), n, n);
  for (const g of gradients) {
    const G = rows(g, m, n);
    L = plus(L.map((row) => row.map((x) => beta * x)), times(G, flipped(G)), 1 - beta); // biome-ignore format: one formula
    R = plus(R.map((row) => row.map((x) => beta * x)), times(flipped(G), G), 1 - beta); // biome-ignore format: one formula
  }
  return { L, R };
}

describe("shampoo()", () => {
  test("is L^{1/4} ⊗ R^{1/4}: AX = (L + ε)^{1/4} X (R + ε)^{1/4}", () => {
    const norm = shampoo({ beta: 0.9, biasCorrection: false, epsilon: 1e-2, refreshEvery: 1 }).fresh(matrix);
    for (const g of gradients) norm.update(g);
    const { L, R } = factors(0.9);
    const expected = times(times(fourthRoot(L, 1e-2), rows(X, m, n)), fourthRoot(R, 1e-2)).flat();
    expect(norm.multiply(X)).toBeAllclose(expected, { relative: 1e-11 });
    expect(norm.solve(Float64Array.from(expected))).toBeAllclose(X, { relative: 1e-11 });
  });

  test("keeps its roots between refreshes while its factors go on averaging", () => {
    const norm = shampoo({ refreshEvery: 3 }).fresh(matrix);
    const images = gradients.map((g) => {
      norm.update(g);
      return Array.from(norm.multiply(X));
    });
    expect(images[1]).toEqual(images[0]);
    expect(images[2]).toEqual(images[0]);
    expect(images[3]).not.toEqual(images[0]);
    expect(images[4]).toEqual(images[3]);
  });
});

describe("soap()", () => {
  test("is RMSProp in the eigenbasis of Shampoo", () => {
    const norm = soap({ beta: 0.9, biasCorrection: false, epsilon: 1e-2, refreshEvery: 10 }).fresh(matrix);
    // The bases are those of the first gradient; later ones only feed the second moment.
    const G = rows(gradients[0], m, n);
    const basis = (S: Dense) => rows(symmetricEigen(Float64Array.from(S.flat()), S.length).vectors, S.length, S.length);
    const [QL, QR] = [basis(times(G, flipped(G))), basis(times(flipped(G), G))];
    const forth = (v: ArrayLike<number>) => times(times(QL, rows(v, m, n)), flipped(QR)).flat();
    const plain = norms.rmsprop({ beta: 0.9, epsilon: 1e-2 });
    for (const g of gradients) {
      norm.update(g);
      plain.update(Float64Array.from(forth(g)));
    }
    expect(forth(norm.multiply(X))).toBeAllclose(plain.multiply(Float64Array.from(forth(X))), { relative: 1e-11 });
  });

  test("is RMSProp itself for vectors and for matrices with a side too large", () => {
    const layout: Layout = {
      size: 15,
      tensors: [
        { name: "w", shape: [3, 4], offset: 0, size: 12 },
        { name: "b", shape: [3], offset: 12, size: 3 },
      ],
    };
    const [norm, plain] = [soap({ maxSide: 3 }).fresh(layout), norms.adam({ beta: 0.95 })];
    for (let t = 0; t < 4; t++) {
      const g = normalVector(makeRandom(6, t), 15);
      norm.update(g);
      plain.update(g);
    }
    const v = normalVector(makeRandom(7), 15);
    expect(norm.solve(v)).toBeAllclose(plain.solve(v));
  });
});

test("Kronecker norms say what must hold when misused", () => {
  expect(() => shampoo({ refreshEvery: 0 })).toThrow("shampoo: refreshEvery must be an integer >= 1, got 0.");
  expect(() => soap({ maxSide: 0.5 })).toThrow("soap: maxSide must be an integer >= 1, got 0.5.");
  expect(() => soap({ epsilonPlacement: "initialOnly" as never })).toThrow(
    "soap: epsilonPlacement must be one of inside, outside, got initialOnly.",
  );
});

test.each([shampoo, soap])(
  "with bias correction $name is the same after any number of the same gradient",
  (kronecker) => {
    const norm = kronecker({ refreshEvery: 2 }).fresh(matrix);
    norm.update(gradients[0]);
    const once = Float64Array.from(norm.solve(X));
    for (let t = 0; t < 4; t++) {
      norm.update(gradients[0]);
      // The gradient has rank 3 of 4: along the missing direction rounding of 1e-16 stands against ε = 1e-10.
      expect(norm.solve(X)).toBeAllclose(once, { relative: 1e-5 });
    }
  },
);
