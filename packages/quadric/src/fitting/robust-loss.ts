/**
 * Losses that let outliers count for less. With the size C of a residual that is still no outlier and z = (r/C)²:
 *
 *   f = ½ Σ C²·ρ(z_i)      ∇f = Σ ρ′(z_i)·r_i·∇r_i      B = Σ w_i·∇r_i∇r_iᵀ,  w_i = max(ρ′ + 2zρ″, κρ′)
 *
 * ρ and C are scipy's `loss` and `f_scale`. B is the curvature that [Triggs1999] keeps; where it would be negative, far
 * out, a part κ of the weight of iterated reweighting stays, so that no row is lost. References: [Triggs1999],
 * [Huber1964].
 */

export type RobustLoss = "linear" | "soft-l1" | "huber" | "cauchy" | "arctan";

export const robustLosses: readonly RobustLoss[] = ["linear", "soft-l1", "huber", "cauchy", "arctan"];

/** ρ, ρ′ and ρ″ at z. */
type Rho = (z: number) => readonly [value: number, slope: number, bend: number];

const rhos: Readonly<Record<Exclude<RobustLoss, "linear">, Rho>> = {
  "soft-l1": (z) => {
    const t = Math.sqrt(1 + z);
    return [(2 * z) / (t + 1), 1 / t, -0.5 / (t * t * t)];
  },
  huber: (z) => {
    const t = Math.sqrt(z);
    return z <= 1 ? [z, 1, 0] : [2 * t - 1, 1 / t, -0.5 / (t * z)];
  },
  cauchy: (z) => [Math.log1p(z), 1 / (1 + z), -1 / (1 + z) ** 2],
  arctan: (z) => [Math.atan(z), 1 / (1 + z * z), (-2 * z) / (1 + z * z) ** 2],
};

export interface Robustness {
  /** f. */
  cost(residuals: Float64Array): number;
  /**
   * Scales residuals and the rows of J, kept by columns, in place so that f has the gradient Jᵀr and the curvature JᵀJ.
   *
   * @param least - κ.
   */
  reweigh(residuals: Float64Array, jacobian: Float64Array, least: number): void;
}

/** κ. */
export const leastWeight = 0.1;

/** @returns undefined for the squares themselves. */
export function robustness(loss: RobustLoss, scale: number): Robustness | undefined {
  if (loss === "linear") return undefined;
  const rho = rhos[loss];
  return {
    cost(residuals) {
      let sum = 0;
      for (const r of residuals) sum += rho((r / scale) ** 2)[0];
      return 0.5 * scale * scale * sum;
    },
    reweigh(residuals, jacobian, least) {
      const n = residuals.length;
      for (let i = 0; i < n; i++) {
        const z = (residuals[i] / scale) ** 2;
        const [, slope, bend] = rho(z);
        const weight = Math.sqrt(Math.max(slope + 2 * z * bend, least * slope));
        residuals[i] *= weight > 0 ? slope / weight : 0;
        for (let k = i; k < jacobian.length; k += n) jacobian[k] *= weight;
      }
    },
  };
}
