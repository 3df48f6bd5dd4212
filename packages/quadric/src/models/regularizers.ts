/** Penalties R(w) on a tree of parameters, for `problem.regularizer`. */
import { numpy as np, tree } from "@jax-js/jax";
import { requireNonNegative } from "../check.ts";

/** A function of a tree of jax arrays, which it consumes. */
// biome-ignore lint/suspicious/noExplicitAny: any tree of arrays; jax-js's own tree functions take no narrower type.
export type Regularizer = (params: any) => np.Array;

/** Sum of a term of every tensor. */
function summed(term: (tensor: np.Array) => np.Array): Regularizer {
  return (params) => (tree.leaves(params) as np.Array[]).map(term).reduce((sum, next) => np.add(sum, next));
}

/** R(w) = (λ/2)·‖w‖₂² over all tensors, biases included: gradient λw, curvature λI. */
function l2(lambda: number): Regularizer {
  requireNonNegative("regularizers.l2", "lambda", lambda);
  return summed((tensor) => np.multiply(lambda / 2, np.sum(np.square(tensor))));
}

/**
 * R(w) = λ·Σ ‖W‖₂ over weight and bias tensors: the norm, not its square, as in the classifiers of [Kohler2020]. Not
 * differentiable if a whole tensor is zero.
 */
function tensorNorms(lambda: number): Regularizer {
  requireNonNegative("regularizers.tensorNorms", "lambda", lambda);
  return summed((tensor) => np.multiply(lambda, np.sqrt(np.sum(np.square(tensor)))));
}

export const regularizers: { l2(lambda: number): Regularizer; tensorNorms(lambda: number): Regularizer } = {
  l2,
  tensorNorms,
};
