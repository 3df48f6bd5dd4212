/**
 * Hessian products by TensorFlow.js's own gradients: gradients of gradients if every operation has a second derivative,
 *
 *   Bv = ∇⟨∇L(w), v⟩
 *
 * else central differences of gradients, with a step between the errors O(h²) of the difference and O(ε/h) of rounding:
 *
 *   Bv ≈ (∇L(w + hv) − ∇L(w − hv))/2h,     h = ε^{1/3}·(1 + ‖w‖)/‖v‖,   ε = 2⁻²³
 */
import * as tf from "@tensorflow/tfjs-core";
import { slice } from "../training/tree.ts";
import { norm2 } from "../vector/kernels.ts";
import type { Tensor } from "../vector/tensor.ts";
import type { Vector } from "../vector/vector.ts";
import type { ModelFunction } from "./model-function.ts";
import type { TfjsBatch } from "./problem.ts";
import { lacksSecondGradient, withSecondGradients } from "./second-gradients.ts";

/**
 * How Hessian products are made: by double backprop if it exists and passes the test of a difference at the first
 * product.
 */
export interface TfjsProducts {
  readonly by: "double-backprop" | "differences";
  /** ‖difference − product‖/‖product‖ at the first product; undefined where an operation has no second derivative. */
  readonly disagreement?: number;
  /** Why not by double backprop. */
  readonly reason?: string;
}

const epsilon = 2 ** -23;

export interface HessianProducts {
  /** Known after the first product, which finds out; what that costs is booked nowhere. */
  readonly made: TfjsProducts | undefined;
  multiply(w: Vector, v: Vector, batch: TfjsBatch): Promise<Vector>;
}

export function hessianProducts({
  variables,
  parts,
  assign,
  inOrder,
  gradients,
  evaluate,
}: ModelFunction): HessianProducts {
  let made: TfjsProducts | undefined;

  const doubleBackprop = (w: Vector, v: Vector, batch: TfjsBatch) =>
    evaluate(w, () =>
      withSecondGradients(() => {
        const directions = parts(v);
        const slope = () => {
          const products = gradients(batch).map((g, i) => tf.sum(tf.mul(g, directions[i])));
          return products.reduce((sum, product) => tf.add(sum, product)) as tf.Scalar;
        };
        return inOrder(tf.variableGrads(slope, variables).grads);
      }),
    );

  const difference = async (w: Vector, v: Vector, batch: TfjsBatch, shrink = 1): Promise<Vector> => {
    const h = (Math.cbrt(epsilon) * (1 + norm2(w))) / (norm2(v) || 1) / shrink;
    const at = (step: number) =>
      evaluate(
        w.map((x, i) => x + step * v[i]),
        () => gradients(batch),
      );
    const [forward, backward] = [await at(h), await at(-h)];
    return forward.map((g, i) => (g - backward[i]) / (2 * h));
  };

  const findOut = async (w: Vector, v: Vector, { x, y, weights }: TfjsBatch): Promise<TfjsProducts> => {
    // Two examples tell as much as all, and have fewer units that switch between the points of a difference, where it
    // says nothing.
    const few = (tensor: Tensor) => slice(tensor, 0, Math.min(2, tensor.shape[0]));
    const batch = { x: x.map(few), y: y.map(few), ...(weights && { weights: weights.map(few) }) };
    // Asked beforehand: TensorFlow.js keeps the tensors of a differentiation that fails.
    const lacking = lacksSecondGradient(() => {
      assign(w);
      return gradients(batch);
    });
    if (lacking) return { by: "differences", reason: `TensorFlow.js has no second derivative of ${lacking}.` };
    let exact: Vector;
    try {
      exact = await doubleBackprop(w, v, batch);
    } catch (error) {
      const { message } = error as Error;
      if (/Cannot compute gradient|Cannot find a connection/.test(message))
        return { by: "differences", reason: message };
      throw error;
    }
    let disagreement = Infinity;
    for (const shrink of [1, 8, 64, 512]) {
      const estimate = await difference(w, v, batch, shrink);
      disagreement = Math.min(disagreement, norm2(estimate.map((x, i) => x - exact[i])) / (norm2(exact) || 1));
      if (disagreement <= 0.1) return { by: "double-backprop", disagreement };
    }
    return { by: "differences", disagreement, reason: "Double backprop and differences of gradients disagree." };
  };

  return {
    get made() {
      return made;
    },
    async multiply(w, v, batch) {
      made ??= await findOut(w, v, batch);
      return made.by === "differences" ? difference(w, v, batch) : doubleBackprop(w, v, batch);
    },
  };
}
