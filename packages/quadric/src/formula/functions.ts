/**
 * The functions of a formula, operators included: value, partial derivatives, and how JavaScript writes them.
 *
 *   y = f(a)        partials  [∂f/∂a]
 *   y = f(a, b)     partials  [∂f/∂a, ∂f/∂b]
 *
 * Where a function has a kink (abs, min, max), the derivative is that of one side, and 0 for abs at 0.
 */
import { erf, erfc } from "./error-function.ts";

/** Operators first; what begins with a letter is written as a function, but for `negative`. */
const names = [
  "+",
  "-",
  "*",
  "/",
  "^",
  "negative",
  "exp",
  "expm1",
  "log",
  "ln",
  "log1p",
  "log2",
  "log10",
  "sqrt",
  "cbrt",
  "abs",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "acosh",
  "atanh",
  "erf",
  "erfc",
  "pow",
  "atan2",
  "min",
  "max",
] as const;
export type FunctionName = (typeof names)[number];

type Real = (a: number, b: number, y: number) => number;

export interface FunctionRule {
  readonly value: (a: number, b: number) => number;
  /** One for each input; y is the value. */
  readonly partials: readonly Real[];
  /** What JavaScript calls it; none has a name for erf and erfc. */
  readonly code?: string;
}

const unary = (code: string | undefined, value: (a: number) => number, slope: Real): FunctionRule => ({
  value,
  partials: [slope],
  code,
});

/** ∂(aᵇ)/∂b = aᵇ·ln a, which is 0 at a = 0 for b > 0. */
const powerSlope: Real = (a, b, y) => (a === 0 && b > 0 ? 0 : y * Math.log(a));

const power: FunctionRule = {
  value: (a, b) => a ** b,
  partials: [(a, b) => (b === 0 ? 0 : b * a ** (b - 1)), powerSlope],
  code: "Math.pow",
};

const gaussian = (a: number) => (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a);

export const functions: Readonly<Record<FunctionName, FunctionRule>> = {
  "+": { value: (a, b) => a + b, partials: [() => 1, () => 1] },
  "-": { value: (a, b) => a - b, partials: [() => 1, () => -1] },
  "*": { value: (a, b) => a * b, partials: [(_, b) => b, (a) => a] },
  "/": { value: (a, b) => a / b, partials: [(_, b) => 1 / b, (_, b, y) => -y / b] },
  "^": power,
  negative: unary(
    undefined,
    (a) => -a,
    () => -1,
  ),
  exp: unary("Math.exp", Math.exp, (_, __, y) => y),
  expm1: unary("Math.expm1", Math.expm1, (_, __, y) => y + 1),
  log: unary("Math.log", Math.log, (a) => 1 / a),
  ln: unary("Math.log", Math.log, (a) => 1 / a),
  log1p: unary("Math.log1p", Math.log1p, (a) => 1 / (1 + a)),
  log2: unary("Math.log2", Math.log2, (a) => Math.LOG2E / a),
  log10: unary("Math.log10", Math.log10, (a) => Math.LOG10E / a),
  sqrt: unary("Math.sqrt", Math.sqrt, (_, __, y) => 0.5 / y),
  cbrt: unary("Math.cbrt", Math.cbrt, (_, __, y) => 1 / (3 * y * y)),
  abs: unary("Math.abs", Math.abs, (a) => Math.sign(a)),
  sin: unary("Math.sin", Math.sin, (a) => Math.cos(a)),
  cos: unary("Math.cos", Math.cos, (a) => -Math.sin(a)),
  tan: unary("Math.tan", Math.tan, (_, __, y) => 1 + y * y),
  asin: unary("Math.asin", Math.asin, (a) => 1 / Math.sqrt(1 - a * a)),
  acos: unary("Math.acos", Math.acos, (a) => -1 / Math.sqrt(1 - a * a)),
  atan: unary("Math.atan", Math.atan, (a) => 1 / (1 + a * a)),
  sinh: unary("Math.sinh", Math.sinh, (a) => Math.cosh(a)),
  cosh: unary("Math.cosh", Math.cosh, (a) => Math.sinh(a)),
  tanh: unary("Math.tanh", Math.tanh, (_, __, y) => 1 - y * y),
  asinh: unary("Math.asinh", Math.asinh, (a) => 1 / Math.sqrt(a * a + 1)),
  acosh: unary("Math.acosh", Math.acosh, (a) => 1 / Math.sqrt(a * a - 1)),
  atanh: unary("Math.atanh", Math.atanh, (a) => 1 / (1 - a * a)),
  erf: unary(undefined, erf, gaussian),
  erfc: unary(undefined, erfc, (a) => -gaussian(a)),
  pow: power,
  atan2: {
    value: Math.atan2,
    partials: [(a, b) => b / (a * a + b * b), (a, b) => -a / (a * a + b * b)],
    code: "Math.atan2",
  },
  min: {
    value: Math.min,
    partials: [(a, b) => (a <= b ? 1 : 0), (a, b) => (a <= b ? 0 : 1)],
    code: "Math.min",
  },
  max: {
    value: Math.max,
    partials: [(a, b) => (a >= b ? 1 : 0), (a, b) => (a >= b ? 0 : 1)],
    code: "Math.max",
  },
};
