/** Windows, gather and their transposes in jax-js. */
import { lax, numpy as np, vjp } from "@jax-js/jax";
import { gatherOf, indexedFirst, type Node, windowsOf } from "../../ir/graph.ts";
import { materialized } from "./materialize.ts";

type Rule = (inputs: np.Array[], node: Node) => np.Array;

/** The transpose of a linear function of arrays of the given shape, by jax-js's own reverse mode at zero. */
function transposed(f: (x: np.Array) => np.Array, shape: readonly number[], u: np.Array): np.Array {
  const [value, pullback] = vjp(f, [np.zeros([...shape], { dtype: u.dtype })]);
  value.dispose();
  const [cotangent] = pullback(u);
  pullback.dispose();
  return cotangent;
}

const windows = (x: np.Array, node: Node): np.Array => {
  const { window, strides } = windowsOf(node);
  return lax.reduceWindow(x, (windowed) => windowed, [...window], [...strides]);
};

export const pool: Rule = ([x], node) => windows(x, node);

export const poolTranspose: Rule = ([u], node) => transposed((x) => windows(x, node), node.shape, materialized(u));

/** With the indexed axes first *index, *rest comes out, whatever jax-js makes of axes that lie apart. */
export const gather: Rule = ([x, ...indices], node) => {
  const { axis, outDim } = gatherOf(node);
  const { shape } = node;
  const count = shape.length - (x.ndim - axis.length);
  const gathered = np.transpose(x, indexedFirst(axis, x.ndim)).slice(...indices);
  const axes = shape.map((_, i) => i);
  return np.transpose(gathered, axes.slice(count).toSpliced(outDim, 0, ...axes.slice(0, count)));
};

/** x as the result of a computation: under jit jax-js's scatter refuses views. */
function computed(x: np.Array): np.Array {
  return np.maximum(x.ref, x);
}

export const scatterAdd: Rule = ([u, ...indices], node) => {
  const { axis, outDim } = gatherOf(node);
  const { shape } = node;
  const count = u.ndim - (shape.length - axis.length);
  const axes = u.shape.map((_, i) => i);
  const updates = np.transpose(u, [...axes.slice(outDim, outDim + count), ...axes.toSpliced(outDim, count)]);
  const perm = indexedFirst(axis, shape.length);
  const places = indices.map(computed);
  const sums = transposed(
    (x) => x.slice(...places.map((place) => place.ref)),
    perm.map((i) => shape[i]),
    computed(updates),
  );
  for (const place of places) place.dispose();
  return np.transpose(
    sums,
    perm.map((_, i) => perm.indexOf(i)),
  );
};
