/** Functions of one and two numbers, by their formulas in plain float64. */
import type { Arithmetic, Jet } from "./jet.ts";

type Unary = (a: Arithmetic, x: Jet) => Jet;

const rootOfPi = Math.sqrt(Math.PI);

/** erf x by its series, erfc x by a continued fraction. */
export function erf(x: number): number {
  if (Math.abs(x) >= 2) return Math.sign(x) * (1 - erfc(Math.abs(x)));
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / rootOfPi) * sum;
}

export function erfc(x: number): number {
  if (x < 2) return 1 - erf(x);
  let fraction = 0;
  for (let n = 200; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / rootOfPi / (x + fraction);
}

const number = (a: Arithmetic, c: number) => a.constant(c);

/** A function from f, f′ and f″. */
const elementary =
  (f: (x: number) => readonly [number, number, number], noise?: readonly [number, number, number]): Unary =>
  (a, x) => {
    const [value, slope, curvature] = f(x.v);
    return a.apply(x, value, { slope, curvature, noise });
  };

const sigmoidOf = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));

export const sin: Unary = elementary((x) => [Math.sin(x), Math.cos(x), -Math.sin(x)], [1, 1, 1]);
export const cos: Unary = elementary((x) => [Math.cos(x), -Math.sin(x), -Math.cos(x)], [1, 1, 1]);
export const exp: Unary = elementary((x) => [Math.exp(x), Math.exp(x), Math.exp(x)]);
export const log: Unary = elementary((x) => [Math.log(x), 1 / x, -1 / (x * x)]);
export const sqrt: Unary = elementary((x) => [Math.sqrt(x), 0.5 / Math.sqrt(x), -0.25 / Math.sqrt(x) ** 3]);
export const reciprocal: Unary = elementary((x) => [1 / x, -1 / (x * x), 2 / x ** 3]);
export const asin: Unary = elementary(
  (x) => {
    const r = 1 / Math.sqrt(1 - x * x);
    return [Math.asin(x), r, x * r ** 3];
  },
  [1, 0, 0],
);
export const atan: Unary = elementary((x) => [Math.atan(x), 1 / (1 + x * x), (-2 * x) / (1 + x * x) ** 2], [1, 0, 0]);
/** 1 − y² of a rounded y near 1 has an absolute error. */
export const tanh: Unary = elementary(
  (x) => {
    const y = Math.tanh(x);
    return [y, 1 - y * y, -2 * y * (1 - y * y)];
  },
  [0, 1, 2],
);
export const sigmoid: Unary = (a, x) => {
  const y = sigmoidOf(x.v);
  const slope = y * sigmoidOf(-x.v);
  return a.apply(x, y, { slope, curvature: slope * (1 - 2 * y), noise: [0, y, y] });
};
export const softplus: Unary = (a, x) => {
  const y = sigmoidOf(x.v);
  const value = Math.max(x.v, 0) + Math.log1p(Math.exp(-Math.abs(x.v)));
  return a.apply(x, value, { slope: y, curvature: y * sigmoidOf(-x.v), noise: [0, 0, y] });
};
const bell = (x: number) => (2 / rootOfPi) * Math.exp(-x * x);
// Engines' float32 error functions are right to a few 1e-7.
export const erfOf: Unary = elementary((x) => [erf(x), bell(x), -2 * x * bell(x)], [2, 0, 0]);
export const erfcOf: Unary = elementary((x) => [erfc(x), -bell(x), 2 * x * bell(x)], [2, 0, 0]);
export const sinh: Unary = elementary((x) => [Math.sinh(x), Math.cosh(x), Math.sinh(x)], [0, 0, 1]);
export const cosh: Unary = elementary((x) => [Math.cosh(x), Math.sinh(x), Math.cosh(x)], [0, 1, 0]);
export const arcsinh: Unary = elementary((x) => [Math.asinh(x), 1 / Math.hypot(1, x), -x / Math.hypot(1, x) ** 3]);
export const expm1: Unary = elementary((x) => [Math.expm1(x), Math.exp(x), Math.exp(x)]);
export const log1p: Unary = elementary((x) => [Math.log1p(x), 1 / (1 + x), -1 / (1 + x) ** 2]);
/** (sin t)/t, t = πx, and its derivatives by their series near 0. */
export const sinc: Unary = elementary(
  (x) => {
    const t = Math.PI * x;
    if (Math.abs(t) < 0.5) {
      let [f, f1, f2, c] = [0, 0, 0, 1];
      for (let n = 0; n < 12; n++) {
        const m = 2 * n;
        f += c * t ** m;
        if (m > 0) f1 += c * m * t ** (m - 1);
        if (m > 0) f2 += c * m * (m - 1) * t ** (m - 2);
        c *= -1 / ((m + 2) * (m + 3));
      }
      return [f, Math.PI * f1, Math.PI ** 2 * f2];
    }
    const [s, k] = [Math.sin(t), Math.cos(t)];
    return [s / t, Math.PI * (k / t - s / t ** 2), Math.PI ** 2 * (-s / t - (2 * k) / t ** 2 + (2 * s) / t ** 3)];
  },
  [1, 6, 20],
);

