/** What a user hands to `fit`: a differentiable loss written in jax-js, and where to start. */
import type { numpy as np } from "@jax-js/jax";
import type { Tensor, TensorTree } from "../vector/tensor.ts";

type Arrays = np.Array | readonly Arrays[] | { readonly [key: string]: Arrays };

/**
 * A loss of parameters and batch. jax arrays move: a function consumes what it is given, so an argument used twice is
 * passed as `x.ref` the first time.
 */
export interface LossProblem<P extends Arrays = Arrays, B extends Arrays = Arrays> {
  /**
   * Losses of the examples [b], of which quadric takes the mean, or one scalar; [b·t] if every example has t of them, one after the
   * other. Vectors of other lengths are refused.
   */
  loss(params: P, batch: B): np.Array;
  /** The starting point. Never consumed: the caller still owns its arrays. */
  readonly params: P;
  /** R(w), one scalar, added to the mean of the losses. */
  regularizer?(params: P): np.Array;
}

/** Model and loss given separately, which is what Gauss–Newton products need: loss convex in the model's outputs. */
export interface ModelProblem<P extends Arrays = Arrays, B extends Arrays = Arrays> {
  /** Outputs z of the model, [b, …]. */
  model(params: P, batch: B): np.Array;
  /** Losses of the examples from outputs, as above; convex in the outputs. */
  loss(outputs: np.Array, batch: B): np.Array;
  readonly params: P;
  regularizer?(params: P): np.Array;
  /** What `fit` and `run.predict` do to data and outputs on the host; nothing by default. */
  readonly units?: Units;
}

/** Data on their way into a model, outputs on their way out. */
export interface Units {
  /** Of a tree of examples, which may lack what predictions do without. */
  encode(data: TensorTree): TensorTree;
  decode(outputs: Tensor): Tensor;
}

export type Problem<P extends Arrays = Arrays, B extends Arrays = Arrays> = LossProblem<P, B> | ModelProblem<P, B>;
