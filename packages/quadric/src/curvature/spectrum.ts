/**
 * The spectral density of curvature by stochastic Lanczos quadrature.
 *
 *   (1/d) tr f(B) ≈ mean over random unit v of vᵀf(B)v ≈ Σ_i τ_i² f(θ_i),   T = UΘUᵀ of k Lanczos steps from v, τ_i = U_{1i}
 *
 * k steps integrate polynomials of degree 2k − 1 exactly along each v; the mean over n_v vectors has a standard error
 * of order 1/√(d·n_v). In the A-norm B stands for A^{-1/2}BA^{-1/2}, the curvature after preconditioning.
 * References: [UbaruChenSaad2017], [Ghorbani2019].
 */
import { requireInteger, requirePositive } from "../check.ts";
import { lanczos, type RitzPair, ritzPairs } from "../linalg/lanczos.ts";
import { euclidean } from "../norm/diagonal.ts";
import type { Norm } from "../norm/norm.ts";
import { makeRandom, normalVector } from "../vector/random.ts";
import type { Vector } from "../vector/vector.ts";
import type { LinearOperator } from "./operator.ts";

export interface SpectrumOptions {
  /** A; defaults to the Euclidean norm: the spectrum of B itself. */
  readonly norm?: Norm;
  /** n_v, random start vectors; integer ≥ 1; defaults to 4. */
  readonly probes?: number;
  /** k, products from each of them, at most d; integer ≥ 1; defaults to 50. */
  readonly steps?: number;
  /** Seed of the start vectors; defaults to 0. */
  readonly seed?: number;
}

export interface Spectrum {
  /** d. */
  readonly size: number;
  /** Smallest and largest θ seen, with the residual that bounds its distance to an eigenvalue. */
  readonly min: { readonly value: number; readonly error: number };
  readonly max: { readonly value: number; readonly error: number };
  /** θ, ascending, of all probes. */
  readonly nodes: Float64Array;
  /** Share of the spectrum that each node stands for; they sum to 1. */
  readonly weights: Float64Array;
  /** "nonfinite" when a product was not finite; what came before it is kept. */
  readonly outcome: "complete" | "nonfinite";
  readonly products: number;
}

/**
 * Extreme eigenvalues and spectral density of an operator, for probes × steps products.
 *
 * @returns sums Σ weights·f(nodes) estimate (1/d) tr f; `estimates.density` draws the density.
 * @throws {RangeError} if an option is out of range.
 * @example
 * const { min, max } = await spectrum(hessian);                    // condition number of a definite one: max / min
 * const after = await spectrum(hessian, { norm: norms.rmsprop() }); // the same as the optimizer sees it
 */
export async function spectrum(
  operator: LinearOperator,
  { norm = euclidean(), probes = 4, steps = 50, seed = 0 }: SpectrumOptions = {},
): Promise<Spectrum> {
  requireInteger("spectrum", "probes", probes, 1);
  requireInteger("spectrum", "steps", steps, 1);
  const { size, dtype = "float64" } = operator;
  const multiply = (v: Vector) => operator.multiply(v);
  const pairs: (RitzPair & { readonly weight: number })[] = [];
  let products = 0;
  let outcome: Spectrum["outcome"] = "complete";

  for (let probe = 0; probe < probes && outcome === "complete"; probe++) {
    const start = norm.root(normalVector(makeRandom(seed, probe), size, dtype));
    const process = lanczos({ where: "spectrum", multiply, metric: norm, start, basis: [] });
    const diagonal: number[] = [];
    const couplings: number[] = [];
    let largest = 0;
    while (diagonal.length < Math.min(steps, size)) {
      const step = await process.step();
      products++;
      if (!Number.isFinite(step.diagonal + step.coupling)) {
        outcome = "nonfinite";
        break;
      }
      diagonal.push(step.diagonal);
      couplings.push(step.coupling);
      largest = Math.max(largest, Math.abs(step.diagonal), step.coupling);
      if (step.coupling <= 1e-12 * largest) break; // every distinct eigenvalue has been found
    }
    for (const pair of ritzPairs(diagonal, couplings)) pairs.push({ ...pair, weight: pair.first ** 2 });
  }

  pairs.sort((a, b) => a.value - b.value);
  const total = pairs.reduce((sum, { weight }) => sum + weight, 0);
  const end = (pair: RitzPair | undefined) => ({
    value: pair?.value ?? Number.NaN,
    error: Math.abs(pair?.residual ?? Number.NaN),
  });
  return {
    size,
    min: end(pairs[0]),
    max: end(pairs[pairs.length - 1]),
    nodes: Float64Array.from(pairs, ({ value }) => value),
    weights: Float64Array.from(pairs, ({ weight }) => weight / total),
    outcome,
    products,
  };
}

export interface DensityOptions {
  /** Where to evaluate; defaults to 200 points over the spectrum and three widths beyond it. */
  readonly at?: ArrayLike<number>;
  /** Standard deviation of the Gaussian that each node is widened to; > 0; defaults to 1 % of the range. */
  readonly width?: number;
}

/** The density Σ weights·N(x; node, width²), which integrates to 1. */
export function spectralDensity(
  { nodes, weights, min, max }: Spectrum,
  options: DensityOptions = {},
): { readonly x: Float64Array; readonly density: Float64Array } {
  const { width = 0.01 * (max.value - min.value) || 0.01 * Math.abs(max.value) || 1 } = options;
  requirePositive("spectralDensity", "width", width);
  const low = min.value - 3 * width;
  const high = max.value + 3 * width;
  const x = Float64Array.from(options.at ?? Array.from({ length: 200 }, (_, i) => low + ((high - low) * i) / 199));
  const peak = 1 / (width * Math.sqrt(2 * Math.PI));
  const density = x.map((value) =>
    nodes.reduce((sum, node, i) => sum + weights[i] * peak * Math.exp(-0.5 * ((value - node) / width) ** 2), 0),
  );
  return { x, density };
}