/** ln Γ and its first three derivatives for x > 0: Stirling's series beyond 12, before by Γ(x + 1) = x·Γ(x). */
function gammas(x: number): number[] {
  if (x < 12) {
    const next = gammas(x + 1);
    return next.map((g, n) => g - [Math.log(x), 1 / x, -1 / x ** 2, 2 / x ** 3][n]);
  }
  const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6];
  const sum = (term: (b: number, m: number) => number) => bernoulli.reduce((s, b, i) => s + term(b, 2 * i + 2), 0);
  return [
    (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + sum((b, m) => b / (m * (m - 1) * x ** (m - 1))),
    Math.log(x) - 1 / (2 * x) - sum((b, m) => b / (m * x ** m)),
    1 / x + 1 / (2 * x * x) + sum((b, m) => b / x ** (m + 1)),
    -1 / x ** 2 - 1 / x ** 3 - sum((b, m) => ((m + 1) * b) / x ** (m + 2)),
  ];
}

// Near the zeros at 1 and 2, and of digamma at 1.46, digits are absolute.
const lgamma: Unary = elementary(
  (x) => {
    const [value, slope, curvature] = gammas(x);
    return [Math.abs(value) < 1e-13 ? 0 : value, slope, curvature];
  },
  [8, 8, 8],
);
const digamma: Unary = elementary((x) => gammas(x).slice(1) as [number, number, number], [8, 8, 8]);

const constantPieces =
  (f: (x: number) => number): Unary =>
  (a, x) =>
    a.plain(f(x.v), true);
export const floor: Unary = constantPieces(Math.floor);
export const ceil: Unary = constantPieces(Math.ceil);
export const trunc: Unary = constantPieces(Math.trunc);
/** To the even of two that are as near. */
export const rint: Unary = constantPieces((x) => {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.floor(x + 0.5);
  return below % 2 === 0 ? below : below + 1;
});
export const sign: Unary = constantPieces(Math.sign);

/** Of equal arguments the first is taken. */
export const maximum = (_a: Arithmetic, x: Jet, y: Jet): Jet => (x.v < y.v ? y : x);
export const minimum = (_a: Arithmetic, x: Jet, y: Jet): Jet => (y.v < x.v ? y : x);

export function power(a: Arithmetic, x: Jet, y: Jet): Jet {
  const v = x.v ** y.v;
  const times = (factor: number, e: number) => (factor === 0 ? 0 : factor * x.v ** e);
  const l = x.v > 0 ? Math.log(x.v) : 0;
  return a.combine(x, y, v, {
    slopes: [times(y.v, y.v - 1), v * l],
    curvatures: [times(y.v * (y.v - 1), y.v - 2), times(1 + y.v * l, y.v - 1), v * l * l],
  });
}

