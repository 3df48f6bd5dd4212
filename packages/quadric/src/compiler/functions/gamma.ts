/**
 * log |Γ| and its derivatives, the polygamma functions, for all real arguments:
 *
 *   log |Γ(x)| = (x − ½)·log x − x + ½ log 2π + Σ B₂ₖ/(2k(2k − 1)x²ᵏ⁻¹)              x ≥ 8
 *   log Γ(2 + z) = (1 − γ)z + Σ (−1)ᵏ(ζ(k) − 1)zᵏ/k,   |z| ≤ ½                      by Γ(x + 1) = xΓ(x) for the others
 *   ψ(x) = log x − 1/(2x) − Σ B₂ₖ/(2kx²ᵏ),   ψ⁽ⁿ⁾ by differentiating it              x ≥ 10 + 2n, others by recurrence
 *   log |Γ(x)| = log(π/|sin πx|) − log Γ(1 − x),   ψ(x) = ψ(1 − x) − π cot πx        x ≤ 0
 *
 * Near 1 and 2, where log Γ vanishes, its relative error is a few units in the last place; that of ψ is absolute.
 * References: [AbramowitzStegun1964, sections 6.1, 6.3 and 6.4].
 */
import type { Arithmetic } from "./arithmetic.ts";

/** B₂, B₄, …, B₂₀. */
const bernoulli = [
  1 / 6,
  -1 / 30,
  1 / 42,
  -1 / 30,
  5 / 66,
  -691 / 2730,
  7 / 6,
  -3617 / 510,
  43867 / 798,
  -174611 / 330,
];

/** 1 − γ, and (−1)ᵏ(ζ(k) − 1)/k for k = 2, 3, …, 29. */
const series = [
  0.42278433509846713, 0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986,
  0.0028905103307415234, -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939, 9.945751278180853e-5,
  -4.492623673813314e-5, 2.050721277567069e-5, -9.439488275268397e-6, 4.374866789907488e-6, -2.039215753801366e-6,
  9.55141213040742e-7, -4.492469198764566e-7, 2.1207184805554665e-7, -1.0043224823968099e-7, 4.7698101693639804e-8,
  -2.2711094608943164e-8, 1.0838659214896955e-8, -5.183475041970047e-9, 2.4836745438024785e-9, -1.1921401405860912e-9,
  5.731367241678862e-10, -2.7595228851242334e-10, 1.330476437424449e-10, -6.4229645638381e-11,
];

const stirlingFrom = 8;

/** Σ cₖxᵏ. */
function polynomial<T>(on: Arithmetic<T>, x: T, coefficients: readonly number[]): T {
  const highest = on.number(coefficients.at(-1)!);
  return coefficients.slice(0, -1).reduceRight<T>((sum, c) => on.add(on.multiply(sum, x), on.number(c)), highest);
}

