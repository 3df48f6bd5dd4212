/**
 * A step −ηp is halved until the loss at its end is no further above its linear model than twice the curvature along p
 * and once the slope account for:
 *
 *   L(w − ηp) − L(w) + η·gᵀp ≤ η·dᵀp + η²·|pᵀBp| + δ
 *
 * Symbols: g gradient of L [d], d the gradient that p = A⁻¹d was made of, dᵀp = ‖p‖²_A, B curvature of L, δ rounding of
 * L.
 */
export interface LocalLoss {
  /** L(w). */
  readonly value: number;
  /** gᵀp. */
  readonly slope: number;
  /** |pᵀBp|. */
  readonly curvature: number;
  /** ‖p‖²_A. */
  readonly squaredNorm: number;
  /** δ. */
  readonly rounding: number;
}

/** How often a step may be halved. */
const maxHalvings = 10;

/**
 * @param valueAt - L(w − ηp) of η; NaN or undefined if it cannot be evaluated.
 * @returns η, or the first of η/2, η/4, … that passes, at most ten times halved.
 */
export async function sufficientDecrease(
  eta: number,
  { value, slope, curvature, squaredNorm, rounding }: LocalLoss,
  valueAt: (eta: number) => Promise<number | undefined>,
): Promise<number> {
  const passes = async (eta: number): Promise<boolean> => {
    const trial = await valueAt(eta);
    if (trial === undefined) return false;
    const remainder = trial - value + eta * slope;
    return remainder <= eta * squaredNorm + eta * eta * curvature + rounding;
  };
  let next = eta;
  for (let k = 0; k < maxHalvings && !(await passes(next)); k++) next /= 2;
  return next;
}