export function atan2(a: Arithmetic, y: Jet, x: Jet): Jet {
  const r2 = x.v ** 2 + y.v ** 2;
  const [xy, d] = [(2 * x.v * y.v) / r2 ** 2, (y.v ** 2 - x.v ** 2) / r2 ** 2];
  return a.combine(y, x, Math.atan2(y.v, x.v), { slopes: [x.v / r2, -y.v / r2], curvatures: [-xy, d, xy] });
}

/** x − y·trunc(x/y), whose quotient engines round: near a multiple of y the remainder is 0 or y. */
export function fmod(a: Arithmetic, x: Jet, y: Jet): Jet {
  const [ratio, rounded] = [x.v / y.v, a.plain(x.v / y.v).v];
  const isSame = Math.trunc(ratio) === Math.trunc(rounded);
  const quotient = isSame ? Math.round((x.v - (x.v % y.v)) / y.v) : Math.trunc(rounded);
  const remainder = isSame ? x.v % y.v : x.v - quotient * y.v;
  return a.combine(x, y, remainder, { slopes: [1, -quotient], curvatures: [0, 0, 0] });
}

export const remainder = (a: Arithmetic, x: Jet, y: Jet): Jet => fmod(a, a.add(fmod(a, x, y), y), y);

const halves = (a: Arithmetic, x: Jet) => a.scale(x, 0.5);
const relu: Unary = (a, x) => maximum(a, x, number(a, 0));
const clipped = (a: Arithmetic, x: Jet, low: number, high: number) =>
  maximum(a, minimum(a, x, number(a, high)), number(a, low));
const hardSigmoid: Unary = (a, x) => a.scale(clipped(a, a.add(x, number(a, 3)), 0, 6), 1 / 6);
const isSmall = (limit: number) => (x: number) => Math.abs(x) < limit;
/** 0.5·x·(1 + tanh(k·x·(1 + 0.044715·x²))). */
const k = Math.sqrt(2 / Math.PI);
const geluAngle: Unary = (a, x) => {
  const square = a.mul(x, x);
  return tanh(a, a.scale(a.mul(x, a.add(a.scale(square, 0.044715), number(a, 1))), k));
};
const gelu: Unary = (a, x) => a.mul(halves(a, x), a.add(geluAngle(a, x), number(a, 1)));
const one = (a: Arithmetic) => number(a, 1);
const geluSlope: Unary = (a, x) => {
  const t = geluAngle(a, x);
  const inner = a.scale(a.add(one(a), a.scale(a.mul(x, x), 3 * 0.044715)), k);
  const slope = a.mul(a.sub(one(a), a.mul(t, t)), inner);
  return a.add(halves(a, a.add(one(a), t)), a.mul(halves(a, x), slope));
};
const siluSlope: Unary = (a, x) => {
  const y = sigmoid(a, x);
  return a.add(y, a.mul(x, a.mul(y, a.sub(one(a), y))));
};
/** By jax-js's own formula of tanh, whose error is absolute. */
const tanhSlope: Unary = elementary(
  (x) => {
    const y = Math.tanh(x);
    const slope = 1 - y * y;
    return [slope, -2 * y * slope, (6 * y * y - 2) * slope];
  },
  [2, 4, 8],
);
const below = (x: Jet, c: number) => x.v < c;

/** How a user writes a function of x, what it is, and where it is tried. */
export interface Written {
  readonly source: (x: string) => string;
  readonly f: Unary;
  readonly domain?: (x: number) => boolean;
  /** Whether integers stay integers. */
  readonly keepsIntegers?: boolean;
  /** Whether jax-js computes it by a series of float32 accuracy for what it calls float32. */
  readonly isOfType?: boolean;
  /** Whether the result takes the type of what it meets. */
  readonly isWeak?: boolean;
}

const call = (name: string) => (x: string) => `${name}(${x})`;
const derivative = (f: string) => (x: string) => `grad((t) => ${f}.sum())(${x})`;
const forward = (f: string) => (x: string) =>
  `(([, dy]) => dy)(((x) => jvp((t) => ${f}, [x.ref], [np.onesLike(x)]))(${x}))`;

