/** `fit`: from a loss written in jax-js and data to trained parameters. */
import { numpy as np } from "@jax-js/jax";
import { requireKnown } from "../check.ts";
import type { Backend } from "../compiler/backends/backend.ts";
import { type CompiledObjective, compileObjective } from "../compiler/objective.ts";
import type { Problem } from "../compiler/problem.ts";
import type { Tensor, TensorTree } from "../vector/tensor.ts";
import type { Dtype, Vector } from "../vector/vector.ts";
import { type FrozenMask, freeProblem } from "./frozen.ts";
import { type TrainOptions, type TrainResult, train } from "./train.ts";

export interface FitOptions extends TrainOptions {
  /** Where the loss runs; defaults to `wasm()`. `onnx()` from quadric/node is faster on large networks. */
  readonly backend?: Backend;
  /** Defaults to "float32". */
  readonly dtype?: Dtype;
  /** Which tensors stay as they are: booleans in the shape of `problem.params`; defaults to none. */
  readonly frozen?: FrozenMask;
}

const fitOptions: readonly (keyof FitOptions)[] = [
  ...(["backend", "dtype", "frozen", "optimizer", "batchSize", "steps", "epochs", "budget", "seed", "keys"] as const),
  ...(["validation", "callbacks", "history", "checkpoint", "signal", "reducer"] as const),
];

export interface Run<P> extends TrainResult {
  /** The trained parameters, in the structure of `problem.params`: new jax arrays, the caller's own. */
  readonly params: P;
  /**
   * Outputs of the trained model on new inputs, batches as the model takes them without the targets: `{ x }` for
   * `supervised`. Compiles at each call.
   *
   * @throws {TypeError} if the problem is a loss without a model.
   */
  predict(inputs: TensorTree): Promise<Tensor>;
}

/**
 * Minimises the mean loss over the data, plus the regularizer.
 *
 * @param problem - `{ loss(params, batch), params }` or `{ model, loss, params }`, with a `regularizer` if wanted.
 * @param data - tensors with n examples along every first axis, in the structure that the loss expects of a batch.
 * @throws {ShapeError} | {RangeError} if data, batch size or an option do not fit; labels beyond the outputs among them.
 * @example
 * const loss = ({ a }: { a: np.Array }, { x, y }: { x: np.Array; y: np.Array }) => np.square(a.mul(x).sub(y)); // y ≈ a·x
 * const data = { x: { shape: [2], data: Float32Array.of(1, 2) }, y: { shape: [2], data: Float32Array.of(2, 4) } };
 * const { params } = await fit({ loss, params: { a: np.array(0) } }, data, { steps: 30 }); // => a = 2
 */
export async function fit<P>(
  // biome-ignore lint/suspicious/noExplicitAny: a loss names the structure of its own batch; here it is any tree.
  problem: Problem<any, any> & { readonly params: P },
  data: TensorTree,
  options: FitOptions = {},
): Promise<Run<P>> {
  requireKnown("fit", options, fitOptions);
  const { backend, dtype = "float32", frozen } = options;
  const { units, ...bare } = "model" in problem ? problem : { ...problem, units: undefined };
  const free = frozen === undefined ? undefined : freeProblem(bare as typeof problem, frozen, dtype);
  const compiled = free?.problem ?? (bare as typeof problem);
  const objective = await compileObjective<unknown>(compiled, { backend, dtype });
  try {
    const result = await train(objective, objective.initial, units?.encode(data) ?? data, options);
    const params = (free ?? (objective as CompiledObjective<P>)).unflatten(result.parameters);
    const predict = async (inputs: TensorTree) => {
      const outputs = await predictWith(compiled, result.parameters, units?.encode(inputs) ?? inputs, {
        backend,
        dtype,
      });
      return units?.decode(outputs) ?? outputs;
    };
    return { ...result, params, predict };
  } finally {
    objective.dispose();
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a loss names the structure of its own batch; here it is any tree.
type AnyProblem = Problem<any, any>;

async function predictWith(
  problem: AnyProblem,
  parameters: Vector,
  inputs: TensorTree,
  options: Pick<FitOptions, "backend" | "dtype">,
): Promise<Tensor> {
  if (!("model" in problem)) {
    throw new TypeError("predict: needs a problem { model, loss, params }, got one with a loss alone.");
  }
  const { model, params } = problem;
  // Predictions do not look at the loss, which would ask for the targets.
  const loss = (outputs: np.Array) => np.square(outputs.reshape([outputs.shape[0], -1])).sum(-1);
  const objective = await compileObjective({ model, loss, params } as AnyProblem, options);
  try {
    return await objective.predict!(parameters, inputs);
  } finally {
    objective.dispose();
  }
}
