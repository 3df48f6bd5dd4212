/** What is trained: a model and, for each of its outputs, a loss of the targets and that output. */
import { numpy as np } from "@jax-js/jax";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Problem } from "../compiler/problem.ts";
import type { Tensor } from "../vector/tensor.ts";
import { convertTfjs } from "./convert.ts";
import { namedLoss, type TfjsLossFunction } from "./losses.ts";

/** The loss of one output. */
export interface OutputLoss {
  /** A name, or a function of the user's own. */
  readonly loss: string | TfjsLossFunction;
  /** What TensorFlow.js computes for it. */
  readonly tensors: TfjsLossFunction;
  /** Its share in the sum over outputs. */
  readonly factor: number;
}

/** Examples along every first axis; one tensor for each input and output. */
export type TfjsBatch = {
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  /** A factor for each example's loss, [b] for each output; none at all if every one is 1. */
  readonly weights?: readonly Tensor[];
};

type ArrayBatch = { x: np.Array[]; y: np.Array[]; weights?: np.Array[] };

const sizeOf = (shape: readonly (number | null)[]) => shape.slice(1).reduce<number>((n, m) => n * (m ?? 1), 1);

/**
 * The problem for the compiler. The loss of an example is the mean over the places of an output, summed over outputs:
 *
 *   ℓ_i = Σ_o factor_o · weight_oi · mean ℓ(y_oi, p_oi)
 *
 * Model and loss are given separately, so that there are Gauss–Newton products, if each loss is convex in its output
 * and curved.
 *
 * @throws {TypeError} if something has no form in jax-js, saying what.
 */
export function compiledProblem(
  model: LayersModel,
  outputLosses: readonly OutputLoss[],
  inputShapes: readonly (readonly number[])[],
): Problem & { readonly params: np.Array[] } {
  const named = outputLosses.map(({ loss }) => namedLoss(loss));
  if (named.includes(undefined))
    throw new TypeError(
      "fitTfjs: the compiled route needs losses by name, got a function of tensors, which has no form in jax-js.",
    );
  const { params, apply, links, penalty } = convertTfjs(model, inputShapes);
  const forms = named.map((loss, o) => {
    const before = loss?.before?.link === links[o] ? loss.before : undefined;
    return {
      isLinear: before !== undefined,
      of: before?.of ?? loss!.of,
      isCurved: before !== undefined || loss!.isCurved,
    };
  });
  const linear = forms.map(({ isLinear }) => isLinear);

  const lossOf = (outputs: readonly np.Array[], { x, y, weights }: ArrayBatch): np.Array => {
    const terms = outputs.map((output, o) => {
      const losses = forms[o].of(y[o], output);
      const each = losses.ndim === 1 ? losses : np.mean(losses.reshape([losses.shape[0], -1]), 1);
      const weighted = weights === undefined ? each : each.mul(weights[o]);
      const { factor } = outputLosses[o];
      return factor === 1 ? weighted : weighted.mul(factor);
    });
    for (const array of x) array.dispose();
    return terms.reduce((sum, term) => sum.add(term));
  };
  const outputsOf = (weights: np.Array[], { x, y, weights: own }: ArrayBatch) => {
    for (const array of [...y, ...(own ?? [])]) array.dispose();
    return apply(weights, x, linear);
  };
  const regularizer = penalty && { regularizer: (weights: np.Array[]) => penalty(weights) };

  if (!forms.every(({ isCurved }) => isCurved)) {
    const refs = (arrays: readonly np.Array[]) => arrays.map((array) => array.ref);
    return {
      loss(weights: np.Array[], batch: ArrayBatch) {
        const copy = { x: refs(batch.x), y: refs(batch.y), ...(batch.weights && { weights: refs(batch.weights) }) };
        return lossOf(outputsOf(weights, copy), batch);
      },
      params,
      ...regularizer,
    } as never;
  }
  if (outputLosses.length === 1) {
    return {
      model: (weights: np.Array[], batch: ArrayBatch) => outputsOf(weights, batch)[0],
      loss: (output: np.Array, batch: ArrayBatch) => lossOf([output], batch),
      params,
      ...regularizer,
    } as never;
  }
  // Several outputs side by side, as one: [b, Σ sizes].
  const sizes = model.outputs.map(({ shape }) => sizeOf(shape));
  const ends = sizes.map((_, o) => sizes.slice(0, o + 1).reduce((n, m) => n + m, 0));
  return {
    model: (weights: np.Array[], batch: ArrayBatch) =>
      np.concatenate(
        outputsOf(weights, batch).map((output) => output.reshape([output.shape[0], -1])),
        1,
      ),
    loss(joined: np.Array, batch: ArrayBatch) {
      const parts = np.split(joined, ends.slice(0, -1), 1);
      return lossOf(
        parts.map((part, o) => part.reshape([part.shape[0], ...(model.outputs[o].shape.slice(1) as number[])])),
        batch,
      );
    },
    params,
    ...regularizer,
  } as never;
}
