/** Two ways round faults of jax-js 0.1.25 in what it fuses: both compute an operand before what follows. */
import { numpy as np } from "@jax-js/jax";
import { elementCount, type Node } from "../../ir/graph.ts";
import { toArray } from "./arrays.ts";

/**
 * x, computed before what follows. jax-js fuses an elementwise function into the convolution or transposed pooling after it,
 * and there applies it to the zeros that these put around and between the elements of x: cos becomes 1 in the padding. What
 * is padded by its own `pad` it computes first; so x is padded, and the padding left out again.
 */
export function materialized(x: np.Array): np.Array {
  const padded = np.pad(x, { 0: [0, 1] });
  return padded.slice([0, x.shape[0]]);
}

/**
 * The operands of a node, with those that spread one constant written out: jax-js pads such a view, and so joins it to others,
 * with the constant instead of zeros when it compiles.
 */
export function materializeConstants(xs: np.Array[], { inputs }: Node): np.Array[] {
  return xs.map((x, i) => {
    let source = inputs[i];
    while (["expand", "reshape", "transpose", "slice", "flip"].includes(source.op)) source = source.inputs[0];
    if (source.op !== "constant" || elementCount(source.shape) !== 1) return x;
    x.dispose();
    const { shape, dtype } = inputs[i];
    return toArray(new Float64Array(elementCount(shape)).fill(source.data![0]), shape, dtype);
  });
}
