/**
 * Numbers with what the parameters do to them, for derivatives by another route than any engine: forward mode in plain
 * float64. Along a direction d of the n parameters a number f carries
 *
 *   v = f    g = ∇f [n]    t = dᵀ∇f    h = ∇²f·d [n]
 *
 * Rounding is imitated: `unit` > 0 moves every result at random by so much of its size, so that a few evaluations of a
 * program show how far apart two correct engines may be (Monte Carlo arithmetic, [Parker1997]). What is exact in
 * float32, such as a sum of small integers, stays so: ties stay ties.
 */
export interface Jet {
  readonly v: number;
  readonly t: number;
  /** Absent where all is 0. */
  readonly g?: Float64Array;
  readonly h?: Float64Array;
  /** Whether every engine has exactly this number. */
  readonly exact: boolean;
}

/** f′ and f″ of a function, and absolute errors of f, f′ and f″ in units, beside the relative ones. */
export interface Slopes {
  readonly slope: number;
  readonly curvature: number;
  readonly noise?: readonly [number, number, number];
}

/** f_x, f_y and f_xx, f_xy, f_yy. */
export interface Partials {
  readonly slopes: readonly [number, number];
  readonly curvatures: readonly [number, number, number];
}

export interface Arithmetic {
  /** Whether a number left the range in which engines of all precisions are compared. */
  readonly isOutside: () => boolean;
  /** A computed place in an axis of n. One that rounding moves out of the axis leaves the range too, and is 0. */
  place(x: Jet, n: number): number;
  constant(v: number): Jet;
  /** Parameter i; `exact` unless it was computed. */
  variable(v: number, i: number, exact?: boolean): Jet;
  /** A number without derivatives; `exact` if it is a decision or an integer. */
  plain(v: number, exact?: boolean): Jet;
  apply(x: Jet, v: number, slopes: Slopes): Jet;
  combine(x: Jet, y: Jet, v: number, partials: Partials): Jet;
  add(x: Jet, y: Jet): Jet;
  sub(x: Jet, y: Jet): Jet;
  mul(x: Jet, y: Jet): Jet;
  div(x: Jet, y: Jet): Jet;
  scale(x: Jet, c: number): Jet;
  sum(xs: readonly Jet[]): Jet;
}

/** Beyond it squares overflow in float32. */
const largest = 1e15;

/**
 * @param direction - d, [n].
 * @param unit - of the rounding that is imitated; 0 for none.
 * @param random - numbers in [−1, 1].
 */
export function makeArithmetic(direction: Float64Array, unit = 0, random: () => number = () => 0): Arithmetic {
  const n = direction.length;
  let outside = false;
  // What float32 cannot hold, 1e-38, is lost.
  const smallest = unit > 1e-12 ? 1e-36 : 0;

  function round(x: number, noise = 0): number {
    if (!(Math.abs(x) < largest)) outside = true;
    if (unit === 0) return x;
    const moved = x * (1 + unit * random()) + noise * unit * random();
    return x === 0 ? moved : moved + smallest * random();
  }

  function value(v: number, exact: boolean, noise = 0): Pick<Jet, "v" | "exact"> {
    const kept = exact && Math.fround(v) === v;
    return { v: kept ? v : round(v, noise), exact: kept };
  }

  const mixed = (
    v: Pick<Jet, "v" | "exact">,
    terms: readonly (readonly [number, Jet, number, number?, Jet?])[],
  ): Jet => {
    // terms: [f′, x, f″xx · along x itself, f″xy, y]
    if (terms.every(([, x]) => x.g === undefined)) return { ...v, t: 0 };
    const g = new Float64Array(n);
    const h = new Float64Array(n);
    let t = 0;
    for (const [slope, x, own, cross = 0, y] of terms) {
      if (x.g === undefined) continue;
      t += slope * x.t;
      for (let i = 0; i < n; i++) {
        g[i] += slope * x.g[i];
        h[i] += slope * x.h![i] + own * x.t * x.g[i] + (cross && y?.g ? cross * y.t * x.g[i] : 0);
      }
    }
    for (let i = 0; i < n; i++) {
      g[i] = round(g[i]);
      h[i] = round(h[i]);
    }
    return { ...v, t: round(t), g, h };
  };

  const a: Arithmetic = {
    isOutside: () => outside,
    place({ v }, n) {
      if (v >= 0 && v < n) return v;
      outside = true;
      return 0;
    },
    constant: (v) => ({ ...value(v, true), t: 0 }),
    variable: (v, i, exact = Math.fround(v) === v) => {
      const g = new Float64Array(n);
      g[i] = 1;
      return { v: exact ? v : round(v), t: direction[i], g, h: new Float64Array(n), exact };
    },
    plain: (v, exact = false) => ({ ...value(v, exact), t: 0 }),
    apply(x, v, { slope, curvature, noise = [0, 0, 0] }) {
      const y = value(v, x.exact, noise[0]);
      return x.g === undefined ? { ...y, t: 0 } : mixed(y, [[round(slope, noise[1]), x, round(curvature, noise[2])]]);
    },
    combine(x, y, v, { slopes: [fx, fy], curvatures: [fxx, fxy, fyy] }) {
      const cross = round(fxy);
      return mixed(value(v, x.exact && y.exact), [
        [round(fx), x, round(fxx), cross, y],
        [round(fy), y, round(fyy), cross, x],
      ]);
    },
    add: (x, y) => a.combine(x, y, x.v + y.v, { slopes: [1, 1], curvatures: [0, 0, 0] }),
    sub: (x, y) => a.combine(x, y, x.v - y.v, { slopes: [1, -1], curvatures: [0, 0, 0] }),
    mul: (x, y) => a.combine(x, y, x.v * y.v, { slopes: [y.v, x.v], curvatures: [0, 1, 0] }),
    div(x, y) {
      const r = 1 / y.v;
      return a.combine(x, y, x.v / y.v, { slopes: [r, -x.v * r * r], curvatures: [0, -r * r, 2 * x.v * r * r * r] });
    },
    scale: (x, c) => a.mul(a.constant(c), x),
    sum: (xs) => xs.reduce(a.add, a.plain(0, true)),
  };
  return a;
}
