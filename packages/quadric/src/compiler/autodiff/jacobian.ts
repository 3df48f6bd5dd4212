/**
 * The Jacobian of a function of examples, as part of a graph:
 *
 *   J = ∂z/∂w,   [n·m, d] for z of [n, …] with m entries a row
 *
 * Reverse: one transposed pass gives a row of every example at once, because row i of z sees row i of what it is made
 * of. So cotangents keep their examples apart where they reach what all examples share, the parameters; see rows.ts. m
 * passes. Forward: one pass gives a column. d passes, for functions of few parameters.
 */

import { type Dtype, unitVector } from "../../vector/vector.ts";
import type { Builder } from "../ir/builder.ts";
import { elementCount, type Node } from "../ir/graph.ts";
import { withoutStopGradients } from "../ir/rebuild.ts";
import { jvp } from "./jvp.ts";
import { isRowwise, transposeRows } from "./rows.ts";
import { transposeLinear } from "./transpose.ts";

/** Forward columns are unrolled, so only so many are taken where rows would do or not. */
const fewParameters = 16;

export interface JacobianOptions {
  /**
   * S, [n, m, c]: row (i, j) of the result is Σₖ S_ikj ∂z_ik/∂w, so the root of a loss's curvature comes for nothing.
   * Defaults to the identity, c = m. Takes reverse mode.
   */
  readonly weights?: Node;
}

/**
 * J as a node [n·c, d], row-major, parameters in their order.
 *
 * @param outputs - z, [n, …].
 * @returns undefined if rows of z depend on examples in a way that neither mode takes: there, columns by products.
 */
export function jacobian(
  b: Builder,
  outputs: Node,
  parameters: readonly Node[],
  { weights }: JacobianOptions = {},
): Node | undefined {
  const [n = 1] = outputs.shape;
  const m = elementCount(outputs.shape) / n;
  const d = parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const rows = () => reverse(b, outputs, parameters, weights);
  const columns = () => (weights === undefined && d <= fewParameters ? forward(b, outputs, parameters) : undefined);
  const result = d < m ? (columns() ?? rows()) : (rows() ?? columns());
  return result && withoutStopGradients(b, [result])[0];
}

function reverse(b: Builder, outputs: Node, parameters: readonly Node[], weights: Node | undefined): Node | undefined {
  const { dtype } = outputs;
  const [n = 1] = outputs.shape;
  const m = elementCount(outputs.shape) / n;
  const directions = parameters.map(({ shape }) => b.input("direction", shape, dtype));
  const [tangent] = jvp(b, [outputs], new Map(parameters.map((x, i) => [x, directions[i]])));
  const d = parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const components = weights === undefined ? m : weights.shape[2];
  if (tangent === undefined) return b.full(0, [n * components, d], dtype);
  const shape = outputs.shape.length === 0 ? [1] : outputs.shape;

  const blocks: Node[] = [];
  for (let j = 0; j < components; j++) {
    const cotangent =
      weights === undefined
        ? b.expand(b.constant(unitVector(m, j, dtype as Dtype), [1, ...shape.slice(1)], dtype), shape)
        : b.reshape(b.slice(weights, [0, 0, j], [n, m, j + 1]), shape);
    const z = b.reshape(tangent, shape);
    const rows =
      n === 1 ? transposeLinear(b, [z], [cotangent], directions) : transposeRows(b, z, cotangent, directions);
    if (rows === undefined) return undefined;
    const flat = rows.map((x) => b.reshape(x, [n, 1, elementCount(x.shape) / n]));
    blocks.push(b.concatenate(flat, 2));
  }
  return b.reshape(b.concatenate(blocks, 1), [n * components, d]);
}

function forward(b: Builder, outputs: Node, parameters: readonly Node[]): Node {
  const { dtype } = outputs;
  const size = elementCount(outputs.shape);
  const columns = parameters.flatMap((x) =>
    Array.from({ length: elementCount(x.shape) }, (_, j) => {
      const direction = b.constant(unitVector(elementCount(x.shape), j, dtype as Dtype), x.shape, dtype);
      const [tangent] = jvp(b, [outputs], new Map([[x, direction]]));
      return tangent === undefined ? b.full(0, [size, 1], dtype) : b.reshape(tangent, [size, 1]);
    }),
  );
  return b.concatenate(columns, 1);
}

/**
 * Whether row i of z sees the parameters and row i of the data alone, so that a part of the examples has the rows that
 * it has in all.
 */
export function isSeparable(b: Builder, z: Node, parameters: readonly Node[], data: readonly Node[]): boolean {
  const [n = 1] = z.shape;
  const directionOf = ({ shape, dtype }: Node) => b.input("direction", shape, dtype);
  const directions = parameters.map(directionOf);
  const [tangent] = jvp(b, [z], new Map(parameters.map((x, i) => [x, directions[i]])));
  if (tangent && !transposeRows(b, tangent, b.full(1, z.shape, z.dtype), directions)) return false;
  return data.every((x) => {
    if (x.shape[0] !== n) return false;
    if (x.dtype !== z.dtype) return true;
    const direction = directionOf(x);
    const [tangent] = jvp(b, [z], new Map([[x, direction]]));
    return tangent === undefined || isRowwise(b, tangent, direction);
  });
}
