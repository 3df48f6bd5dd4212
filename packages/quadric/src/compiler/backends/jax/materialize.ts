/** Ways round faults of jax-js 0.1.25 in what it fuses: all of them compute a value before what follows. */
import { numpy as np } from "@jax-js/jax";
import { elementCount, type Node, type Op } from "../../ir/graph.ts";
import { toArray } from "./arrays.ts";

/**
 * x, computed before what follows. jax-js fuses an elementwise function into the convolution or transposed pooling
 * after it. There it applies it to the zeros that these put around and between the elements of x: cos becomes 1 in the
 * padding. What is padded by its own `pad` it computes first; so x is padded, and the padding left out again.
 */
export function materialized(x: np.Array): np.Array {
  if (x.ndim === 0) return materialized(x.reshape([1])).reshape([]);
  const padded = np.pad(x, { 0: [0, 1] });
  return padded.slice([0, x.shape[0]]);
}

/**
 * The operands of a node, with those that spread one constant written out: jax-js pads such a view, and so joins it to
 * others, with the constant instead of zeros when it compiles.
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

/** What jax-js computes where it is used, and so again for every use. */
const fused = new Set<Op>(
  (
    "add mul max min idiv mod pow compare and or where cast exp log reciprocal sqrt sin cos asin atan tanh sigmoid softplus erf " +
    "erfc floor ceil expand reshape transpose slice flip"
  ).split(" ") as Op[],
);

/** Operations that an element may repeat before it is stored instead. */
const largestRepeated = 24;

/**
 * Whether a node's value should be computed once: jax-js repeats what is fused for every use, so that y ← f(y, y), k
 * times, are 2ᵏ operations. `sizes` holds the operations behind an element of each node so far, and gets that of this
 * one.
 */
export function isRepeated(node: Node, uses: number, sizes: Map<Node, number>): boolean {
  const size = fused.has(node.op) ? node.inputs.reduce((sum, x) => sum + (sizes.get(x) ?? 0), 1) : 0;
  const isStored = uses > 1 && size > largestRepeated && node.dtype.startsWith("float") && elementCount(node.shape) > 0;
  sizes.set(node, isStored ? 0 : size);
  return isStored;
}
