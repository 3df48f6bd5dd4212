/** Residuals whose parameters and values are measured in units of their own: r̃(w) = s·r(w/u). */
import type { Closures } from "../../src/objective/closures.ts";
import type { ResidualClosures } from "../../src/training/least-squares.ts";
import type { Vector } from "../../src/vector/vector.ts";

/** r: [d] → [m] with its Jacobian, m rows. */
export interface Residuals {
  readonly residuals: (p: ArrayLike<number>) => ArrayLike<number>;
  readonly jacobian: (p: ArrayLike<number>) => readonly ArrayLike<number>[];
}

export function residualsIn(
  units: ArrayLike<number>,
  unit: number,
  { residuals, jacobian }: Residuals,
): Required<ResidualClosures> {
  const plain = (w: ArrayLike<number>) => Float64Array.from(units, (u, j) => w[j] / u);
  let known: { readonly w: Vector; readonly rows: readonly ArrayLike<number>[] } | undefined;
  const rowsAt = (w: Vector) => {
    if (known?.w !== w) known = { w, rows: jacobian(plain(w)) };
    return known.rows;
  };
  return {
    residuals: (w) => Float64Array.from(residuals(plain(w)), (r) => unit * r),
    jvp(w, v) {
      const p = plain(v);
      return Float64Array.from(rowsAt(w), (row) => {
        let sum = 0;
        for (let j = 0; j < p.length; j++) sum += row[j] * p[j];
        return unit * sum;
      });
    },
    vjp(w, u) {
      const g = new Float64Array(w.length);
      rowsAt(w).forEach((row, i) => {
        for (let j = 0; j < g.length; j++) g[j] += row[j] * u[i];
      });
      return g.map((x, j) => (unit * x) / units[j]);
    },
  };
}

/** f̃(w) = s·f(w/u). */
export function functionIn(units: ArrayLike<number>, unit: number, f: Required<Omit<Closures, "ggnvp">>): Closures {
  const plain = (w: ArrayLike<number>) => Float64Array.from(units, (u, j) => w[j] / u);
  const back = (v: Vector | Promise<Vector>) => Float64Array.from(v as Vector, (x, j) => (unit * x) / units[j]);
  return {
    value: (w, batch) => unit * (f.value(plain(w), batch) as number),
    gradient: (w, batch) => back(f.gradient(plain(w), batch)),
    hvp: (w, v, batch) => back(f.hvp(plain(w), plain(v), batch)),
  };
}
