/** Windows, gather and their transposes in jax-js. */
import { lax, numpy as np, vjp } from "@jax-js/jax";
import type { Node } from "../graph.ts";
import { windowsOf } from "../pooling.ts";

type Rule = (inputs: np.Array[], node: Node) => np.Array;

export const pool: Rule = ([x], node) => {
  const { window, strides } = windowsOf(node);
  return lax.reduceWindow(x, (windowed) => windowed, [...window], [...strides]);
};

export const gather: Rule = ([x, ...indices], { attributes, shape }) => {
  const { axis, outDim } = attributes as { axis: number[]; outDim: number };
  const rest = x.shape.map((_, i) => i).filter((i) => !axis.includes(i));
  // Indexed axes first: [*index, *rest] comes out, whatever jax-js makes of axes that lie apart.
  const gathered = np.transpose(x, [...axis, ...rest]).slice(...indices);
  const count = shape.length - rest.length;
  const axes = shape.map((_, i) => i);
  return np.transpose(gathered, axes.slice(count).toSpliced(outDim, 0, ...axes.slice(0, count)));
};

/** The transpose of a linear rule, by jax-js's own reverse mode at zero. */
const transposed =
  (rule: Rule): Rule =>
  ([u, ...others], node) => {
    const forward: Node = { ...node, shape: node.inputs[0].shape };
    const zeros = np.zeros([...node.shape], { dtype: node.dtype as np.DType });
    const [value, pullback] = vjp((x: np.Array) => rule([x, ...others.map((other) => other.ref)], forward), [zeros]);
    value.dispose();
    const [cotangent] = pullback(u);
    pullback.dispose();
    for (const other of others) other.dispose();
    return cotangent;
  };

export const poolTranspose: Rule = transposed(pool);
export const scatterAdd: Rule = transposed(gather);
