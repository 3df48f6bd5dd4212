/**
 * The step of least squares in an ellipsoid and a box:
 *
 *   min_s ½‖Js + r‖²   subject to   ‖Ds‖ ≤ Δ,   l ≤ p + s ≤ u         J = Q[R; 0],  Qᵀr = b
 *
 * Without the box one singular value decomposition, RD⁻¹ = UΣVᵀ, gives the minimiser for every Δ. With it,
 * parameters at a bound that the gradient pushes against are held. If the minimiser in the others leaves the box, those
 * that leave it go to their bound and the rest is solved again, at most d times. The step that is only shortened to the box is
 * taken if the model prefers it, so that a part of the decrease along the path is certain. Close to a solution the held
 * set is that of the solution, and steps are Gauss–Newton steps in the free parameters. References: [More1978],
 * [ConnGouldToint2000, section 7.3], [BranchColemanLi1999].
 */
import { squareFactors } from "../linalg/singular-factors.ts";
import type { Triangle } from "../linalg/tall-triangle.ts";
import { solveSecular } from "../subproblem/secular.ts";
import { axpy, dot } from "../vector/kernels.ts";
import type { Bounds } from "./differences.ts";
import { lengthIn, vectorOf } from "./small-vectors.ts";

/** A linear model in the free parameters, in the eigenbasis of (JᵀJ, D²). */
interface Basis {
  readonly free: readonly number[];
  readonly theta: Float64Array;
  readonly c: Float64Array;
  /** The columns of V. */
  readonly vectors: readonly Float64Array[];
  readonly rank: number;
}

export interface BoxStep {
  /** s, [d]. */
  readonly step: Float64Array;
  /** ‖Ds‖. */
  readonly stepNorm: number;
  /** m(0) − m(s) ≥ 0. */
  readonly modelDecrease: number;
  /** λ; 0 where the region does not hold the step back. */
  readonly multiplier: number;
  /** (JᵀJ + λD²)⁻¹v in the parameters that were free; 0 elsewhere. */
  solve(v: Float64Array): Float64Array;
}

export interface BoxModel {
  /** What Newton's model promises without a region, in the parameters that are free. */
  readonly decrement: number;
  /** Singular values above the noise of J. */
  readonly rank: number;
  /** Parameters that are not held at a bound. */
  readonly free: readonly number[];
  within(radius: number): BoxStep;
}

/**
 * @param scale - D, [d], positive.
 * @param accuracy - singular values up to this part of the largest are noise.
 */
