/**
 * The model in its eigenbasis, in which the coordinates are coupled by the length of the step alone.
 *
 *   min_x  cᵀx + ½ Σ θ_i x_i²   subject to ‖x‖ ≤ Δ      or      + (σ/3)‖x‖³
 *   x_i(λ) = −c_i / (θ_i + λ),   ‖x(λ)‖ = Δ  or  λ/σ,   λ ≥ max(0, −θ_1)
 *
 * The secular equation is solved as φ(λ) = 1/‖x(λ)‖ − 1/Δ = 0 (or − σ/λ), which is increasing and concave, so Newton's
 * method from the left is monotone. The unknown is the distance μ = λ − max(0, −θ_1) to the pole: the denominators
 * (θ_i − min(0, θ_1)) + μ then suffer no cancellation, without which near-hard cases are lost.
 *
 * Hard case: c vanishes where θ_i = θ_1 < 0 and even x(−θ_1) is short; the leftmost eigenvector fills the rest.
 * References: [MoreSorensen1983], [ConnGouldToint2000, section 7.3], [CartisGouldToint2011].
 */

/** The region ‖x‖ ≤ Δ, or the cubic term (σ/3)‖x‖³ in its place. */
export type Region =
  | { readonly radius: number; readonly sigma?: undefined }
  | { readonly sigma: number; readonly radius?: undefined };

export interface SecularSolution {
  /** x, one coordinate per eigenvalue. */
  readonly coordinates: Float64Array;
  readonly length: number;
  /** λ. */
  readonly multiplier: number;
  /** Value at 0 minus value at x, the cubic term included. */
  readonly decrease: number;
  /** "interior" also for every cubic model outside the hard case. */
  readonly outcome: "interior" | "boundary" | "hard-case";
}

/**
 * The global minimiser.
 *
 * @param theta - eigenvalues, ascending, at least one.
 * @param c - gradient in the eigenbasis.
 */
export function solveSecular(theta: Float64Array, c: Float64Array, region: Region): SecularSolution {
  const last = theta.length - 1;
  const pole = Math.min(0, theta[0]);
  const d = theta.map((value) => value - pole);
  const gamma = Math.sqrt(c.reduce((sum, value) => sum + value * value, 0));
  // Eigenvalues closer than their own rounding errors are one, and zero if that close to zero.
  const blur = 1e-14 * Math.max(Math.abs(theta[0]), Math.abs(theta[last]));
  const leftmost = d.findIndex((value) => value > d[0] + blur);
  const cluster = leftmost < 0 ? last + 1 : leftmost;
  const missing = d[0] <= blur && c.subarray(0, cluster).every((value) => Math.abs(value) <= 1e-13 * gamma);

  const at = (mu: number) => {
    const x = new Float64Array(last + 1);
    let square = 0;
    let slope = 0; // Σ c_i²/(d_i + μ)³
    for (let i = missing ? cluster : 0; i <= last; i++) {
      if (c[i] !== 0) x[i] = -c[i] / (d[i] + mu);
      square += x[i] * x[i];
      slope += (x[i] * x[i]) / (d[i] + mu || 1);
    }
    return { x, length: Math.sqrt(square), slope };
  };
  const finish = (x: Float64Array, mu: number, outcome: SecularSolution["outcome"]): SecularSolution => {
    const multiplier = outcome === "interior" && region.sigma === undefined ? 0 : mu - pole;
    let square = 0;
    let energy = 0;
    for (let i = 0; i <= last; i++) {
      square += x[i] * x[i];
      energy += x[i] * x[i] * (d[i] + mu);
    }
    const decrease = 0.5 * energy + (region.sigma === undefined ? 0.5 : 1 / 6) * multiplier * square;
    return { coordinates: x, length: Math.sqrt(square), multiplier, decrease, outcome };
  };

  if (missing || d[0] > 0) {
    const { x, length } = at(0);
    const reach = region.sigma === undefined ? region.radius : -pole / region.sigma;
    if (length <= reach) {
      if (-pole <= blur) return finish(x, 0, "interior");
      const fill = Math.sqrt((reach - length) * (reach + length));
      x[0] = c[0] > 0 ? -fill : fill;
      return finish(x, 0, "hard-case");
    }
  }

  let { low, high } = bracket(region, missing ? 0 : Math.abs(c[0]), gamma, d[0], d[last], -pole);
  let mu = low;
  for (let pass = 0; pass < 100; pass++) {
    const { length, slope } = at(mu);
    const step = newtonStep(region, length, slope, mu - pole);
    if (step > 0) low = mu;
    else high = mu;
    let next = mu + step;
    if (!(next >= low && next <= high)) next = low > 0 ? Math.sqrt(low * high) : high / 2;
    const settled = Math.abs(next - mu) <= 2 * Number.EPSILON * next;
    mu = next;
    if (settled) break;
  }
  return finish(at(mu).x, mu, region.sigma === undefined ? "boundary" : "interior");
}

/** −φ/φ′ at λ, with ‖x‖ and q = Σ c_i²/(θ_i + λ)³. */
function newtonStep({ radius, sigma }: Region, length: number, q: number, lambda: number): number {
  if (radius !== undefined) return ((length * length) / q) * (length / radius - 1);
  const phi = 1 / length - sigma / lambda;
  return -phi / (q / length ** 3 + sigma / lambda ** 2);
}

/** Bounds of the root μ from |c_1|/(d_1 + μ) ≤ ‖x‖, γ/(d_max + μ) ≤ ‖x‖ ≤ γ/(d_1 + μ). */
function bracket(
  { radius, sigma }: Region,
  first: number,
  gamma: number,
  dMin: number,
  dMax: number,
  offset: number,
): { low: number; high: number } {
  if (radius !== undefined) {
    const low = Math.max(0, first / radius - dMin, gamma / radius - dMax);
    return { low, high: Math.max(low, gamma / radius - dMin) };
  }
  // (d + μ)(offset + μ) = σx, the positive root without cancellation
  const root = (d: number, x: number) => {
    const excess = sigma * x - d * offset;
    return (2 * excess) / (d + offset + Math.sqrt((d - offset) ** 2 + 4 * sigma * x));
  };
  const low = Math.max(0, first > 0 ? root(dMin, first) : 0, root(dMax, gamma));
  return { low, high: Math.max(low, root(dMin, gamma)) };
}
