/**
 * Quantiles of Student's t distribution.
 *
 *   P(T ≤ t) = 1 − ½ I_x(ν/2, ½),   x = ν/(ν + t²),  t ≥ 0
 *
 * I is the regularised incomplete beta function, by its continued fraction. The quantile is found by Newton's method on
 * it, from the normal quantile, safeguarded by bisection. ν may be any positive number or Infinity (then it is the
 * normal distribution). References: [AbramowitzStegun1964, 26.5.8 and 26.7.1].
 */

/** The t with P(T ≤ t) = p, for p in (0, 1) and ν > 0 degrees of freedom. */
export function studentQuantile(p: number, degrees: number): number {
  if (p === 0.5) return 0;
  if (p < 0.5) return -studentQuantile(1 - p, degrees);
  const tail = 1 - p;
  // t lies where the tail is: [low, high], with high doubled until it is past.
  let [low, high] = [0, 1];
  while (upperTail(high, degrees) > tail && high < 1e300) [low, high] = [high, 2 * high];
  let t = (low + high) / 2;
  for (let pass = 0; pass < 200; pass++) {
    const excess = upperTail(t, degrees) - tail;
    if (excess > 0) low = t;
    else high = t;
    let next = t + excess / density(t, degrees);
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (Math.abs(next - t) <= 4 * Number.EPSILON * t) return next;
    t = next;
  }
  return t;
}

/** P(T > t) for t ≥ 0. */
function upperTail(t: number, degrees: number): number {
  if (degrees === Infinity) return 0.5 * gammaTail(t);
  return 0.5 * incompleteBeta(degrees / (degrees + t * t), (t * t) / (degrees + t * t), degrees / 2, 0.5);
}

function density(t: number, degrees: number): number {
  if (degrees === Infinity) return Math.exp(-0.5 * t * t) / Math.sqrt(2 * Math.PI);
  const constant = logGamma((degrees + 1) / 2) - logGamma(degrees / 2) - 0.5 * Math.log(degrees * Math.PI);
  return Math.exp(constant - ((degrees + 1) / 2) * Math.log1p((t * t) / degrees));
}

/** I_x(a, b), y = 1 − x. */
function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(y));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(y, b, a)) / b;
}

/** The continued fraction 1/(1 + d₁/(1 + d₂/(1 + …))) of [AbramowitzStegun1964, 26.5.8], by Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1));
  let h = d;
  function notZero(value: number): number {
    return Math.abs(value) < tiny ? tiny : value;
  }
  for (let m = 1; m < 10000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / notZero(1 + even * d);
    c = notZero(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / notZero(1 + odd * d);
    c = notZero(1 + odd / c);
    h *= d * c;
    if (Math.abs(d * c - 1) <= Number.EPSILON) break;
  }
  return h;
}

/** erfc(t/√2) for t ≥ 0: its series near 0, its continued fraction further out. */
function gammaTail(t: number): number {
  const z = (t * t) / 2;
  if (t < 2) {
    // erf = (2/√π) e^{−u²} Σ 2ⁿu^{2n+1}/(2n+1)!!, u² = z
    let term = t / Math.SQRT2;
    let sum = term;
    for (let n = 1; Math.abs(term) > Number.EPSILON * sum && n < 200; n++) {
      term *= (2 * z) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-z) * sum;
  }
  let fraction = 0;
  for (let n = 200; n > 0; n--) fraction = n / (t + fraction);
  return (Math.sqrt(2 / Math.PI) * Math.exp(-z)) / (t + fraction);
}

/** log Γ(x), x > 0: Stirling's series after a shift to x ≥ 15. */
function logGamma(x: number): number {
  let [shifted, product] = [x, 1];
  for (; shifted < 15; shifted++) product *= shifted;
  const s = 1 / (shifted * shifted);
  const series = (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / shifted;
  return (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
}
