/** The residuals of fixtures/minimization.json, and objectives of their sums of squares with exact derivatives. */
import type { Closures } from "../../src/objective/closures.ts";
import minimization from "../fixtures/minimization.json" with { type: "json" };
import { type Jet, sum, variables } from "./jets.ts";

export interface Instance {
  readonly name: string;
  readonly family: string;
  readonly n: number;
  readonly m: number;
  readonly startFactor: number;
  readonly start: readonly number[];
  readonly valueAtStart: number;
  readonly minima: readonly {
    readonly value: number;
    readonly point: readonly number[] | null;
    readonly kind: string;
  }[];
  readonly tolerance: { readonly absolute: number; readonly relative: number };
}

interface Fixtures {
  readonly families: Readonly<Record<string, { readonly data?: { readonly y: readonly number[] } }>>;
  readonly instances: readonly Instance[];
}

const fixtures = minimization as unknown as Fixtures;

export const instances: readonly Instance[] = fixtures.instances;

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
const tables = (family: string): readonly number[] => fixtures.families[family].data!.y;
const constant = (x: Jet, value: number): Jet => x.mul(0).add(value);

/** r(x) with x_1 as x[0]; m as in the instance. */
const residuals: Readonly<Record<string, (x: readonly Jet[], m: number) => Jet[]>> = {
  "linear-full-rank": (x, m) => {
    const mean = sum(x).mul(2 / m);
    return range(1, m).map((i) => (i <= x.length ? x[i - 1].sub(mean) : mean.mul(-1)).sub(1));
  },
  "linear-rank-one": (x, m) => {
    const s = sum(x.map((xj, j) => xj.mul(j + 1)));
    return range(1, m).map((i) => s.mul(i).sub(1));
  },
  rosenbrock: ([x, y]) => [y.sub(x.mul(x)).mul(10), x.mul(-1).add(1)],
  "powell-singular": ([a, b, c, d]) => [
    a.add(b.mul(10)),
    c.sub(d).mul(Math.sqrt(5)),
    b.sub(c.mul(2)).pow(2),
    a.sub(d).pow(2).mul(Math.sqrt(10)),
  ],
  bard: ([a, b, c]) =>
    tables("bard").map((y, k) => {
      const u = k + 1;
      const v = 16 - u;
      const w = Math.min(u, v);
      return a
        .add(b.mul(v).add(c.mul(w)).pow(-1).mul(u))
        .mul(-1)
        .add(y);
    }),
  watson: (x) => [
    ...range(1, 29).map((i) => {
      const t = i / 29;
      const slope = sum(x.map((xj, j) => xj.mul(j === 0 ? 0 : j * t ** (j - 1))));
      return slope.sub(sum(x.map((xj, j) => xj.mul(t ** j))).pow(2)).sub(1);
    }),
    x[0],
    x[1].sub(x[0].pow(2)).sub(1),
  ],
  "box-3d": ([a, b, c], m) =>
    range(1, m).map((i) => {
      const t = i / 10;
      return a
        .mul(-t)
        .exp()
        .sub(b.mul(-t).exp())
        .sub(c.mul(Math.exp(-t) - Math.exp(-10 * t)));
    }),
  "jennrich-sampson": ([a, b], m) =>
    range(1, m).map((i) =>
      a
        .mul(i)
        .exp()
        .add(b.mul(i).exp())
        .mul(-1)
        .add(2 + 2 * i),
    ),
  "brown-dennis": ([a, b, c, d], m) =>
    range(1, m).map((i) => {
      const t = i / 5;
      const u = a.add(b.mul(t)).sub(Math.exp(t));
      return u.mul(u).add(
        c
          .add(d.mul(Math.sin(t)))
          .sub(Math.cos(t))
          .pow(2),
      );
    }),
  chebyquad: (x) => {
    const n = x.length;
    const polynomials = x.map((xj) => {
      const z = xj.mul(2).sub(1);
      const values = [constant(xj, 1), z];
      for (let i = 2; i <= n; i++)
        values.push(
          z
            .mul(values[i - 1])
            .mul(2)
            .sub(values[i - 2]),
        );
      return values;
    });
    return range(1, n).map((i) =>
      sum(polynomials.map((values) => values[i]))
        .mul(1 / n)
        .sub(i % 2 === 1 ? 0 : -1 / (i * i - 1)),
    );
  },
  "osborne-1": ([a, b, c, d, e]) =>
    tables("osborne-1").map((y, i) => {
      const t = 10 * i;
      return a
        .add(b.mul(d.mul(-t).exp()))
        .add(c.mul(e.mul(-t).exp()))
        .mul(-1)
        .add(y);
    }),
  bdqrtic: (x) => {
    const n = x.length;
    const square = (i: number) => x[i - 1].mul(x[i - 1]);
    return [
      ...range(1, n - 4).map((i) => x[i - 1].mul(-4).add(3)),
      ...range(1, n - 4).map((i) =>
        sum([square(i), square(i + 1).mul(2), square(i + 2).mul(3), square(i + 3).mul(4), square(n).mul(5)]),
      ),
    ];
  },
  cube: (x) => x.map((xi, i) => (i === 0 ? xi.sub(1) : xi.sub(x[i - 1].pow(3)).mul(10))),
  mancino: (x) =>
    x.map((xi, k) => {
      const i = k + 1;
      const terms = x.map((_, l) => {
        const v = xi
          .mul(xi)
          .add(i / (l + 1))
          .pow(0.5);
        return v.mul(v.log().sin().pow(5).add(v.log().cos().pow(5)));
      });
      return xi
        .mul(1400)
        .add((i - 50) ** 3)
        .add(sum(terms));
    }),
  beale: ([a, b]) =>
    [1.5, 2.25, 2.625].map((y, k) =>
      a
        .mul(
          b
            .pow(k + 1)
            .mul(-1)
            .add(1),
        )
        .mul(-1)
        .add(y),
    ),
  wood: ([a, b, c, d]) => [
    b.sub(a.mul(a)).mul(10),
    a.mul(-1).add(1),
    d.sub(c.mul(c)).mul(Math.sqrt(90)),
    c.mul(-1).add(1),
    b.add(d).sub(2).mul(Math.sqrt(10)),
    b.sub(d).mul(1 / Math.sqrt(10)),
  ],
  gaussian: ([a, b, c]) =>
    tables("gaussian").map((y, k) => {
      const t = (8 - (k + 1)) / 2;
      return a.mul(c.mul(-1).add(t).pow(2).mul(b).mul(-0.5).exp()).sub(y);
    }),
  "penalty-1": (x) => [...x.map((xi) => xi.sub(1).mul(Math.sqrt(1e-5))), sum(x.map((xi) => xi.mul(xi))).sub(0.25)],
  "variably-dimensioned": (x) => {
    const s = sum(x.map((xj, j) => xj.sub(1).mul(j + 1)));
    return [...x.map((xi) => xi.sub(1)), s, s.mul(s)];
  },
  "powell-badly-scaled": ([a, b]) => [a.mul(b).mul(1e4).sub(1), a.mul(-1).exp().add(b.mul(-1).exp()).sub(1.0001)],
  "chained-rosenbrock": (x) =>
    range(0, x.length - 2).flatMap((i) => [x[i + 1].sub(x[i].mul(x[i])).mul(10), x[i].mul(-1).add(1)]),
};

