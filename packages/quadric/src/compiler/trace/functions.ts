/**
 * Functions that jax-js composes of others, recognized in a jaxpr, so that they are evaluated and differentiated by
 * formulas that hold everywhere. Those of jax-js lose digits at small arguments (tanh, sinh, arcsinh), or are NaN at 0ʸ
 * (power) and at (0, −1) (atan2).
 *
 * Each arrives as one nested jaxpr, by itself or as its forward derivative of any order, which appear when a loss holds
 * derivatives of a network. It is compared with what jax-js makes of the function now.
 */
import { type Jaxpr, jvp as jaxJvp, makeJaxpr, numpy as np } from "@jax-js/jax";
import { jvp } from "../autodiff/jvp.ts";
import type { Builder } from "../ir/builder.ts";
import type { Node } from "../ir/graph.ts";
import { substitute } from "../ir/rebuild.ts";
import { polygamma } from "../ir/rules/polygamma.ts";
import { special } from "../special.ts";
import type { Target } from "./types.ts";

type JaxEquation = Jaxpr["eqns"][number];

interface Known {
  /** jax-js's function, as many arguments as it takes. */
  readonly of: (...args: np.Array[]) => np.Array;
  readonly build: (b: Builder, ...args: Node[]) => Node;
}

const functions: Record<string, Known> = {
  tanh: { of: (x) => np.tanh(x), build: (b, x) => b.unary("tanh", x) },
  power: { of: (x, y) => np.power(x, y), build: (b, x, y) => b.pow(x, y) },
  atan2: { of: (y, x) => np.arctan2(y, x), build: (b, y, x) => b.binary("atan2", y, x) },
  sinc: { of: (x) => np.sinc(x), build: sinc },
  sinh: { of: (x) => np.sinh(x), build: sinh },
  lgamma: { of: (x) => special.lgamma(x), build: (b, x) => polygamma(b, -1, x) },
  digamma: { of: (x) => special.digamma(x), build: (b, x) => polygamma(b, 0, x) },
  arcsinh: { of: (x) => np.arcsinh(x), build: arcsinh },
};

/** (eˣ − e⁻ˣ)/2; near 0, where that cancels, 2t/(1 − t²), t = tanh(x/2). */
function sinh(b: Builder, x: Node): Node {
  const number = (value: number) => b.scalar(value, x.dtype);
  const isSmall = b.compare("less", b.mul(x, x), number(1));
  const t = b.unary("tanh", b.scale(b.where(isSmall, x, number(0)), 0.5));
  const near = b.scale(b.mul(t, b.unary("reciprocal", b.add(number(1), b.scale(b.mul(t, t), -1)))), 2);
  const e = b.unary("exp", x);
  return b.where(isSmall, near, b.scale(b.add(e, b.scale(b.unary("exp", b.scale(x, -1)), -1)), 0.5));
}

/** y = ±log(|x| + r), r = √(x² + 1), and a step of Newton's on sinh y = x, which gives small x their digits back. */
function arcsinh(b: Builder, x: Node): Node {
  const number = (value: number) => b.scalar(value, x.dtype);
  const sign = b.where(b.compare("less", x, number(0)), number(-1), number(1));
  const r = b.unary("sqrt", b.add(b.mul(x, x), number(1)));
  const y = b.mul(sign, b.unary("log", b.add(b.mul(sign, x), r)));
  return b.add(y, b.mul(b.add(x, b.scale(sinh(b, y), -1)), b.unary("reciprocal", r)));
}

/** (sin t)/t, t = πx; near 0 by its series, up to t¹⁶/17! < 10⁻¹⁷ there, which has all derivatives. */
function sinc(b: Builder, x: Node): Node {
  const number = (value: number) => b.scalar(value, x.dtype);
  const t = b.scale(x, Math.PI);
  const square = b.mul(t, t);
  const isSmall = b.compare("less", square, number(0.5));
  let series = number(1);
  for (let n = 8; n > 0; n--) series = b.add(b.scale(b.mul(square, series), -1 / (2 * n * (2 * n + 1))), number(1));
  const away = b.where(isSmall, number(1), t);
  return b.where(isSmall, series, b.mul(b.unary("sin", away), b.unary("reciprocal", away)));
}

export function importFunction({ b, types }: Target, equation: JaxEquation, inputs: Node[]): Node[] | undefined {
  const { params, inputs: atoms, outBinders } = equation;
  const match = /^(\w+?)((?:_jvp)*)$/.exec(String(params.name));
  const known = match && functions[match[1]];
  if (!known || params.jaxpr === undefined) return undefined;
  const order = match[2].length / "_jvp".length;
  const avals = atoms.map(({ aval }) => aval);
  if (inputs.length !== known.of.length * 2 ** order) return undefined;
  if (String(nestedJaxpr(known, order, avals)) !== String(params.jaxpr)) return undefined;
  const type = types.of(outBinders[0].aval, match[1]);
  return derivatives(
    b,
    known,
    order,
    inputs.map((x) => b.cast(x, type)),
  );
}

/** [y] and its tangents: order n maps (x…, ẋ…) of order n − 1 to (y, ẏ). */
function derivatives(b: Builder, known: Known, order: number, args: readonly Node[]): Node[] {
  if (order === 0) return [known.build(b, ...args)];
  const half = args.length / 2;
  const variables = args.slice(0, half).map(({ shape, dtype }) => b.input("t", shape, dtype));
  const values = derivatives(b, known, order - 1, variables);
  const seeds = args.slice(half).map(({ shape, dtype }) => b.input("dt", shape, dtype));
  const tangents = jvp(b, values, new Map(variables.map((x, i) => [x, seeds[i]])));
  const all = [...values, ...tangents.map((t, i) => t ?? b.full(0, values[i].shape, values[i].dtype))];
  return substitute(b, all, new Map([...variables, ...seeds].map((x, i) => [x, args[i]])));
}

/** The jaxpr that jax-js nests for the `order`-th forward derivative of a function of these types. */
function nestedJaxpr({ of }: Known, order: number, avals: readonly unknown[]): unknown {
  let f: (...args: np.Array[]) => np.Array[] = (...args) => [of(...args)];
  for (let n = 0; n < order; n++) {
    const previous = f;
    f = (...args) => {
      const half = args.length / 2;
      return jaxJvp(previous, args.slice(0, half), args.slice(half)).flat();
    };
  }
  // It takes types in place of arrays, as its own jit does.
  const { jaxpr } = makeJaxpr(f)(...(avals as np.Array[]));
  const nested = jaxpr.jaxpr.eqns.find(({ params }) => params.jaxpr !== undefined);
  return nested?.params.jaxpr;
}
