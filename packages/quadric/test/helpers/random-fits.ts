/**
 * Random fits and minimisations in random units: noisy data, starts within a factor of ten, four curves of 2 to 3 parameters, one of
 * 81, and a convex function of 3 or 70. Everything that another program needs to run the same problem is plain data.
 */
import type { Closures } from "../../src/objective/closures.ts";
import { makeRandom } from "../../src/vector/random.ts";
import type { Dtype, Vector } from "../../src/vector/vector.ts";
import type { Residuals } from "./in-units.ts";

/** y = f(x; p) with its derivatives in p. */
type Curve = (p: ArrayLike<number>, x: number) => readonly [value: number, ...slopes: number[]];

const curves = {
  line: (p, x) => [p[0] + p[1] * x, 1, x],
  decay: (p, x) => {
    const e = Math.exp(-p[1] * x);
    return [p[0] * e, e, -p[0] * x * e];
  },
  peak: (p, x) => {
    const u = (x - p[1]) / p[2];
    const e = Math.exp(-u * u);
    return [p[0] * e, e, (2 * p[0] * u * e) / p[2], (2 * p[0] * u * u * e) / p[2]];
  },
  saturation: (p, x) => [(p[0] * x) / (p[1] + x), x / (p[1] + x), (-p[0] * x) / (p[1] + x) ** 2],
} satisfies Record<string, Curve>;

export type Kind = keyof typeof curves | "decays" | "barrier";

export interface RandomProblem {
  readonly kind: Kind;
  readonly dtype: Dtype;
  /** Data of a fit; empty of a minimisation. */
  readonly y: readonly number[];
  readonly truth: readonly number[];
  /** In plain units. */
  readonly start: readonly number[];
  /** Of the parameters, and of the residuals or the function. */
  readonly units: readonly number[];
  readonly unit: number;
}

const abscissae = Array.from({ length: 30 }, (_, i) => i / 10);
const kinds: readonly Kind[] = ["line", "decay", "peak", "saturation", "barrier"];
const sizes = { line: 2, decay: 2, peak: 3, saturation: 2, decays: 81, barrier: 3 } as const;

/** Problem k; every twentieth has 70 or 81 parameters. */
export function randomProblem(k: number): RandomProblem {
  const random = makeRandom(7, k);
  const isLarge = k % 20 === 19;
  const kind = isLarge ? (k % 40 === 19 ? "decays" : "barrier") : kinds[k % kinds.length];
  const size = isLarge && kind === "barrier" ? 70 : sizes[kind];
  const decades = () => 10 ** (24 * random.uniform() - 12);
  const truth = Array.from({ length: size }, () => 0.5 + random.uniform());
  const reach = isLarge ? 3 : 3 + 7 * random.uniform();
  const problem = {
    ...{ kind, dtype: random.uniform() < 0.5 ? ("float64" as const) : ("float32" as const), truth },
    start: truth.map((t) => t * reach ** (2 * random.uniform() - 1)),
    ...{ units: truth.map(decades), unit: decades(), y: [] },
  };
  if (kind === "barrier") return problem;
  const noise = 10 ** (-1 - 2 * random.uniform());
  const exact = residualsOf({ ...problem, y: [] }).residuals(truth);
  return { ...problem, y: Array.from(exact, (value) => value + noise * random.normal()) };
}

/** In plain units; without y the values of the model. */
export function residualsOf({ kind, y, truth }: RandomProblem): Residuals {
  if (kind === "decays") return decays(truth.length, y);
  const curve = curves[kind as keyof typeof curves] as Curve;
  return {
    residuals: (p) => abscissae.map((x, i) => curve(p, x)[0] - (y[i] ?? 0)),
    jacobian: (p) => abscissae.map((x) => curve(p, x).slice(1)),
  };
}

/** Forty decays that share an offset, at eight times each. */
function decays(d: number, y: readonly number[]): Residuals {
  const rows = Array.from({ length: 8 * ((d - 1) / 2) }, (_, i) => ({ k: 2 * Math.floor(i / 8), x: (i % 8) / 4 }));
  return {
    residuals: (p) => rows.map(({ k, x }, i) => p[k] * Math.exp(-p[k + 1] * x) + p[d - 1] - (y[i] ?? 0)),
    jacobian: (p) =>
      rows.map(({ k, x }) => {
        const row = new Float64Array(d);
        const e = Math.exp(-p[k + 1] * x);
        [row[k], row[k + 1], row[d - 1]] = [e, -p[k] * x * e, 1];
        return row;
      }),
  };
}

/** Σ u − log u of u = p/truth, least at the truth. */
export function barrierOf({ truth }: RandomProblem): Required<Omit<Closures, "ggnvp">> {
  const u = (p: Vector) => truth.map((t, j) => p[j] / t);
  return {
    value: (p) => u(p).reduce((sum, x) => sum + (x > 0 ? x - Math.log(x) : Number.NaN), 0),
    gradient: (p) => Float64Array.from(u(p), (x, j) => (1 - 1 / x) / truth[j]),
    hvp: (p, v) => Float64Array.from(u(p), (x, j) => v[j] / (x * truth[j]) ** 2),
  };
}
