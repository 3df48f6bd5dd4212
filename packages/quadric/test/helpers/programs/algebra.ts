/** Factors of matrices, systems of equations, orders and transforms. */
import { type Draw, isFloat, isSmall, type Operand, type Operation, ofRank, statement } from "./draw.ts";
import * as f from "./functions.ts";
import type { Arithmetic, Jet } from "./jet.ts";
import { extremum } from "./reductions.ts";
import { at, indicesOf, make, type Value } from "./values.ts";

const upTo = (n: number) => Array.from({ length: n }, (_, k) => k);
/** A matrix that is not weakly typed: the determinant of one-hot rows is an integer in jax-js, which takes the sign's type. */
const isMatrix = ({ shape, isWeak }: Value) => shape.length === 2 && shape[0] > 0 && shape[1] > 0 && !isWeak;
/** jax-js solves systems of one type only. */
const isLike = (x: Operand | undefined, { isNarrow, shape }: Value) =>
  Boolean(isNarrow) === Boolean(x?.value.isNarrow) && shape[0] === x?.value.shape[0];
const isModest = ({ data }: Value) => data.every(({ v }) => Math.abs(v) <= 2);

type Matrix = Jet[][];

const rowsOf = (x: Value): Matrix => upTo(x.shape[0]).map((i) => upTo(x.shape[1]).map((j) => at(x, [i, j])));
const valueOfRows = (rows: Matrix, { isNarrow }: Value): Value => ({
  ...make("float", [rows.length, rows[0].length], rows.flat()),
  isNarrow,
});

/** XXᵀ + I. */
function gram(a: Arithmetic, x: Value): Matrix {
  const rows = rowsOf(x);
  return rows.map((p, i) =>
    rows.map((q, j) => a.add(a.sum(p.map((s, k) => a.mul(s, q[k]))), a.plain(Number(i === j), true))),
  );
}

const gramText = (p: string, q: string, n: number) => `np.matmul(${p}, np.matrixTranspose(${q})).add(np.eye(${n}))`;

/** L with LLᵀ = A. */
function cholesky(a: Arithmetic, matrix: Matrix): Matrix {
  const L = matrix.map((row) => row.map(() => a.plain(0, true)));
  matrix.forEach((row, i) => {
    for (let j = 0; j <= i; j++) {
      const rest = a.sub(row[j], a.sum(upTo(j).map((k) => a.mul(L[i][k], L[j][k]))));
      L[i][j] = i === j ? f.sqrt(a, rest) : a.div(rest, L[j][j]);
    }
  });
  return L;
}

/** A⁻¹B by Gauss's elimination with pivots, and det A. */
function eliminated(a: Arithmetic, matrix: Matrix, right: Matrix): { solution: Matrix; determinant: Jet } {
  const rows = matrix.map((row, i) => [...row, ...right[i]]);
  const n = rows.length;
  let determinant = a.plain(1, true);
  for (let k = 0; k < n; k++) {
    const pivot = upTo(n)
      .slice(k)
      .reduce((best, i) => (Math.abs(rows[i][k].v) > Math.abs(rows[best][k].v) ? i : best), k);
    if (pivot !== k) {
      [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
      determinant = a.scale(determinant, -1);
    }
    determinant = a.mul(determinant, rows[k][k]);
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = a.div(rows[i][k], rows[k][k]);
      rows[i] = rows[i].map((x, j) => (j < k ? x : a.sub(x, a.mul(factor, rows[k][j]))));
    }
  }
  return { solution: rows.map((row, i) => row.slice(n).map((x) => a.div(x, row[i]))), determinant };
}

const positiveDefinite: Operation = (d) => {
  const x = d.operand((value) => isFloat(value) && isMatrix(value) && isModest(value));
  if (x === undefined) return undefined;
  const n = x.value.shape[0];
  const identity = (a: Arithmetic): Matrix => upTo(n).map((i) => upTo(n).map((j) => a.plain(Number(i === j), true)));
  switch (d.below(4)) {
    case 0:
      return statement(
        [x, x],
        (p, q) => `np.linalg.cholesky(${gramText(p, q, n)})`,
        (a, value) => valueOfRows(cholesky(a, gram(a, value)), value),
      );
    case 1:
      return statement(
        [x, x],
        (p, q) => `np.linalg.inv(${gramText(p, q, n)})`,
        (a, value) => valueOfRows(eliminated(a, gram(a, value), identity(a)).solution, value),
      );
    case 2:
      return statement(
        [x, x],
        (p, q) => `np.linalg.det(${gramText(p, q, n)})`,
        (a, value) => ({
          ...make("float", [], [eliminated(a, gram(a, value), identity(a)).determinant]),
          isNarrow: value.isNarrow,
        }),
      );
    default:
      return statement(
        [x, x],
        (p, q) => `np.linalg.slogdet(${gramText(p, q, n)})[1]`,
        (a, value) => ({
          ...make("float", [], [f.log(a, eliminated(a, gram(a, value), identity(a)).determinant)]),
          isNarrow: value.isNarrow,
        }),
      );
  }
};

/** (X + 5I)⁻¹B for a square X. */
const solve: Operation = (d) => {
  const x = d.operand(
    (value) => isFloat(value) && isMatrix(value) && value.shape[0] === value.shape[1] && isModest(value),
  );
  const b = d.operand((value) => isFloat(value) && isMatrix(value) && isLike(x, value));
  if (x === undefined || b === undefined) return undefined;
  const n = x.value.shape[0];
  return statement(
    [x, b],
    (p, q) => `np.linalg.solve(${p}.add(np.eye(${n}).mul(5)), ${q})`,
    (a, p, q) => {
      const matrix = rowsOf(p).map((row, i) => row.map((jet, j) => a.add(jet, a.plain(i === j ? 5 : 0, true))));
      return valueOfRows(eliminated(a, matrix, rowsOf(q)).solution, q);
    },
  );
};

