/**
 * A LayersModel as an objective of TensorFlow.js's own gradients.
 *
 * Hessian products are gradients of gradients if every operation has a second derivative,
 *
 *   Bv = ∇⟨∇L(w), v⟩
 *
 * else central differences of gradients, with a step between the errors O(h²) of the difference and O(ε/h) of rounding:
 *
 *   Bv ≈ (∇L(w + hv) − ∇L(w − hv))/2h,     h = ε^{1/3}·(1 + ‖w‖)/‖v‖,   ε = 2⁻²³
 */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type ClosuresObjective, closuresObjective } from "../objective/closures.ts";
import { norm2 } from "../vector/kernels.ts";
import type { Layout, TensorSlot } from "../vector/layout.ts";
import type { Tensor } from "../vector/tensor.ts";
import type { Vector } from "../vector/vector.ts";
import { rowsOf } from "./data.ts";
import type { OutputLoss, TfjsBatch } from "./problem.ts";
import { lacksSecondGradient, withSecondGradients } from "./second-gradients.ts";
import { inTraining } from "./training-mode.ts";

/** How Hessian products are made: by double backprop if it exists and passes the test of a difference at the first product. */
export interface TfjsProducts {
  readonly by: "double-backprop" | "differences";
  /** ‖difference − product‖/‖product‖ at the first product; undefined where an operation has no second derivative. */
  readonly disagreement?: number;
  /** Why not by double backprop. */
  readonly reason?: string;
}

export interface TfjsObjective extends ClosuresObjective<TfjsBatch> {
  /** The model's trainable weights, flattened, as they were. */
  readonly initial: Vector;
  /** Known after the first product, which finds out; what that costs is booked nowhere. */
  readonly products: TfjsProducts | undefined;
  /** Sets the model's trainable weights. Evaluations leave them at the last point evaluated. */
  assign(w: Vector): void;
}

const epsilon = 2 ** -23;

/**
 * The mean loss over a batch, plus the model's regularizers, as a function of its trainable weights; Hessian products only.
 *
 * Normalizations use the statistics of the batch, as in training; dropout and noise do nothing. The model's weights are the memory that
 * evaluations work in. Between evaluations the event loop runs, and past `deadline()` they throw.
 */
export function closuresOfModel(
  model: LayersModel,
  outputLosses: readonly OutputLoss[],
  deadline: () => void = () => {},
): TfjsObjective {
  // What `read` returns is the variable itself.
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const layout = layoutOf(variables);
  const initial = new Float32Array(layout.size);
  layout.tensors.forEach(({ offset }, i) => {
    initial.set(variables[i].dataSync(), offset);
  });

  /** The tensors of a flat vector. */
  const parts = (v: Vector): tf.Tensor[] =>
    layout.tensors.map(({ shape, offset, size }) =>
      tf.tensor(Float32Array.from(v.subarray(offset, offset + size)), [...shape], "float32"),
    );
  const assign = (w: Vector) =>
    tf.tidy(() => {
      parts(w).forEach((part, i) => {
        variables[i].assign(part);
      });
    });

  const regularization = () =>
    model.calculateLosses().reduce<tf.Tensor>((sum, term) => tf.add(sum, term), tf.scalar(0));
  /** The losses of the examples, [b]; or one scalar if a loss is. */
  const lossesOn = ({ x, y, weights }: TfjsBatch): tf.Tensor =>
    inTraining(model, 1, () => {
      const inputs = x.map(tensorOf);
      const outputs = [model.apply(inputs.length === 1 ? inputs[0] : inputs, { training: true })].flat() as tf.Tensor[];
      const terms = outputLosses.map(({ tensors, factor }, o) => {
        const found = tensors(tf.cast(tensorOf(y[o]), "float32"), outputs[o]);
        const each = found.rank > 1 ? tf.mean(tf.reshape(found, [found.shape[0], -1]), 1) : found;
        return tf.mul(weights ? tf.mul(each, tensorOf(weights[o])) : each, factor);
      });
      const hasScalar = terms.some(({ rank }) => rank === 0);
      return (hasScalar ? terms.map((term) => tf.mean(term)) : terms).reduce((sum, term) => tf.add(sum, term));
    });
  /** Zeros for weights that have no gradient, as those have no second that enter linearly and alone. */
  const inOrder = (grads: tf.NamedTensorMap) => variables.map(({ name, shape }) => grads[name] ?? tf.zeros(shape));
  const gradients = (batch: TfjsBatch): tf.Tensor[] => {
    const mean = () => tf.add(tf.mean(lossesOn(batch)), regularization()) as tf.Scalar;
    return inOrder(tf.variableGrads(mean, variables).grads);
  };
  /** What `body` makes of w, on the host; nothing else stays allocated. */
  const evaluate = async (w: Vector, body: () => tf.Tensor[]): Promise<Vector> => {
    deadline();
    // On processors everything is done at once; what else is to be done gets its turn here.
    await new Promise((resolve) => setTimeout(resolve));
    const result = tf.tidy(() => {
      assign(w);
      return tf.concat(body().map((part) => tf.reshape(part, [-1])));
    });
    const values = (await result.data()) as Float32Array;
    result.dispose();
    return values;
  };

  const gradient = (w: Vector, batch: TfjsBatch) => evaluate(w, () => gradients(batch));

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
      gradient(
        w.map((x, i) => x + step * v[i]),
        batch,
      );
    const [forward, backward] = [await at(h), await at(-h)];
    return forward.map((g, i) => (g - backward[i]) / (2 * h));
  };

  let products: TfjsProducts | undefined;
  const findOut = async (w: Vector, v: Vector, { x, y, weights }: TfjsBatch): Promise<TfjsProducts> => {
    // Two examples tell as much as all, and have fewer units that switch between the points of a difference, where it says nothing.
    const few = (tensor: Tensor) => rowsOf(tensor, 0, Math.min(2, tensor.shape[0]));
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

  const objective = closuresObjective<TfjsBatch>(
    {
      async value(w, batch) {
        let isScalar = false;
        const values = await evaluate(w, () => {
          const each = lossesOn(batch);
          isScalar = each.rank !== 1;
          return [each, regularization()];
        });
        const [last, penalty] = [values.length - 1, values[values.length - 1]];
        if (isScalar) return values[0] + penalty;
        return values.subarray(0, last).map((x) => x + penalty);
      },
      gradient,
      async hvp(w, v, batch) {
        products ??= await findOut(w, v, batch);
        return products.by === "differences" ? difference(w, v, batch) : doubleBackprop(w, v, batch);
      },
    },
    initial,
    { examples: ({ x }) => x[0].shape[0] },
  );
  return {
    ...objective,
    layout,
    initial,
    get products() {
      return products;
    },
    assign,
  };
}

function layoutOf(variables: readonly tf.Variable[]): Layout {
  let size = 0;
  const tensors: TensorSlot[] = variables.map(({ name, shape, size: n }) => {
    const slot = { name, shape: [...shape], offset: size, size: n };
    size += n;
    return slot;
  });
  return { size, tensors };
}

export function tensorOf({ shape, data }: Tensor): tf.Tensor {
  const isInteger = data instanceof Int32Array || data instanceof Uint8Array;
  return tf.tensor(data as Float32Array, [...shape], isInteger ? "int32" : "float32");
}
