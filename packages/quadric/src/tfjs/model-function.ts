/** A LayersModel and its losses as functions of a flat vector of its trainable weights. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Layout, TensorSlot } from "../vector/layout.ts";
import type { Vector } from "../vector/vector.ts";
import { tensorOf } from "./data.ts";
import type { OutputLoss, TfjsBatch } from "./problem.ts";
import { inTraining } from "./training-mode.ts";

export interface ModelFunction {
  readonly layout: Layout;
  readonly variables: tf.Variable[];
  /** The tensors of a flat vector. */
  parts(v: Vector): tf.Tensor[];
  /** Sets the model's trainable weights. */
  assign(w: Vector): void;
  /** The losses of the examples, [b]; or one scalar if a loss is. */
  lossesOn(batch: TfjsBatch): tf.Tensor;
  /** The regularizers' penalties, one scalar. */
  regularization(): tf.Tensor;
  /** Gradients of the variables by name in their order: zeros for those that have none. */
  inOrder(grads: tf.NamedTensorMap): tf.Tensor[];
  /** ∇L at the model's weights. */
  gradients(batch: TfjsBatch): tf.Tensor[];
  /** What `body` makes of w, on the host; nothing else stays allocated. */
  evaluate(w: Vector, body: () => tf.Tensor[]): Promise<Vector>;
}

/**
 * The model's weights are the memory that evaluations work in. Between them the event loop runs; `deadline()` may
 * throw.
 */
export function modelFunction(
  model: LayersModel,
  outputLosses: readonly OutputLoss[],
  deadline: () => void,
): ModelFunction {
  // What `read` returns is the variable itself.
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const layout = layoutOf(variables);

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
  // Weights that enter linearly and alone have no second gradient.
  const inOrder = (grads: tf.NamedTensorMap) => variables.map(({ name, shape }) => grads[name] ?? tf.zeros(shape));
  const gradients = (batch: TfjsBatch): tf.Tensor[] => {
    const mean = () => tf.add(tf.mean(lossesOn(batch)), regularization()) as tf.Scalar;
    return inOrder(tf.variableGrads(mean, variables).grads);
  };
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

  return { layout, variables, parts, assign, lossesOn, regularization, inOrder, gradients, evaluate };
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