/** r at a point, with first and second derivatives. */
export function residualJets({ family, m }: Instance, x: ArrayLike<number>): Jet[] {
  return residuals[family](variables(x), m);
}

/** The listed minimum, of those with a point, whose value this is to its instance's tolerance. */
export function minimumOf({ minima, tolerance }: Instance, value: number): Instance["minima"][number] | undefined {
  const { absolute, relative } = tolerance;
  return minima.find((m) => m.point && Math.abs(value - m.value) <= absolute + relative * Math.abs(m.value));
}

/** f = Σ r², ∇f and ∇²f·v; everything of a point is computed once. */
export function sumOfSquares(instance: Instance): Required<Omit<Closures, "ggnvp">> {
  let known: { x: ArrayLike<number>; f: Jet } | undefined;
  const at = (x: ArrayLike<number>): Jet => {
    if (known?.x !== x) known = { x, f: sum(residualJets(instance, x).map((r) => r.mul(r))) };
    return known.f;
  };
  return {
    value: (x) => at(x).value,
    gradient: (x) => at(x).gradient,
    hvp(x, v) {
      const { hessian } = at(x);
      const n = v.length;
      return Float64Array.from({ length: n }, (_, i) => {
        let product = 0;
        for (let j = 0; j < n; j++) product += hessian[i * n + j] * v[j];
        return product;
      });
    },
  };
}
