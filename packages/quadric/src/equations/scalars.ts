/** Functions of a number with their derivatives, written down where that is shorter than finding them. */
import { nn, numpy as np } from "@jax-js/jax";
import { type Scalar, slopeOf } from "./jet.ts";

/** Any jax-js function of numbers, its derivatives by forward mode. */
export function scalarOf(f: (y: np.Array) => np.Array): Scalar {
  const slope = (y: np.Array): np.Array => slopeOf(f, y);
  return { value: (y) => f(y()), first: (y) => slope(y()), second: (y) => slopeOf(slope, y()) };
}

type ScalarName = "sin" | "cos" | "tanh" | "exp" | "reciprocal" | "sigmoid" | "log" | "sqrt" | "abs";

export const scalars: Readonly<Record<ScalarName, Scalar>> = {
  sin: { value: (y) => np.sin(y()), first: (y) => np.cos(y()), second: (_, z) => z().neg() },
  cos: { value: (y) => np.cos(y()), first: (y) => np.sin(y()).neg(), second: (_, z) => z().neg() },
  exp: { value: (y) => np.exp(y()), first: (_, z) => z(), second: (_, z) => z() },
  tanh: {
    value: (y) => np.tanh(y()),
    first: (_, z) => np.subtract(1, np.square(z())),
    second: (_, z, first) => z().mul(first()).mul(-2),
  },
  reciprocal: {
    value: (y) => np.reciprocal(y()),
    first: (_, z) => np.square(z()).neg(),
    second: (_, z, first) => z().mul(first()).mul(-2),
  },
  sigmoid: {
    value: (y) => nn.sigmoid(y()),
    first: (_, z) => z().mul(np.subtract(1, z())),
    second: (_, z, first) => first().mul(np.subtract(1, z().mul(2))),
  },
  log: scalarOf((y) => np.log(y)),
  sqrt: scalarOf((y) => np.sqrt(y)),
  abs: scalarOf((y) => np.abs(y)),
};

export const power = (exponent: number): Scalar => scalarOf((y) => np.pow(y, exponent));
