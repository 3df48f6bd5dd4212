import { type Jaxpr, jvp as jaxJvp, makeJaxpr, numpy as np } from "@jax-js/jax";
import { jvp } from "../autodiff/jvp.ts";
import type { Builder } from "../ir/builder.ts";
import type { Node } from "../ir/graph.ts";
import { substitute } from "../ir/rebuild.ts";

type JaxEquation = Jaxpr["eqns"][number];

/**
 * jax-js's own tanh and its forward derivatives of any order, which appear when a loss holds derivatives of a network.
 * They arrive as one nested jaxpr, are compared with what jax-js makes of tanh now, and replaced by tanh and our rule.
 */
export function importTanh(b: Builder, { params, inputs: atoms }: JaxEquation, inputs: Node[]): Node[] | undefined {
  const match = /^tanh((?:_jvp)*)$/.exec(String(params.name));
  if (!match || params.jaxpr === undefined) return undefined;
  const order = match[1].length / "_jvp".length;
  if (inputs.length !== 2 ** order || String(tanhJaxpr(order, atoms[0].aval)) !== String(params.jaxpr))
    return undefined;
  return derivativesOfTanh(b, order, inputs);
}

/** [tanh x] and its tangents: order n maps (x, ẋ) of order n − 1 to (y, ẏ). */
function derivativesOfTanh(b: Builder, order: number, args: readonly Node[]): Node[] {
  if (order === 0) return [b.unary("tanh", args[0])];
  const half = args.length / 2;
  const variables = args.slice(0, half).map(({ shape, dtype }) => b.input("t", shape, dtype));
  const values = derivativesOfTanh(b, order - 1, variables);
  const seeds = args.slice(half).map(({ shape, dtype }) => b.input("dt", shape, dtype));
  const tangents = jvp(b, values, new Map(variables.map((x, i) => [x, seeds[i]])));
  const all = [...values, ...tangents.map((t, i) => t ?? b.full(0, values[i].shape, values[i].dtype))];
  return substitute(b, all, new Map([...variables, ...seeds].map((x, i) => [x, args[i]])));
}

/** The jaxpr that jax-js nests for the `order`-th forward derivative of tanh at this shape. */
function tanhJaxpr(order: number, { shape, dtype }: { shape: number[]; dtype: np.DType }): unknown {
  const zeros = () => np.zeros(shape, { dtype });
  let f: (...args: np.Array[]) => np.Array[] = (x) => [np.tanh(x)];
  for (let n = 0; n < order; n++) {
    const previous = f;
    f = (...args) => {
      const half = args.length / 2;
      return jaxJvp(previous, args.slice(0, half), args.slice(half)).flat();
    };
  }
  const { jaxpr } = makeJaxpr(f)(...Array.from({ length: 2 ** order }, zeros));
  const nested = jaxpr.jaxpr.eqns.find((equation) => equation.params.jaxpr !== undefined);
  return nested?.params.jaxpr;
}
