/**
 * A composite loss as residuals, to second order in the outputs z of the model:
 *
 *   L(w + s) ≈ c + ½‖r + Js‖² + pᵀs + ½sᵀDs      J = Sᵀ ∂z/∂w,   SSᵀ = H_ℓ,   Sr = ∇ℓ − q,   D = ∇²R
 *                                                p = ∇R + (∂z/∂w)ᵀq
 *
 * Jᵀr + p is the gradient and JᵀJ + D the Gauss–Newton matrix. S is √h for squares and other losses that take every
 * entry of z by itself; else a Cholesky factor for each example, without the columns in which H_ℓ is singular.
 * Symbols: q the part of ∇ℓ for which there is no residual, since ℓ has no curvature there, as Huber's loss far out.
 */
import { unitVector, type Vector } from "../../vector/vector.ts";
import type { Builder } from "../ir/builder.ts";
import { constantValue, dependents, elementCount, type Node, reachable, sameShape } from "../ir/graph.ts";
import { substitute, withoutStopGradients } from "../ir/rebuild.ts";
import { along, gradientOf, meanLoss, type TracedLoss } from "./derive.ts";
import { jacobian } from "./jacobian.ts";
import { isRowwise } from "./rows.ts";
import { transposeLinear } from "./transpose.ts";

export interface ResidualForm {
  /** r, [rows]. */
  readonly residuals: Node;
  /** J, [rows, d]; undefined if its rows are not to be had and columns have to do. */
  readonly jacobian: Node | undefined;
  /** v ↦ Jv, [rows], v like the parameters. */
  times(v: readonly Node[]): Node;
  /** z₀ ↦ Sᵀ(z − z₀), [rows], with S at z₀: what Js is to first order. */
  changeFrom(outputs: Node): Node;
  /** p and the diagonal D, one node a parameter tensor each; D is undefined without a regularizer, both without q too. */
  readonly penalty: { readonly gradient: readonly Node[]; readonly curvature?: readonly Node[] } | undefined;
}

/** Entries of z an example for which a factor of H_ℓ is unrolled. */
const largestBlock = 32;
/** What makes a curvature that is zero somewhere: others are so nowhere, but for underflow. */
const piecewise: readonly string[] = ["where", "compare", "cast", "max", "min"];

/** @returns undefined without a composite loss, or if H_ℓ or ∇²R has no form that is known here. */
export function residualForm(b: Builder, { parameters, regularizer, composite }: TracedLoss): ResidualForm | undefined {
  if (composite === undefined) return undefined;
  const { outputs, variable, loss } = composite;
  const mean = meanLoss(b, loss);
  const [g] = gradientOf(b, mean, [variable]);
  const v = b.input("v", variable.shape, variable.dtype);
  const [h] = along(b, [g], [variable], [v]);
  const penalty = regularizer && diagonalPenalty(b, regularizer, parameters);
  const root = entrywiseRoot(b, h, v, g) ?? blockRoot(b, h, v, g);
  if (root === undefined || (regularizer && penalty === undefined)) return undefined;
  const at = (node: Node) => withoutStopGradients(b, substitute(b, [node], new Map([[variable, outputs]])))[0];
  const slope = root.linear && pulledBack(b, outputs, at(root.linear), parameters);
  return {
    residuals: at(root.residuals),
    jacobian: root.rows(jacobian(b, outputs, parameters, { weights: root.weights && at(root.weights) }), at),
    times: (v) => root.times(withoutStopGradients(b, along(b, [outputs], parameters, v))[0], at),
    changeFrom(from) {
      const atFrom = (node: Node) => withoutStopGradients(b, substitute(b, [node], new Map([[variable, from]])))[0];
      return withoutStopGradients(b, [root.times(b.add(outputs, b.scale(from, -1)), atFrom)])[0];
    },
    penalty: slope
      ? { ...penalty, gradient: slope.map((x, i) => (penalty ? b.add(x, penalty.gradient[i]) : x)) }
      : penalty,
  };
}

/** (∂z/∂w)ᵀq. */
function pulledBack(b: Builder, outputs: Node, q: Node, parameters: readonly Node[]): readonly Node[] {
  const directions = parameters.map(({ shape, dtype }) => b.input("direction", shape, dtype));
  return withoutStopGradients(b, transposeLinear(b, along(b, [outputs], parameters, directions), [q], directions));
}

/** S and what it does. `at` puts the outputs in place of the variable. */
interface Root {
  readonly residuals: Node;
  /** q, like z; undefined if it is nowhere. */
  readonly linear?: Node;
  /** S as [n, m, c], for Jacobians that take it in. */
  readonly weights?: Node;
  /** SᵀJ from J, if it has not been taken in. */
  rows(jacobian: Node | undefined, at: (node: Node) => Node): Node | undefined;
  /** Sᵀu, [rows], for u like z. */
  times(u: Node, at: (node: Node) => Node): Node;
}

const isPiecewise = (curvature: Node): boolean => reachable([curvature]).some(({ op }) => piecewise.includes(op));

