/**
 * The functions an optimizer calls, derived from a traced loss by the two passes of automatic differentiation:
 *
 *   ∇L      transpose of  v ↦ ∂L·v
 *   Hv      forward derivative of ∇L                    ("forward over reverse", [Pearlmutter1994])
 *   Gv      v → Jv → H_ℓJv → JᵀH_ℓJv, plus ∇²R·v       ([Schraudolph2002])
 */
import { ShapeError } from "../../errors.ts";
import type { Builder } from "../ir/builder.ts";
import { constantValue, type Node } from "../ir/graph.ts";
import { substitute, withoutStopGradients } from "../ir/rebuild.ts";
import { jvp } from "./jvp.ts";
import { transposeLinear } from "./transpose.ts";

/** A loss traced on fixed shapes: nodes over `parameters` and `batch`. */
export interface TracedLoss {
  readonly parameters: readonly Node[];
  readonly batch: readonly Node[];
  /** ℓ, per example [b] or one scalar. */
  readonly loss: Node;
  /** R, a scalar; undefined without a regularizer. */
  readonly regularizer: Node | undefined;
  /**
   * Of a composite loss ℓ(z(w)), whose model and loss are given separately: z, and ℓ as a function of a variable for z.
   */
  readonly composite?: { readonly outputs: Node; readonly variable: Node; readonly loss: Node };
}

/** The mean of per-example losses; a scalar loss is its own mean. */
export function meanLoss(b: Builder, loss: Node): Node {
  if (loss.shape.length > 1) {
    throw new ShapeError(
      `compileObjective: a loss must return per-example losses [b] or one scalar, got [${loss.shape}].`,
    );
  }
  return loss.shape.length === 0 ? loss : b.scale(b.sum(loss, [0]), 1 / loss.shape[0]);
}

/** ∇f with respect to `variables` for scalar f. */
export function gradientOf(b: Builder, f: Node, variables: readonly Node[]): Node[] {
  const directions = variables.map(({ shape, dtype }) => b.input("direction", shape, dtype));
  const [tangent] = jvp(b, [f], new Map(variables.map((x, i) => [x, directions[i]])));
  return transposeLinear(b, [tangent], [b.scalar(1, f.dtype)], directions);
}

/** Derivatives of `outputs` along `direction`, zeros if there are none. */
export function along(
  b: Builder,
  outputs: readonly Node[],
  variables: readonly Node[],
  direction: readonly Node[],
): Node[] {
  return jvp(b, outputs, new Map(variables.map((x, i) => [x, direction[i]]))).map(
    (tangent, i) => tangent ?? b.full(0, outputs[i].shape, outputs[i].dtype),
  );
}

/** ∇L, one node a parameter tensor. */
export function gradient(b: Builder, { parameters, loss, regularizer }: TracedLoss): Node[] {
  const mean = meanLoss(b, loss);
  return withoutStopGradients(b, gradientOf(b, regularizer ? b.add(mean, regularizer) : mean, parameters));
}

/** Hv for H = ∇²L. */
export function hessianProduct(b: Builder, { parameters, loss, regularizer }: TracedLoss, v: readonly Node[]): Node[] {
  const mean = meanLoss(b, loss);
  const g = gradientOf(b, regularizer ? b.add(mean, regularizer) : mean, parameters);
  return withoutStopGradients(b, along(b, g, parameters, v));
}

/** Gv for G = JᵀH_ℓJ + ∇²R, positive semidefinite if ℓ is convex in the outputs and R is convex. */
export function gaussNewtonProduct(b: Builder, traced: TracedLoss, v: readonly Node[]): Node[] {
  const { jv, hjv, penalty } = gaussNewtonParts(b, traced, v);
  // H_ℓJv → JᵀH_ℓJv
  const product = transposeLinear(b, [jv], [hjv], v);
  return withoutStopGradients(
    b,
    product.map((node, i) => (penalty ? b.add(node, penalty[i]) : node)),
  );
}

/** x… and y… with vᵀGv = Σ⟨x, y⟩, Jv and H_ℓJv first: half of a product gives the curvature along v. */
export function gaussNewtonForm(b: Builder, traced: TracedLoss, v: readonly Node[]): [x: Node[], y: Node[]] {
  const { jv, hjv, penalty = [] } = gaussNewtonParts(b, traced, v);
  const penalized = v.flatMap((_, i) => (penalty[i] && constantValue(penalty[i]) !== 0 ? [i] : []));
  return [
    withoutStopGradients(b, [jv, ...penalized.map((i) => v[i])]),
    withoutStopGradients(b, [hjv, ...penalized.map((i) => penalty[i])]),
  ];
}

function gaussNewtonParts(b: Builder, { parameters, regularizer, composite }: TracedLoss, v: readonly Node[]) {
  if (composite === undefined) {
    throw new TypeError(
      "compileObjective: a Gauss–Newton product needs model and loss, { model, loss, params }, got { loss, params }.",
    );
  }
  const { outputs, variable, loss } = composite;
  // v → Jv
  const [jv] = along(b, [outputs], parameters, v);
  // Jv → H_ℓJv
  const g = gradientOf(b, meanLoss(b, loss), [variable]);
  const [hjv] = substitute(b, along(b, g, [variable], [jv]), new Map([[variable, outputs]]));
  const penalty = regularizer && along(b, gradientOf(b, regularizer, parameters), parameters, v);
  return { jv, hjv, penalty };
}
