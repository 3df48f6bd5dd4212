/**
 * A line search for the strong Wolfe conditions along a descent direction:
 *
 *   φ(α) ≤ φ(0) + c₁αφ′(0)      |φ′(α)| ≤ c₂|φ′(0)|      φ(α) = f(x + αp)
 *
 * Brackets first, then narrows by cubic interpolation, safeguarded by bisection. Where rounding hides the first
 * condition it is replaced by its derivative form (2c₁ − 1)φ′(0) ≥ φ′(α) for values within rounding of φ(0).
 * References: [NocedalWright2006, Algorithms 3.5 and 3.6], [HagerZhang2005].
 */
export interface LinePoint {
  readonly alpha: number;
  /** φ(α). */
  readonly value: number;
  /** φ′(α). */
  readonly slope: number;
}

export interface WolfeOptions<P extends LinePoint> {
  /** φ and φ′ at α; what else it returns comes back with the accepted point. */
  evaluate(alpha: number): Promise<P>;
  /** φ(0) and φ′(0) < 0. */
  readonly start: { readonly value: number; readonly slope: number };
  /** First α > 0 to try. */
  readonly first: number;
  /** Error of a value from rounding, ≥ 0. */
  readonly rounding: number;
  /** Evaluations allowed; defaults to 30. */
  readonly maxEvaluations?: number;
}

/** c₁ and c₂ for quasi-Newton directions ([NocedalWright2006, section 3.1]). */
const [c1, c2] = [1e-4, 0.9];

/** A point that satisfies both conditions, else the best that satisfies the first, else undefined. */
export async function strongWolfe<P extends LinePoint>(options: WolfeOptions<P>): Promise<P | undefined> {
  const { evaluate, start, rounding, maxEvaluations = 30 } = options;
  const decreases = ({ alpha, value, slope }: LinePoint) =>
    value <= start.value + c1 * alpha * start.slope ||
    (Math.abs(value - start.value) <= rounding && slope <= (2 * c1 - 1) * start.slope);
  const isFlat = ({ slope }: LinePoint) => Math.abs(slope) <= c2 * Math.abs(start.slope);

  let low: LinePoint = { alpha: 0, ...start };
  let high: LinePoint | undefined;
  let best: P | undefined;
  let alpha = options.first;
  for (let k = 0; k < maxEvaluations; k++) {
    const point = await evaluate(alpha);
    const finite = Number.isFinite(point.value) && Number.isFinite(point.slope);
    if (!finite || !decreases(point) || (low.alpha > 0 && point.value > low.value + rounding)) {
      high = finite ? point : { alpha, value: Infinity, slope: Infinity };
    } else if (isFlat(point)) {
      return point;
    } else {
      // `low` has the least value so far; the minimum lies on the side to which φ falls from it.
      if (point.slope * ((high?.alpha ?? Infinity) - point.alpha) >= 0) high = low;
      low = point;
      best = point;
    }
    alpha = high ? between(low, high) : 4 * alpha;
    if (alpha === low.alpha || alpha === high?.alpha || !Number.isFinite(alpha)) break;
  }
  return best;
}

/** The minimiser of the cubic through both points, kept away from the ends of the interval. */
function between(a: LinePoint, b: LinePoint): number {
  const middle = (a.alpha + b.alpha) / 2;
  if (!Number.isFinite(b.value)) return middle;
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.alpha - b.alpha);
  const d2 = Math.sign(b.alpha - a.alpha) * Math.sqrt(d1 * d1 - a.slope * b.slope);
  const alpha = b.alpha - ((b.alpha - a.alpha) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
  const margin = 0.01 * Math.abs(b.alpha - a.alpha);
  const [least, most] = [Math.min(a.alpha, b.alpha) + margin, Math.max(a.alpha, b.alpha) - margin];
  return alpha >= least && alpha <= most ? alpha : middle;
}