function power<T>(on: Arithmetic<T>, x: T, n: number): T {
  let product = n === 0 ? on.number(1) : x;
  for (let k = 1; k < n; k++) product = on.multiply(product, x);
  return product;
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/** For x ≥ 8. */
function stirling<T>(on: Arithmetic<T>, x: T): T {
  const inverse = on.divide(on.number(1), x);
  const coefficients = bernoulli.map((B, i) => B / ((2 * i + 2) * (2 * i + 1)));
  const correction = on.multiply(inverse, polynomial(on, on.multiply(inverse, inverse), coefficients));
  // (x − ½)·log x − x = (x − ½)(log x − 1) − ½, which subtracts nothing infinite.
  const main = on.multiply(on.subtract(x, on.number(0.5)), on.subtract(on.log(x), on.number(1)));
  return on.add(main, on.add(on.number(Math.log(2 * Math.PI) / 2 - 0.5), correction));
}

/** For x in (0, 8]: Γ(x) = Γ(2 + z) times or divided by the steps from there. */
function byTwo<T>(on: Arithmetic<T>, x: T): T {
  const { number, ifLess } = on;
  const one = number(1);
  let up = one;
  let shift = number(2);
  for (let j = 1; j <= stirlingFrom - 2; j++) {
    const factor = on.subtract(x, number(j));
    up = on.multiply(up, ifLess(factor, number(1.5), one, factor));
    shift = on.add(shift, ifLess(factor, number(1.5), number(0), one));
  }
  const down = on.multiply(x, ifLess(x, number(0.5), on.add(x, one), one));
  const steps = on.log(ifLess(x, number(1.5), down, up));
  const z = on.subtract(x, ifLess(x, number(0.5), number(0), ifLess(x, number(1.5), one, shift)));
  const sum = on.multiply(z, polynomial(on, z, series));
  return ifLess(x, number(1.5), on.subtract(sum, steps), on.add(sum, steps));
}

/** π times x − (the nearest integer) for x ≤ 0; a right angle for the others, whose reflection nobody reads. */
function phase<T>(on: Arithmetic<T>, anywhere: T): T {
  const x = on.ifLess(on.number(0), anywhere, on.number(0.5), anywhere);
  const nearest = on.floor(on.add(x, on.number(0.5)));
  return on.multiply(on.number(Math.PI), on.subtract(x, nearest));
}

export function logGamma<T>(on: Arithmetic<T>, x: T): T {
  const { number, ifLess } = on;
  const [zero, border] = [number(0), number(stirlingFrom)];
  const y = ifLess(zero, x, x, on.subtract(number(1), x));
  const right = ifLess(y, border, byTwo(on, ifLess(y, border, y, border)), stirling(on, ifLess(y, border, border, y)));
  const sin = on.sin(phase(on, x));
  const size = ifLess(sin, zero, on.subtract(zero, sin), sin);
  return ifLess(zero, x, right, on.subtract(on.log(on.divide(number(Math.PI), size)), right));
}

/** The coefficients of Pₙ: (d/dx)ⁿ cot πx = πⁿ·Pₙ(cot πx),  P₀ = c,  Pₙ₊₁ = −(1 + c²)·Pₙ′. */
function cotangentDerivative(n: number): number[] {
  let coefficients = [0, 1];
  for (let k = 0; k < n; k++) {
    const slope = coefficients.slice(1).map((c, i) => c * (i + 1));
    coefficients = [...slope, 0, 0].map((c, i) => -c - (slope[i - 2] ?? 0));
  }
  return coefficients;
}

/** ψ⁽ⁿ⁾, n ≥ 0: ψ = ψ⁽⁰⁾ is the derivative of log Γ. */
export function polygamma<T>(on: Arithmetic<T>, n: number, x: T): T {
  const { number, ifLess } = on;
  const [zero, one] = [number(0), number(1)];
  const sign = n % 2 === 0 ? 1 : -1;
  const y = ifLess(zero, x, x, on.subtract(one, x));
  const steps = 10 + 2 * n;
  const isNear = (yes: T, no: T) => ifLess(y, number(steps), yes, no);
  const t = isNear(on.add(y, number(steps)), y);
  const inverse = on.divide(one, t);
  const square = on.multiply(inverse, inverse);
  const ratio = (k: number) => (n === 0 ? 1 / k : factorial(k + n - 1) / factorial(k));
  const corrections = polynomial(
    on,
    square,
    bernoulli.map((B, i) => B * ratio(2 * i + 2)),
  );
  const half = on.multiply(number(factorial(n) / 2), inverse);
  const tail = on.add(half, on.multiply(square, corrections));
  // ψ(t) = log t − tail,  (−1)ⁿ⁺¹ψ⁽ⁿ⁾(t) = t⁻ⁿ((n − 1)! + tail)
  const far =
    n === 0
      ? on.subtract(on.log(t), tail)
      : on.multiply(number(-sign), on.multiply(power(on, inverse, n), on.add(number(factorial(n - 1)), tail)));
  let sum = zero;
  for (let k = steps - 1; k >= 0; k--) sum = on.add(sum, power(on, on.divide(one, on.add(y, number(k))), n + 1));
  const right = isNear(on.subtract(far, on.multiply(number(sign * factorial(n)), sum)), far);
  const angle = phase(on, x);
  const cotangent = on.divide(on.cos(angle), on.sin(angle));
  const reflected = on.multiply(number(Math.PI ** (n + 1)), polynomial(on, cotangent, cotangentDerivative(n)));
  return ifLess(zero, x, right, on.subtract(on.multiply(number(sign), right), reflected));
}