export const written: readonly Written[] = [
  { source: call("np.square"), f: (a, x) => a.mul(x, x), keepsIntegers: true },
  { source: call("np.sin"), f: sin },
  { source: call("np.cos"), f: cos },
  { source: call("np.exp"), f: exp, domain: isSmall(6) },
  { source: call("np.log"), f: log, domain: (x) => x > 0.02 },
  { source: call("np.sqrt"), f: sqrt, domain: (x) => x > 0.02 },
  { source: call("np.reciprocal"), f: reciprocal, domain: (x) => Math.abs(x) > 0.05 },
  { source: call("np.tanh"), f: tanh },
  { source: call("nn.sigmoid"), f: sigmoid, domain: isSmall(25) },
  { source: call("nn.softplus"), f: softplus, domain: (x) => x > -7 && x < 25 },
  { source: call("lax.erf"), f: erfOf },
  { source: call("lax.erfc"), f: erfcOf, domain: (x) => x < 1.5 },
  { source: call("np.arcsin"), f: asin, domain: isSmall(0.95) },
  { source: call("np.arccos"), f: (a, x) => a.sub(number(a, Math.PI / 2), asin(a, x)), domain: isSmall(0.95) },
  { source: call("np.arctan"), f: atan },
  { source: call("np.sinh"), f: sinh, domain: isSmall(6) },
  { source: call("np.cosh"), f: cosh, domain: isSmall(6) },
  { source: call("np.arcsinh"), f: arcsinh, domain: isSmall(1e3) },
  {
    source: call("np.arccosh"),
    f: (a, x) => log(a, a.add(x, sqrt(a, a.sub(a.mul(x, x), one(a))))),
    domain: (x) => x > 1.05,
  },
  {
    source: call("np.arctanh"),
    f: (a, x) => halves(a, log(a, a.div(a.add(one(a), x), a.sub(one(a), x)))),
    domain: isSmall(0.95),
  },
  { source: call("np.tan"), f: (a, x) => a.div(sin(a, x), cos(a, x)), domain: (x) => Math.abs(Math.cos(x)) > 0.1 },
  { source: (x) => `${x}.neg()`, f: (a, x) => a.scale(x, -1), keepsIntegers: true },
  {
    source: call("np.absolute"),
    f: (a, x) => (below(x, 0) ? a.scale(x, -1) : x),
    keepsIntegers: true,
  },
  { source: call("np.sign"), f: sign, isWeak: true },
  { source: call("np.floor"), f: floor },
  { source: call("np.ceil"), f: ceil },
  { source: call("np.trunc"), f: trunc },
  { source: call("np.rint"), f: rint },
  { source: call("nn.relu"), f: relu, keepsIntegers: true },
  { source: call("nn.relu6"), f: (a, x) => clipped(a, x, 0, 6), keepsIntegers: true },
  { source: (x) => `np.clip(${x}, -0.5, 1)`, f: (a, x) => clipped(a, x, -0.5, 1) },
  { source: call("nn.gelu"), f: gelu, domain: isSmall(8) },
  {
    source: (x) => `nn.gelu(${x}, { approximate: false })`,
    f: (a, x) => a.mul(halves(a, x), erfcOf(a, a.scale(x, -Math.SQRT1_2))),
    domain: (x) => x > -2 && x < 8,
  },
  { source: call("nn.silu"), f: (a, x) => a.mul(x, sigmoid(a, x)), domain: isSmall(25) },
  // Their eˣ is differentiated beyond 0 too, where it must be finite.
  { source: call("nn.elu"), f: (a, x) => (below(x, 0) ? a.sub(exp(a, x), one(a)) : x), domain: (x) => x < 40 },
  { source: call("nn.leakyRelu"), f: (a, x) => (below(x, 0) ? a.scale(x, 0.01) : x) },
  {
    source: call("nn.selu"),
    f: (a, x) => a.scale(below(x, 0) ? a.scale(expm1(a, x), 1.6732632423543772) : x, 1.0507009873554805),
    domain: (x) => x < 40,
    isOfType: true,
  },
  {
    source: (x) => `nn.celu(${x}, 0.5)`,
    f: (a, x) => (below(x, 0) ? halves(a, a.sub(exp(a, a.scale(x, 2)), one(a))) : x),
    domain: (x) => x < 20,
  },
  { source: call("nn.hardTanh"), f: (a, x) => clipped(a, x, -1, 1) },
  { source: call("nn.hardSigmoid"), f: hardSigmoid },
  { source: call("nn.hardSilu"), f: (a, x) => a.mul(x, hardSigmoid(a, x)) },
  { source: call("nn.mish"), f: (a, x) => a.mul(x, tanh(a, softplus(a, x))), domain: (x) => x > -7 && x < 25 },
  { source: call("nn.softSign"), f: (a, x) => a.div(x, a.add(below(x, 0) ? a.scale(x, -1) : x, one(a))) },
  { source: call("nn.squareplus"), f: (a, x) => halves(a, a.add(x, sqrt(a, a.add(a.mul(x, x), number(a, 4))))) },
  {
    source: call("nn.logSigmoid"),
    f: (a, x) => a.scale(softplus(a, a.scale(x, -1)), -1),
    domain: (x) => x < 7 && x > -25,
  },
  { source: call("np.expm1"), f: (a, x) => expm1(a, x), domain: isSmall(6), isOfType: true },
  { source: call("np.log1p"), f: (a, x) => log1p(a, x), domain: (x) => x > -0.9, isOfType: true },
  { source: call("np.exp2"), f: (a, x) => exp(a, a.scale(x, Math.LN2)), domain: isSmall(8) },
  { source: call("np.log2"), f: (a, x) => a.scale(log(a, x), Math.LOG2E), domain: (x) => x > 0.02 },
  { source: call("np.log10"), f: (a, x) => a.scale(log(a, x), Math.LOG10E), domain: (x) => x > 0.02 },
  {
    source: call("np.cbrt"),
    f: (a, x) => a.scale(exp(a, a.scale(log(a, a.scale(x, Math.sign(x.v))), 1 / 3)), Math.sign(x.v)),
    domain: (x) => Math.abs(x) > 0.05,
  },
  { source: call("np.sinc"), f: sinc, domain: isSmall(8) },
  { source: call("np.deg2rad"), f: (a, x) => a.scale(x, Math.PI / 180) },
  {
    source: call("nn.sparsePlus"),
    f: (a, x) => {
      const y = a.add(x, one(a));
      if (x.v <= -1) return number(a, 0);
      return below(x, 1) ? a.scale(a.mul(y, y), 0.25) : x;
    },
  },
  {
    source: call("scipySpecial.logit"),
    f: (a, x) => log(a, a.div(x, a.sub(one(a), x))),
    domain: (x) => x > 0.05 && x < 0.95,
  },
  { source: call("special.lgamma"), f: lgamma, domain: (x) => x > 0.05 },
  { source: call("special.digamma"), f: digamma, domain: (x) => x > 0.05 },
  { source: call("np.nanToNum"), f: (_a, x) => x },
  { source: call("lax.stopGradient"), f: (_a, x) => ({ v: x.v, t: 0, exact: x.exact }) },
  { source: (x) => `jit((t) => np.sin(t.ref).mul(t))(${x})`, f: (a, x) => a.mul(sin(a, x), x) },
  { source: derivative("np.tanh(t)"), f: tanhSlope },
  { source: derivative("nn.gelu(t)"), f: geluSlope, domain: isSmall(6) },
  { source: derivative("nn.softplus(t)"), f: sigmoid, domain: isSmall(25) },
  { source: forward("nn.silu(t)"), f: siluSlope, domain: isSmall(25) },
  { source: forward("np.sin(t)"), f: cos },
  { source: forward("np.arctan(t)"), f: (a, x) => reciprocal(a, a.add(one(a), a.mul(x, x))) },
];