export function boxModel(
  { columns, right }: Triangle,
  { p, scale, bounds, accuracy }: { p: Float64Array; scale: Float64Array; bounds?: Bounds; accuracy: number },
): BoxModel {
  const d = p.length;
  const isHeld = (j: number): boolean => {
    if (bounds === undefined || (p[j] > bounds.lower[j] && p[j] < bounds.upper[j])) return false;
    const slope = dot(columns[j], right);
    return (p[j] <= bounds.lower[j] && slope >= 0) || (p[j] >= bounds.upper[j] && slope <= 0);
  };
  const all = Array.from({ length: d }, (_, j) => j);
  const free = bounds === undefined ? all : all.filter((j) => !isHeld(j));

  /** The basis of some parameters, the right-hand side moved by a step in the others. */
  function basisOf(some: readonly number[], moved?: Float64Array): Basis {
    const b = right.slice();
    if (moved) for (const j of all) if (moved[j] !== 0) axpy(moved[j], columns[j], b);
    const scaled = some.map((j) => vectorOf(d, (i) => columns[j][i] / scale[j]));
    if (some.length === 0)
      return { free: some, theta: new Float64Array(0), c: new Float64Array(0), vectors: [], rank: 0 };
    const { sigma, rotated, vectors } = squareFactors(scaled, b);
    const noise = accuracy * sigma[sigma.length - 1];
    return {
      free: some,
      theta: vectorOf(sigma.length, (i) => sigma[i] * sigma[i]),
      c: vectorOf(sigma.length, (i) => (sigma[i] > noise ? sigma[i] * rotated[i] : 0)),
      vectors,
      rank: sigma.reduce((count, x) => count + Number(x > noise), 0),
    };
  }

  /** Minimiser of a basis in ‖Ds‖ ≤ Δ, as a step in all parameters. */
  function minimiser({ free: some, theta, c, vectors }: Basis, radius: number) {
    const step = new Float64Array(d);
    if (!c.some((x) => x !== 0)) return { step, multiplier: 0 };
    const { coordinates, multiplier } = solveSecular(theta, c, { radius });
    vectors.forEach((v, i) => {
      for (let k = 0; k < some.length; k++) step[some[k]] += (coordinates[i] * v[k]) / scale[some[k]];
    });
    return { step, multiplier };
  }

  const lengthOf = (s: Float64Array): number => lengthIn(scale, s);

  /** m(0) − m(s) = −sᵀRᵀb − ½‖Rs‖². */
  function decreaseOf(s: Float64Array): number {
    const image = new Float64Array(right.length);
    s.forEach((x, j) => {
      axpy(x, columns[j], image);
    });
    return -dot(image, right) - 0.5 * dot(image, image);
  }

  const first = basisOf(free);
  const leaves = (s: Float64Array, j: number): boolean =>
    bounds !== undefined && (p[j] + s[j] < bounds.lower[j] || p[j] + s[j] > bounds.upper[j]);

  /** The way of p to a bound. */
  const wayToBound = (j: number, direction: number): number =>
    (direction < 0 ? bounds!.lower[j] : bounds!.upper[j]) - p[j];

  function within(radius: number): BoxStep {
    let { step, multiplier } = minimiser(first, radius);
    let basis = first;
    if (free.some((j) => leaves(step, j))) {
      const whole = step;
      const part = free.reduce((t, j) => (leaves(whole, j) ? Math.min(t, wayToBound(j, whole[j]) / whole[j]) : t), 1);
      const shortened = whole.map((x) => part * x);
      const moved = new Float64Array(d);
      let rest = free;
      while (rest.some((j) => leaves(step, j))) {
        for (const j of rest) if (leaves(step, j)) moved[j] = wayToBound(j, step[j]);
        const after: Float64Array = step;
        rest = rest.filter((j) => !leaves(after, j));
        basis = basisOf(rest, moved);
        const left = Math.sqrt(Math.max(0, radius ** 2 - lengthOf(moved) ** 2));
        const solution = left > 0 ? minimiser(basis, left) : { step: new Float64Array(d), multiplier: Infinity };
        step = solution.step.map((x, j) => x + moved[j]);
        multiplier = solution.multiplier;
      }
      if (!(lengthOf(step) <= radius * (1 + 1e-10)) || decreaseOf(step) < decreaseOf(shortened)) {
        step = shortened;
        if (part < 1) multiplier = Infinity;
      }
    }
    const final = basis;
    return {
      step,
      multiplier,
      stepNorm: lengthOf(step),
      modelDecrease: decreaseOf(step),
      solve(v) {
        const result = new Float64Array(d);
        const { free: some, theta, vectors } = final;
        const scaled = vectorOf(some.length, (k) => v[some[k]] / scale[some[k]]);
        vectors.forEach((u, i) => {
          const denominator = theta[i] + multiplier;
          if (!(denominator > 0)) return;
          const x = dot(u, scaled) / denominator;
          for (let k = 0; k < some.length; k++) result[some[k]] += (x * u[k]) / scale[some[k]];
        });
        return result;
      },
    };
  }

  let decrement = 0;
  for (let i = 0; i < first.c.length; i++)
    if (first.c[i] !== 0) decrement += (0.5 * first.c[i] * first.c[i]) / first.theta[i];
  return { decrement, rank: first.rank, free, within };
}
