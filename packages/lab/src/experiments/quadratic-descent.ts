/**
 * First-order methods as trust regions, on quadratics that can be drawn.
 *
 *   f(w) = ½wᵀHw + bᵀw,    H = Q diag(1, κ) Qᵀ,    b = Q(0.2, 0.2)ᵀ,    minimiser w* = −H⁻¹b
 *   w ← w − η·A⁻¹g,        which minimises gᵀs over ‖s‖_A ≤ η‖g‖_{A⁻¹}
 *
 * Gradient descent: A = I, η = 1/(6κ). Adagrad: A = diag(Σg²)^½, η = 2/3. Full-matrix Adagrad: A = (Σggᵀ)^½, η = 2/3.
 * Symbols: κ condition number, Q rotation, g gradient at w, A ellipsoid, η learning rate. A quadratic turned by Q from
 * a start turned by Q is the same problem in other coordinates: it changes only methods that know the coordinates.
 * References: [Kohler2020, Theorem 1 and the figure of quadratics].
 */
import { type Norm, norms } from "quadric";
import { makeDraws, mean, quantile } from "quadric-cli/internal";

export type QuadraticMethod = "gradient descent" | "Adagrad" | "full-matrix Adagrad";
export const quadraticMethods: readonly QuadraticMethod[] = ["gradient descent", "Adagrad", "full-matrix Adagrad"];

type Point = readonly [number, number];

export interface Quadratic {
  /** κ ≥ 1. */
  readonly condition: number;
  /** Q turns by so many degrees. */
  readonly angle: number;
}

/** One iterate, and the region of the step that leaves it. */
export interface Iterate {
  readonly point: Point;
  readonly suboptimality: number;
  /** η‖g‖_{A⁻¹}. */
  readonly radius: number;
  /** A, row by row. */
  readonly ellipsoid: readonly [number, number, number, number];
}

/** The paper's, before the rotation. */
export const start: Point = [2.5, -7.5];
const linear: Point = [0.2, 0.2];

/**
 * ε: the table has none. In coordinates 1e-300 is as good as that; the whole matrix has rank one after the first
 * gradient, and its floor keeps A⁻¹ from blowing up the rounding of g across it.
 */
const makeNorm: Readonly<Record<QuadraticMethod, () => Norm>> = {
  "gradient descent": () => norms.euclidean(),
  Adagrad: () => norms.adagrad({ epsilon: 1e-300 }),
  "full-matrix Adagrad": () => norms.fullMatrix({ accumulate: "adagrad", epsilon: 1e-10 }),
};

export const rateOf = (method: QuadraticMethod, { condition }: Quadratic): number =>
  method === "gradient descent" ? 1 / (6 * condition) : 2 / 3;

/** Qw. */
export function rotate([x, y]: Point, angle: number): Point {
  const [c, s] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  return [c * x - s * y, s * x + c * y];
}

/** ∇f(w) = Q(diag(1, κ)·Qᵀw + (0.2, 0.2)). */
function gradientAt(w: Point, { condition, angle }: Quadratic): Point {
  const [x, y] = rotate(w, -angle);
  return rotate([x + linear[0], condition * y + linear[1]], angle);
}

/** f(w) − f(w*) = ½(v − v*)ᵀdiag(1, κ)(v − v*) with v = Qᵀw. */
export function suboptimality(w: Point, { condition, angle }: Quadratic): number {
  const [x, y] = rotate(w, -angle);
  return (x + linear[0]) ** 2 / 2 + (condition * (y + linear[1] / condition) ** 2) / 2;
}

/** The iterates of `steps` steps, the start first. */
export function descend(method: QuadraticMethod, problem: Quadratic, from: Point, steps: number): Iterate[] {
  const norm = makeNorm[method]();
  const eta = rateOf(method, problem);
  const iterates: Iterate[] = [];
  for (let w = from; iterates.length <= steps; ) {
    const g = Float64Array.from(gradientAt(w, problem));
    norm.update(g);
    const s = norm.solve(g);
    const radius = eta * Math.sqrt(g[0] * s[0] + g[1] * s[1]);
    const [a, b] = norm.multiply(Float64Array.of(1, 0));
    const [c, d] = norm.multiply(Float64Array.of(0, 1));
    iterates.push({ point: w, suboptimality: suboptimality(w, problem), radius, ellipsoid: [a, c, b, d] });
    w = [w[0] - eta * s[0], w[1] - eta * s[1]];
  }
  return iterates;
}

/** Suboptimality step by step over many starts: its mean and the range of the middle 90 %. */
export interface Band {
  readonly mean: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Starts are uniform in [−10, 10]², turned with the quadratic; the same seed is the same start for every method. */
export function bandOf(method: QuadraticMethod, problem: Quadratic, seeds: readonly number[], steps: number): Band {
  const runs = seeds.map((seed) => {
    const draw = makeDraws(seed);
    const coordinate = () => (20 * draw(2 ** 30)) / 2 ** 30 - 10;
    const from = rotate([coordinate(), coordinate()], problem.angle);
    return descend(method, problem, from, steps).map((iterate) => iterate.suboptimality);
  });
  const columns = Array.from({ length: steps + 1 }, (_, i) => runs.map((run) => run[i]).sort((a, b) => a - b));
  return {
    mean: columns.map(mean),
    low: columns.map((column) => quantile(column, 0.05)),
    high: columns.map((column) => quantile(column, 0.95)),
  };
}

/**
 * The boundary ‖s‖_A = Δ around a point: s = Δ·A^{−½}u over unit vectors u, by the Cholesky factor A = LLᵀ, s =
 * Δ·L^{−T}u.
 */
export function boundaryOf({ point, radius, ellipsoid: [a, b, , d] }: Iterate): Point[] {
  const l11 = Math.sqrt(a);
  const l21 = b / l11;
  const l22 = Math.sqrt(Math.max(d - l21 * l21, Number.MIN_VALUE));
  return Array.from({ length: 73 }, (_, i) => {
    const [c, s] = [Math.cos((i * Math.PI) / 36), Math.sin((i * Math.PI) / 36)];
    const y = s / l22;
    return [point[0] + (radius * (c - l21 * y)) / l11, point[1] + radius * y];
  });
}