/** S = √h if H_ℓv = h ⊙ v. */
function entrywiseRoot(b: Builder, product: Node, v: Node, gradient: Node): Root | undefined {
  const h = diagonalOf(b, product, v);
  if (h === undefined) return undefined;
  const size = elementCount(v.shape);
  const root = b.unary("sqrt", b.binary("max", h, b.scalar(0, h.dtype)));
  const zero = b.full(0, v.shape, v.dtype);
  const quotient = b.mul(gradient, b.unary("reciprocal", root));
  const isPositive = (constantValue(root) ?? 0) > 0;
  const hasCurvature = b.compare("less", zero, root);
  const residuals = isPositive ? quotient : b.where(hasCurvature, quotient, zero);
  return {
    residuals: b.reshape(residuals, [size]),
    ...(!isPositive && isPiecewise(h) && { linear: b.where(hasCurvature, zero, gradient) }),
    rows: (J, at) => J && b.mul(J, b.reshape(at(root), [size, 1])),
    times: (u, at) => b.reshape(b.mul(u, at(root)), [size]),
  };
}

/** S of each example by Cholesky, column by column for all examples at once. */
function blockRoot(b: Builder, product: Node, v: Node, gradient: Node): Root | undefined {
  const { shape, dtype } = v;
  const n = shape[0] ?? 1;
  const m = elementCount(shape) / n;
  if (n < 2 || m > largestBlock || !isRowwise(b, product, v)) return undefined;
  const flat = (x: Node) => b.reshape(x, [n, m]);
  const entry = (x: Node, j: number) => b.slice(flat(x), [0, j], [n, j + 1]);
  const zero = b.full(0, [n, 1], dtype);
  const rounding = m * (dtype === "float32" ? 2 ** -23 : 2 ** -52);

  const columns: Node[] = [];
  const residuals: Node[] = [];
  for (let j = 0; j < m; j++) {
    const below = new Float64Array(m).fill(1, j);
    const constant = (data: Vector, like: readonly number[]) =>
      b.expand(b.constant(dtype === "float32" ? Float32Array.from(data) : data, like, dtype), [n, ...like.slice(1)]);
    const [H] = substitute(b, [product], new Map([[v, constant(unitVector(m, j, "float64"), [1, ...shape.slice(1)])]]));
    let column = flat(H);
    let residual = entry(gradient, j);
    columns.forEach((earlier, k) => {
      column = b.add(column, b.scale(b.mul(earlier, entry(earlier, j)), -1));
      residual = b.add(residual, b.scale(b.mul(entry(earlier, j), residuals[k]), -1));
    });
    const pivot = entry(column, j);
    const least = b.scale(entry(H, j), rounding);
    const inverse = b.unary("reciprocal", b.unary("sqrt", pivot));
    const kept = b.where(b.compare("less", least, pivot), inverse, zero);
    columns.push(b.mul(b.mul(column, kept), constant(below, [1, m])));
    residuals.push(b.mul(residual, kept));
  }
  const weights = b.concatenate(
    columns.map((x) => b.reshape(x, [n, m, 1])),
    2,
  );
  const explained = columns.map((x, k) => b.mul(x, residuals[k])).reduce((x, y) => b.add(x, y));
  return {
    residuals: b.reshape(b.concatenate(residuals, 1), [n * m]),
    ...(isPiecewise(product) && { linear: b.add(gradient, b.reshape(b.scale(explained, -1), shape)) }),
    weights,
    rows: (J) => J,
    times: (u, at) => b.reshape(b.sum(b.mul(b.reshape(u, [n, m, 1]), at(weights)), [1]), [n * m]),
  };
}

/** ∇R and the diagonal of ∇²R, if it has nothing else. */
function diagonalPenalty(b: Builder, regularizer: Node, parameters: readonly Node[]): ResidualForm["penalty"] {
  const gradient = gradientOf(b, regularizer, parameters);
  const v = parameters.map(({ shape, dtype }) => b.input("v", shape, dtype));
  const curvature = along(b, gradient, parameters, v).map((product, i) => {
    const others = v.filter((_, k) => k !== i);
    return dependents(reachable([product]), others).has(product) ? undefined : diagonalOf(b, product, v[i]);
  });
  if (curvature.includes(undefined)) return undefined;
  return { gradient: withoutStopGradients(b, gradient), curvature: withoutStopGradients(b, curvature as Node[]) };
}

/** h, of v's shape, if `product` = h ⊙ v. */
function diagonalOf(b: Builder, product: Node, v: Node): Node | undefined {
  const moving = dependents(reachable([product]), [v]);
  function factor(node: Node): Node | undefined {
    if (node === v) return b.full(1, v.shape, v.dtype);
    if (!moving.has(node) || !sameShape(node.shape, v.shape)) return undefined;
    const parts = node.inputs.map((x) => (moving.has(x) ? factor(x) : x));
    if (parts.includes(undefined)) return undefined;
    const [x, y] = parts as Node[];
    if (node.op === "mul" && node.inputs.filter((input) => moving.has(input)).length === 1) return b.mul(x, y);
    return node.op === "add" && node.inputs.every((input) => moving.has(input)) ? b.add(x, y) : undefined;
  }
  return moving.has(product) ? factor(product) : b.full(0, v.shape, v.dtype);
}
