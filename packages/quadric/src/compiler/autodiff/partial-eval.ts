/**
 * Splits a curvature product into what does not depend on v, computed once per linearization and kept, and what does.
 *
 * Before the cut, sums and products are regrouped so that as much as possible falls on the kept side:
 *   a ⊙ (b ⊙ t) = (a ⊙ b) ⊙ t      a ⊙ t + b ⊙ t = (a + b) ⊙ t      for a, b kept and t depending on v.
 */
import { type Builder, constantValue } from "../ir/builder.ts";
import { dependents, type Graph, type Node, reachable, sameShape } from "../ir/graph.ts";
import { rebuildNode, substitute } from "../ir/rebuild.ts";

export interface SplitProduct {
  /** What the product needs of the point and the batch, to be computed with the gradient. */
  readonly kept: readonly Node[];
  /** Inputs: those of the point and batch that the product uses itself, then one a kept value, then v. */
  readonly product: Graph;
}

/** `outputs` depends on `v` and `point`, the parameters and the batch; what is regrouped of it is linear in `v`. */
export function splitProduct(
  b: Builder,
  outputs: readonly Node[],
  point: readonly Node[],
  v: readonly Node[],
): SplitProduct {
  // The second pass merges products with those that the first made of sums.
  const regrouped = regroup(b, regroup(b, outputs, v), v);
  const nodes = reachable(regrouped);
  const moving = dependents(nodes, v);
  const kept = new Set<Node>();
  for (const node of nodes) {
    if (!moving.has(node)) continue;
    for (const input of node.inputs) {
      if (!moving.has(input) && input.op !== "constant" && input.op !== "input" && constantValue(input) === undefined) {
        kept.add(input);
      }
    }
  }
  const variables = new Map([...kept].map((node) => [node, b.input("kept", node.shape, node.dtype)]));
  const results = substitute(b, regrouped, variables);
  const used = new Set(reachable(results));
  const needed = point.filter((node) => used.has(node));
  return { kept: [...kept], product: { inputs: [...needed, ...variables.values(), ...v], outputs: results } };
}

/** Regroups sums and products of a linear function of `v`; see the head of the file. */
function regroup(b: Builder, outputs: readonly Node[], v: readonly Node[]): Node[] {
  const nodes = reachable(outputs);
  const moving = dependents(nodes, v);
  const uses = new Map<Node, number>();
  for (const node of [...nodes.flatMap(({ inputs }) => inputs), ...outputs]) uses.set(node, (uses.get(node) ?? 0) + 1);
  const done = new Map<Node, Node>();

  /** t and the kept factors with which a moving node multiplies it; stops where t has other users. */
  function factors(node: Node): { t: Node; kept: Node[] } {
    if (node.op !== "mul") return { t: node, kept: [] };
    const t = node.inputs.find((x) => moving.has(x))!;
    const factor = node.inputs.find((x) => x !== t)!;
    if (!sameShape(t.shape, node.shape)) return { t: node, kept: [] };
    const inner = uses.get(t) === 1 ? factors(t) : { t, kept: [] };
    return { t: inner.t, kept: [...inner.kept, factor] };
  }

  const product = (kept: readonly Node[], t: Node): Node => {
    const rebuilt = done.get(t)!;
    if (kept.length === 0) return rebuilt;
    const scalars = kept.filter((x) => constantValue(x) !== undefined);
    const tensors = kept.filter((x) => constantValue(x) === undefined);
    const c = scalars.reduce((value, x) => value * constantValue(x)!, 1);
    if (tensors.length === 0) return b.scale(rebuilt, c);
    // Made of the bare primitive: the builder would float the scalar out again, to where it costs a pass a product.
    const coefficient = bareScale(
      tensors.reduce((x, y) => b.mul(x, y)),
      c,
    );
    return b.binary("mul", coefficient, rebuilt);
  };
  const bareScale = (x: Node, c: number): Node => {
    const [factor, c0] = b.splitScalar(x);
    return c * c0 === 1 ? factor : b.binary("mul", factor, b.scalar(c * c0, x.dtype));
  };

  for (const node of nodes) {
    if (!moving.has(node)) {
      done.set(node, node);
    } else if (node.op === "mul" && node.inputs.filter((x) => moving.has(x)).length === 1) {
      const { t, kept } = factors(node);
      done.set(node, t === node ? rebuildNode(b, node, done) : product(kept, t));
    } else if (node.op === "add" && node.inputs.every((x) => moving.has(x) && sameShape(x.shape, node.shape))) {
      const [left, right] = node.inputs.map((x) => (uses.get(x) === 1 ? factors(x) : { t: x, kept: [] }));
      if (left.t === right.t && (left.kept.length > 0 || right.kept.length > 0)) {
        const one = b.scalar(1, node.dtype);
        const sum = b.add(
          left.kept.reduce((x, y) => b.mul(x, y), one),
          right.kept.reduce((x, y) => b.mul(x, y), one),
        );
        done.set(node, product([sum], left.t));
      } else {
        done.set(node, rebuildNode(b, node, done));
      }
    } else {
      done.set(node, rebuildNode(b, node, done));
    }
  }
  return outputs.map((output) => done.get(output)!);
}
