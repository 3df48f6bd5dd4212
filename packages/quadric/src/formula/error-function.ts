/**
 * erf and erfc in float64:
 *
 *   |x| < 2.5   erf x = 2/√π·e^{−x²} Σ 2ⁿx²ⁿ⁺¹/(2n + 1)!!, whose terms all have one sign
 *   x ≥ 2.5     erfc x = e^{−x²}/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + …)))), 60 levels
 *
 * References: [AbramowitzStegun1964, 7.1.6 and 7.1.14].
 */

const border = 2.5;

function inner(x: number): number {
  let [sum, term] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc x for x ≥ 2.5. */
function tail(x: number): number {
  let fraction = x;
  for (let k = 60; k >= 1; k--) fraction = x + k / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}

export function erf(x: number): number {
  if (Math.abs(x) < border) return inner(x);
  return x > 0 ? 1 - tail(x) : tail(-x) - 1;
}

export function erfc(x: number): number {
  if (x >= border) return tail(x);
  return x > -border ? 1 - inner(x) : 2 - tail(-x);
}
