/**
 * The joint confidence region of two parameters, what is seen of the ellipsoid {v : vᵀC⁻¹v ≤ q} from above:
 *
 *   v = √q·L(cos t, sin t)ᵀ,  C = LLᵀ      q = 2F(2, ν) = ν(α^(−2/ν) − 1)
 *
 * Symbols: C covariance of the two [2 × 2], ν degrees of freedom, 1 − α the level, F the quantile of Fisher's
 * distribution.
 */
export function confidenceEllipse(
  [a, b]: readonly [number, number],
  [[aa, ab], [, bb]]: readonly [readonly [number, number], readonly [number, number]],
  degrees: number,
  level: number,
): (readonly [number, number])[] {
  const q = degrees * ((1 - level) ** (-2 / degrees) - 1);
  const l = Math.sqrt(aa);
  const m = ab / l;
  const n = Math.sqrt(Math.max(0, bb - m * m));
  return Array.from({ length: 121 }, (_, k) => {
    const [x, y] = [Math.cos((2 * Math.PI * k) / 120), Math.sin((2 * Math.PI * k) / 120)];
    return [a + Math.sqrt(q) * l * x, b + Math.sqrt(q) * (m * x + n * y)] as const;
  });
}
