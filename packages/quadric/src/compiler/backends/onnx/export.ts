/** A trained model as an ONNX file that anything can serve. */
import type { numpy as np } from "@jax-js/jax";
import { requireOneOf } from "../../../check.ts";
import type { TensorTree } from "../../../vector/tensor.ts";
import type { Dtype } from "../../../vector/vector.ts";

export interface ExportOnnxOptions {
  /** Precision of parameters and floating-point inputs; defaults to "float32". */
  readonly dtype?: Dtype;
}

/**
 * The bytes of an ONNX model (opset 21, IR 10) for inference, with a free batch size.
 *
 * Inputs are called as in `example`, one that is a tensor alone "input"; the outputs "output"; parameters by their path
 * in the tree, such as "0.weight". Integers come in as int32. Cost: two traces.
 *
 * @param model - Outputs [b, …] from parameters and inputs, such as `network.apply`; the batch size must decide shapes
 *   alone.
 * @param params - Read, not consumed.
 * @param example - Inputs as the model takes them, of any batch size; only types and shapes matter.
 * @throws {RangeError} if numbers of the model change with the batch size, as under batch normalization without given
 *   statistics.
 * @throws {UnsupportedPrimitiveError} if the model holds something that has no ONNX form.
 * @example
 * const bytes = await exportOnnx(network.apply, run.params, { shape: [1, 784], data: new Float32Array(784) });
 * writeFileAtomic("model.onnx", bytes); // from quadric/node
 */
export async function exportOnnx<P>(
  // biome-ignore lint/suspicious/noExplicitAny: a model names the structure of its own inputs; here it is any tree.
  model: (params: P, inputs: any) => np.Array,
  params: P,
  example: TensorTree,
  { dtype = "float32" }: ExportOnnxOptions = {},
): Promise<Uint8Array> {
  requireOneOf("exportOnnx", "dtype", dtype, ["float32", "float64"]);
  // Loaded when asked for: pages that export nothing do not pay for the ONNX messages.
  const { inferenceModel } = await import("./inference.ts");
  return inferenceModel(model, params, example, dtype);
}
