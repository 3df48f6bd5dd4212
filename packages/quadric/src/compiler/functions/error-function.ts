/**
 * erf and erfc in float64:
 *
 *   |x| < 1     erf x = 2/√π·Σ (−1)ⁿ x²ⁿ⁺¹/(n!(2n + 1)), to n = 18
 *   x ≥ 1       erfc x = e^{−x²}·c(s)/(1 + 2x),   c a Chebyshev series in s ∈ [−1, 1], t = (x − 4)/(x + 4) = 0.675s + 0.075
 *
 * The coefficients of c interpolate e^{x²}(1 + 2x)·erfc x for x ∈ [1, 28] at 60 nodes, computed in 40 digits; beyond 28
 * erfc is 0.
 */
import type { Builder } from "../ir/builder.ts";
import type { Node } from "../ir/graph.ts";

const lastTerm = 18;
const end = 28;

const coefficients: readonly number[] = [
  1.2218001436755506, -0.07520259040676464, -0.003498932655304138, 0.006881648365406002, -0.0028404624946238534,
  0.0008111401895961206, -0.0001818240682126386, 3.280761962106414e-5, -4.677561421874999e-6, 4.875358849852826e-7,
  -2.7175989401124153e-8, -1.521984674377191e-9, 4.966554809279064e-10, -3.608916860067634e-11, -2.819723753262487e-12,
  7.362338735298622e-13, -1.7805971727557683e-14, -9.65169700232078e-15, 8.593825755034447e-16, 1.091334159882732e-16,
  -1.910821615129934e-17,
];

const number = (b: Builder, value: number): Node => b.scalar(value, "float64");
const quotient = (b: Builder, x: Node, y: Node): Node => b.mul(x, b.unary("reciprocal", y));
const difference = (b: Builder, x: Node, y: Node): Node => b.add(x, b.scale(y, -1));
const between = (b: Builder, x: Node, least: number, most: number): Node =>
  b.binary("min", b.binary("max", x, number(b, least)), number(b, most));

/** erf x for |x| ≤ 1. */
function series(b: Builder, x: Node): Node {
  const square = b.mul(x, x);
  let [sum, factorial] = [number(b, 0), 1];
  for (let n = 1; n <= lastTerm; n++) factorial *= n;
  for (let n = lastTerm; n >= 0; n--) {
    const sign = n % 2 === 0 ? 1 : -1;
    sum = b.add(b.mul(sum, square), number(b, (sign * 2) / (Math.sqrt(Math.PI) * factorial * (2 * n + 1))));
    factorial /= n || 1;
  }
  return b.mul(x, sum);
}

/** erfc x for x in [1, 28]. */
function tail(b: Builder, x: Node): Node {
  const four = number(b, 4);
  const t = quotient(b, difference(b, x, four), b.add(x, four));
  const s = b.scale(b.add(t, number(b, -0.075)), 1 / 0.675);
  // Clenshaw: bₖ = cₖ + 2s·bₖ₊₁ − bₖ₊₂,  c(s) = b₀ − s·b₁
  const twice = b.scale(s, 2);
  let [next, afterNext] = [number(b, 0), number(b, 0)];
  for (const c of coefficients.slice(1).toReversed()) {
    [next, afterNext] = [b.add(difference(b, b.mul(twice, next), afterNext), number(b, c)), next];
  }
  const sum = b.add(difference(b, b.mul(s, next), afterNext), number(b, coefficients[0]));
  // e^{−x²} = e^{−h²}·e^{−(x − h)(x + h)} with the first half of the digits of x in h, whose square is exact.
  const h = b.cast(b.cast(x, "float32"), "float64");
  const rest = b.mul(difference(b, x, h), b.add(x, h));
  const exponential = b.mul(b.unary("exp", b.scale(b.mul(h, h), -1)), b.unary("exp", b.scale(rest, -1)));
  return b.mul(exponential, quotient(b, sum, b.add(b.scale(x, 2), number(b, 1))));
}

/** erf x near 0, and erfc |x| away from it. */
function parts(b: Builder, x: Node) {
  const isNegative = b.compare("less", x, number(b, 0));
  const size = b.where(isNegative, b.scale(x, -1), x);
  const inner = series(b, between(b, x, -1, 1));
  const isBeyond = b.compare("less", number(b, end), size);
  const outer = b.where(isBeyond, number(b, 0), tail(b, between(b, size, 1, end)));
  return { isNegative, isInner: b.compare("less", size, number(b, 1)), inner, outer };
}

export function erf64(b: Builder, x: Node): Node {
  const { isNegative, isInner, inner, outer } = parts(b, x);
  const one = number(b, 1);
  const away = b.where(isNegative, difference(b, outer, one), difference(b, one, outer));
  return b.where(isInner, inner, away);
}

export function erfc64(b: Builder, x: Node): Node {
  const { isNegative, isInner, inner, outer } = parts(b, x);
  const away = b.where(isNegative, difference(b, number(b, 2), outer), outer);
  return b.where(isInner, difference(b, number(b, 1), inner), away);
}
