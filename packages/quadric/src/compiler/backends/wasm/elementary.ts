/**
 * Elementary functions of float64 numbers that compiled graphs call, each right to about one unit in the last place:
 * those of `Math`, and what is composed of them.
 *
 * erf and erfc are the rational approximations of FreeBSD's s_erf.c: Copyright (C) 1993 by Sun Microsystems, Inc. All
 * rights reserved. Permission to use, copy, modify, and distribute this software is freely granted, provided that this
 * notice is preserved.
 */

import type { UnaryOp } from "../../ir/graph.ts";
import { polygammaValue } from "../../ir/rules/polygamma.ts";

export interface ElementaryFunction {
  readonly parameters: number;
  readonly evaluate: (x: number, y: number) => number;
}

/** 1/(1 + e^{−x}), without overflow on either side. */
function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** log(1 + eˣ) = max(x, 0) + log(1 + e^{−|x|}). */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Σ cᵢxⁱ. */
function polynomial(x: number, coefficients: readonly number[]): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + coefficients[i];
  return sum;
}

type Rational = readonly [numerator: readonly number[], denominator: readonly number[]];

const rational = (x: number, [p, q]: Rational): number => polynomial(x, p) / polynomial(x, q);

/** (erf x − x)/x in x², |x| < 0.84375. */
const small: Rational = [
  [1.2837916709551256e-1, -3.250421072470015e-1, -2.848174957559851e-2, -5.770270296489442e-3, -2.3763016656650163e-5],
  [1, 3.9791722395915535e-1, 6.50222499887673e-2, 5.081306281875766e-3, 1.3249473800432164e-4, -3.960228278775368e-6],
];

const erfNearOne = 8.450629115104675e-1;

/** erf x − 0.845… in x − 1, 0.84375 ≤ x < 1.25. */
const nearOne: Rational = [
  [
    -2.3621185607526594e-3, 4.1485611868374833e-1, -3.722078760357013e-1, 3.1834661990116175e-1, -1.1089469428239668e-1,
    3.5478304325618236e-2, -2.166375594868791e-3,
  ],
  [
    1, 1.0642088040084423e-1, 5.40397917702171e-1, 7.182865441419627e-2, 1.2617121980876164e-1, 1.363708391202905e-2,
    1.1984499846799107e-2,
  ],
];

/** log(x·e^{x²}·erfc x) + 0.5625 in 1/x², 1.25 ≤ x < 1/0.35. */
const middle: Rational = [
  [
    -9.864944034847148e-3, -6.938585727071818e-1, -1.0558626225323291e1, -6.2375332450326006e1, -1.6239666946257347e2,
    -1.8460509290671104e2, -8.12874355063066e1, -9.814329344169145,
  ],
  [
    1, 1.9651271667439257e1, 1.3765775414351904e2, 4.3456587747522923e2, 6.453872717332679e2, 4.2900814002756783e2,
    1.0863500554177944e2, 6.570249770319282, -6.04244152148581e-2,
  ],
];

/** The same, x ≥ 1/0.35. */
const large: Rational = [
  [
    -9.8649429247001e-3, -7.99283237680523e-1, -1.7757954917754752e1, -1.6063638485582192e2, -6.375664433683896e2,
    -1.0250951316110772e3, -4.835191916086514e2,
  ],
  [
    1, 3.033806074348246e1, 3.257925129965739e2, 1.536729586084437e3, 3.1998582195085955e3, 2.5530504064331644e3,
    4.7452854120695537e2, -2.244095244658582e1,
  ],
];

/** erfc x for x ≥ 1.25; e^{−x²} in two factors, the first exact in its exponent. */
function erfcTail(x: number): number {
  if (x > 28) return 0;
  const rest = rational(1 / (x * x), x < 1 / 0.35 ? middle : large);
  const z = Math.fround(x);
  return (Math.exp(-z * z - 0.5625) * Math.exp((z - x) * (z + x) + rest)) / x;
}

export function erf(x: number): number {
  const size = Math.abs(x);
  if (size < 0.84375) return x + x * rational(x * x, small);
  if (size < 1.25) return Math.sign(x) * (erfNearOne + rational(size - 1, nearOne));
  return Number.isNaN(x) ? x : Math.sign(x) * (1 - erfcTail(size));
}

export function erfc(x: number): number {
  if (x < 0.25) return x > -0.84375 ? 1 - (x + x * rational(x * x, small)) : 1 + erf(-x);
  if (x < 0.84375) return 0.5 - (x - 0.5 + x * rational(x * x, small));
  if (x < 1.25) return 1 - erfNearOne - rational(x - 1, nearOne);
  return Number.isNaN(x) ? x : erfcTail(x);
}

const unary = (evaluate: (x: number) => number): ElementaryFunction => ({ parameters: 1, evaluate });

/** What WebAssembly has no instruction for. */
export type ElementaryName =
  | Exclude<UnaryOp, "reciprocal" | "sqrt" | "floor" | "ceil">
  | "mod"
  | "pow"
  | "atan2"
  | "polygamma";

export const elementaryFunctions: Readonly<Record<ElementaryName, ElementaryFunction>> = {
  exp: unary(Math.exp),
  log: unary(Math.log),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  asin: unary(Math.asin),
  atan: unary(Math.atan),
  tanh: unary(Math.tanh),
  sigmoid: unary(sigmoid),
  softplus: unary(softplus),
  erf: unary(erf),
  erfc: unary(erfc),
  pow: { parameters: 2, evaluate: Math.pow },
  atan2: { parameters: 2, evaluate: Math.atan2 },
  polygamma: { parameters: 2, evaluate: polygammaValue },
  // The remainder with the sign of x.
  mod: { parameters: 2, evaluate: (x, y) => x % y },
};