/** L⁻¹B with the lower triangle of X, its diagonal lifted. */
const triangularSolve: Operation = (d) => {
  const x = d.operand(
    (value) => isFloat(value) && isMatrix(value) && value.shape[0] === value.shape[1] && isModest(value),
  );
  const b = d.operand((value) => isFloat(value) && isMatrix(value) && isLike(x, value));
  if (x === undefined || b === undefined) return undefined;
  const n = x.value.shape[0];
  const source = (p: string, q: string) =>
    `lax.linalg.triangularSolve(np.tril(${p}.add(np.eye(${n}).mul(3))), ${q}, { leftSide: true, lower: true })`;
  return statement([x, b], source, (a, p, q) => {
    const L = rowsOf(p).map((row, i) => row.map((jet, j) => (i === j ? a.add(jet, a.plain(3, true)) : jet)));
    const right = rowsOf(q);
    const solution: Matrix = [];
    right.forEach((row, i) => {
      solution.push(
        row.map((y, c) => a.div(a.sub(y, a.sum(upTo(i).map((k) => a.mul(L[i][k], solution[k][c])))), L[i][i])),
      );
    });
    return valueOfRows(solution, q);
  });
};

const axisOf = (d: Draw, x: Operand): number => d.below(x.value.shape.length);

/** The elements along an axis in another order, of which `take` are kept. */
function alongAxis(x: Value, axis: number, length: number, of: (xs: Jet[]) => Jet[]): Value {
  const shape = x.shape.with(axis, length);
  const groups = new Map<string, Jet[]>();
  return {
    ...x,
    shape,
    data: indicesOf(shape).map((index) => {
      const key = `${index.with(axis, 0)}`;
      let group = groups.get(key);
      if (group === undefined) {
        group = of(upTo(x.shape[axis]).map((k) => at(x, index.with(axis, k))));
        groups.set(key, group);
      }
      return group[index[axis]];
    }),
  };
}

/** Stable: of equal elements the first comes first. */
const ordered = (xs: readonly Jet[]) => upTo(xs.length).toSorted((p, q) => xs[p].v - xs[q].v || p - q);

const order: Operation = (d) => {
  const x = d.operand((value) => ofRank(1)(value) && value.data.length > 0);
  if (x === undefined) return undefined;
  const axis = axisOf(d, x);
  const n = x.value.shape[axis];
  switch (d.below(3)) {
    case 0:
      return statement(
        [x],
        (p) => `np.sort(${p}, ${axis})`,
        (_a, value) => alongAxis(value, axis, n, (xs) => ordered(xs).map((k) => xs[k])),
      );
    case 1:
      return statement(
        [x],
        (p) => `np.argsort(${p}, ${axis})`,
        (a, value) => ({
          ...alongAxis(value, axis, n, (xs) => ordered(xs).map((k) => a.plain(k, true))),
          kind: "int",
          isWeak: false,
        }),
      );
    default: {
      const k = 1 + d.below(n);
      return statement(
        [x],
        (p) => `lax.topK(${p}, ${k}, ${axis})[0]`,
        (_a, value) =>
          alongAxis(value, axis, k, (xs) =>
            upTo(n)
              .toSorted((p, q) => xs[q].v - xs[p].v || p - q)
              .slice(0, k)
              .map((i) => xs[i]),
          ),
      );
    }
  }
};

/** The maxima of an array [n] so far. */
const cumulativeMaximum: Operation = (d) => {
  const x = d.operand((value) => ofRank(1, isFloat, 1)(value) && value.data.length > 0 && value.data.length < 6);
  if (x === undefined) return undefined;
  const n = x.value.shape[0];
  const source = (p: string) => `np.where(np.tri(${n}, ${n}, 0, { dtype: np.bool }), ${p}, -Infinity).max(-1)`;
  return statement([x], source, (a, value) => ({
    ...value,
    data: value.data.map((_, i) => extremum(a, value.data.slice(0, i + 1), 1)),
  }));
};

/** One part of the Fourier transform along an axis. */
const transform: Operation = (d) => {
  const x = d.operand((value) => ofRank(1)(value) && value.data.length > 0);
  if (x === undefined) return undefined;
  const axis = axisOf(d, x);
  const n = x.value.shape[axis];
  const m = Math.floor(n / 2) + 1;
  const [part, wave] = d.pick([
    ["real", f.cos],
    ["imag", (a: Arithmetic, angle: Jet) => a.scale(f.sin(a, angle), -1)],
  ] as const);
  if (!isSmall(x.value.shape.with(axis, m))) return undefined;
  return statement(
    [x],
    (p) => `np.fft.rfft(${p}, ${axis}).${part}`,
    (a, value) =>
      alongAxis(value, axis, m, (xs) =>
        upTo(m).map((k) => a.sum(xs.map((jet, t) => a.mul(wave(a, a.constant((2 * Math.PI * k * t) / n)), jet)))),
      ),
  );
};

export const algebra: readonly Operation[] = [
  ...[positiveDefinite, positiveDefinite, solve, triangularSolve, order, order, cumulativeMaximum, transform],
];
