/**
 * Vectors in a program: one flat tensor, or a block for each tensor of the parameters.
 *
 * Few parameters are one flat vector, since there an operation costs more than its arithmetic; many stay in their
 * tensors.
 */
import type { Builder } from "./ir/builder.ts";
import { split } from "./ir/control.ts";
import { elementCount, type Node, sameShape } from "./ir/graph.ts";

/** Below this many parameters a vector is flat: fewer operations beat the copies to and from the tensors. */
const flatBelow = 2 ** 15;

export type Blocks = readonly Node[];

/** How vectors lie in the program. */
export interface BlockLayout {
  readonly shapes: readonly (readonly number[])[];
  readonly isFlat: boolean;
}

/** @param flat - whether to have one flat vector however many parameters there are. */
export function blockLayout(tensors: readonly { readonly shape: readonly number[] }[], flat: boolean): BlockLayout {
  const size = tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const isFlat = flat || size < flatBelow;
  // A scalar among the parameters is a block of one number.
  const shapes = isFlat ? [[size]] : tensors.map(({ shape }) => (shape.length === 0 ? [1] : shape));
  return { isFlat, shapes };
}

export interface BlockOperations {
  /** f of blocks of x and y, or of blocks of x and one number. */
  each(f: (x: Node, y: Node) => Node, x: Blocks, y: Blocks | Node): Node[];
  plus(x: Node, y: Node): Node;
  times(x: Node, y: Node): Node;
  minus(x: Blocks): Node[];
  /** Σ xᵢyᵢ, float64. */
  dot(x: Blocks, y: Blocks): Node;
  /** A vector as the tensors of the parameters, and back. */
  toTensors(v: Blocks): Node[];
  toBlocks(list: readonly Node[]): Blocks;
}

/** @param tensors - nodes in the shapes of the parameters. */
export function blockOperations(
  b: Builder,
  tensors: readonly Node[],
  { isFlat, shapes }: BlockLayout,
): BlockOperations {
  const sizes = tensors.map(({ shape }) => elementCount(shape));
  // The bare primitives: the rules of the builder would float scalars out, to where they cost a pass a product.
  const plus = (x: Node, y: Node) => b.binary("add", x, y);
  const times = (x: Node, y: Node) => b.binary("mul", x, y);
  const each = (f: (x: Node, y: Node) => Node, x: Blocks, y: Blocks | Node): Node[] =>
    x.map((block, i) => f(block, Array.isArray(y) ? y[i] : (y as Node)));
  // As it is: the builder would take the factor of a product out of it, which the lowering makes a factor of Gemm.
  const bareReshape = (x: Node, shape: readonly number[]) =>
    sameShape(x.shape, shape) ? x : b.make("reshape", [x], {}, shape, x.dtype);
  return {
    each,
    plus,
    times,
    minus: (x) => x.map((block) => b.scale(block, -1)),
    // Large blocks in two levels: over the last axes in the vectors' type, then in float64.
    dot(x, y) {
      const sums = each(times, x, y).map((products) => {
        const axes = products.shape.map((_, axis) => axis);
        const rows = isFlat ? products : b.sum(products, axes.slice(1));
        return b.sum(b.cast(rows, "float64"), rows.shape.length > 0 ? [0] : []);
      });
      return sums.reduce(plus);
    },
    toTensors(v) {
      const pieces = isFlat ? split(b, v[0], sizes) : v;
      return pieces.map((piece, i) => b.reshape(piece, tensors[i].shape));
    },
    toBlocks(list) {
      if (!isFlat) return list.map((x, i) => bareReshape(x, shapes[i]));
      const flat = list.map((x, i) => bareReshape(x, [sizes[i]]));
      return [b.concatenate(flat, 0)];
    },
  };
}
