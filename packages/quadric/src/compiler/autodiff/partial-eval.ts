/**
 * Partial evaluation of a curvature product: what is known before v is, the residuals, is computed once a
 * linearization; the product is what remains.
 *
 * Before the cut, sums and products are regrouped so that as much as possible is known:
 *   a ⊙ (b ⊙ t) = (a ⊙ b) ⊙ t      a ⊙ t + b ⊙ t = (a + b) ⊙ t      for a, b known and t unknown.
 */
import type { Builder } from "../ir/builder.ts";
import { call, isCallResult, remembered } from "../ir/call.ts";
import {
  constantValue,
  dependents,
  type Graph,
  type Node,
  reachable,
  sameShape,
  splitScalar,
  usesIn,
} from "../ir/graph.ts";
import { rebuild, rebuildNode, substitute } from "../ir/rebuild.ts";
import { pack } from "./packing.ts";

export interface PartialEvaluation {
  /** What the product needs of the point and the batch, to be computed with the gradient. */
  readonly residuals: readonly Node[];
  /** Inputs: those of the point and batch that the product uses itself, then one a residual, then v. */
  readonly product: Graph;
}

/** Residuals from which they are packed: those of a program, whose packing is copied; those of a function, copied anyway. */
const manyResiduals = 32;
const manyOfFunction = 2;

/** `outputs` depend on `v` and on `point`, the parameters and the batch; they are linear in `v`. */
export function partialEvaluate(
  b: Builder,
  outputs: readonly Node[],
  point: readonly Node[],
  v: readonly Node[],
  many: number = manyResiduals,
): PartialEvaluation {
  // The second pass merges products with those that the first made of sums.
  const regrouped = withSplitCalls(b, regroup(b, regroup(b, outputs, v), v), v);
  const nodes = reachable(regrouped);
  const unknown = dependents(nodes, v);
  const isResidual = (node: Node) =>
    !unknown.has(node) && node.op !== "constant" && node.op !== "input" && constantValue(node) === undefined;
  const residuals = new Set<Node>();
  for (const node of nodes) {
    if (!unknown.has(node)) continue;
    for (const input of node.inputs) if (isResidual(input)) residuals.add(input);
  }
  const packed = pack(b, [...residuals], many);
  const results = substitute(b, regrouped, packed.values);
  const used = new Set(reachable(results));
  const needed = point.filter((node) => used.has(node));
  return {
    residuals: packed.tensors,
    product: { inputs: [...needed, ...packed.variables, ...v], outputs: results },
  };
}

/** Every call with known and unknown arguments as two: of what is known before v, and of what remains. */
function withSplitCalls(b: Builder, outputs: readonly Node[], v: readonly Node[]): Node[] {
  const unknown = dependents(reachable(outputs), v);
  const results = new Map<Node, readonly Node[]>();
  return rebuild(b, outputs, (node, mapping) => {
    if (isCallResult(node)) return results.get(node.inputs[0])?.[node.attributes.index as number];
    if (node.op !== "call" || !unknown.has(node) || node.inputs.every((x) => unknown.has(x))) return undefined;
    const { inputs: xs, outputs: ys } = node.body!;
    const isKnown = node.inputs.map((x) => !unknown.has(x));
    const { known, product } = remembered(node.body!, `known ${isKnown}`, () => {
      const point = xs.filter((_, i) => isKnown[i]);
      const direction = xs.filter((_, i) => !isKnown[i]);
      const { residuals, product } = partialEvaluate(b, ys, point, direction, manyOfFunction);
      return { known: { inputs: point, outputs: residuals }, product };
    });
    const args = new Map(xs.map((x, i) => [x, mapping.get(node.inputs[i])!]));
    const kept =
      known.outputs.length > 0
        ? call(
            b,
            known,
            known.inputs.map((x) => args.get(x)!),
          )
        : [];
    let next = 0;
    results.set(
      node,
      call(
        b,
        product,
        product.inputs.map((x) => args.get(x) ?? kept[next++]),
      ),
    );
    return node;
  });
}

/** The known factors of an unknown node: node = known₁ ⊙ known₂ ⊙ … ⊙ t. */
interface Factors {
  readonly t: Node;
  readonly known: readonly Node[];
}

/** Regroups sums and products of a linear function of `v`; see the head of the file. */
function regroup(b: Builder, outputs: readonly Node[], v: readonly Node[]): Node[] {
  const nodes = reachable(outputs);
  const unknown = dependents(nodes, v);
  const uses = usesIn(nodes, outputs);
  const mapping = new Map<Node, Node>();

  /** Stops at a t that has other users. */
  function factors(node: Node): Factors {
    if (node.op !== "mul") return { t: node, known: [] };
    const t = node.inputs.find((x) => unknown.has(x))!;
    const factor = node.inputs.find((x) => x !== t)!;
    if (!sameShape(t.shape, node.shape)) return { t: node, known: [] };
    const inner = uses.get(t) === 1 ? factors(t) : { t, known: [] };
    return { t: inner.t, known: [...inner.known, factor] };
  }

  function regrouped(node: Node): Node {
    if (!unknown.has(node)) return node;
    if (node.op === "mul" && node.inputs.filter((x) => unknown.has(x)).length === 1) {
      const { t, known } = factors(node);
      if (t !== node) return productOf(b, known, mapping.get(t)!);
    }
    if (node.op === "add" && node.inputs.every((x) => unknown.has(x) && sameShape(x.shape, node.shape))) {
      const [left, right] = node.inputs.map((x) => (uses.get(x) === 1 ? factors(x) : { t: x, known: [] }));
      if (left.t === right.t && (left.known.length > 0 || right.known.length > 0)) {
        const one = b.scalar(1, node.dtype);
        return productOf(
          b,
          [
            b.add(
              left.known.reduce((x, y) => b.mul(x, y), one),
              right.known.reduce((x, y) => b.mul(x, y), one),
            ),
          ],
          mapping.get(left.t)!,
        );
      }
    }
    return rebuildNode(b, node, mapping);
  }

  for (const node of nodes) mapping.set(node, regrouped(node));
  return outputs.map((output) => mapping.get(output)!);
}

/** known₁ ⊙ known₂ ⊙ … ⊙ t, of which all but the last product is known. */
function productOf(b: Builder, known: readonly Node[], t: Node): Node {
  const tensors = known.filter((x) => constantValue(x) === undefined);
  const c = known.reduce((value, x) => value * (constantValue(x) ?? 1), 1);
  if (tensors.length === 0) return b.scale(t, c);
  const [factor, c0] = splitScalar(tensors.reduce((x, y) => b.mul(x, y)));
  // The bare product: the builder would float the scalar out again, to where it costs a pass each time.
  const coefficient = c * c0 === 1 ? factor : b.binary("mul", factor, b.scalar(c * c0, factor.dtype));
  return b.binary("mul", coefficient, t);
}
