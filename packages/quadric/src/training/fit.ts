/** `fit`: from a loss written in jax-js and data to trained parameters. */
import { numpy as np } from "@jax-js/jax";
import { requireKnown, requireOneOf } from "../check.ts";
import type { Backend } from "../compiler/backends/backend.ts";
import { type CompiledObjective, compileObjective } from "../compiler/objective.ts";
import type { Problem } from "../compiler/problem.ts";
import type { Tensor, TensorTree } from "../vector/tensor.ts";
import type { Dtype, Vector } from "../vector/vector.ts";
import { type Evidence, fitByEvidence } from "./evidence.ts";
import { type FrozenMask, freeProblem } from "./frozen.ts";
import { type TrainOptions, type TrainResult, train } from "./train.ts";

export interface FitOptions extends TrainOptions {
  /** Where the loss runs; defaults to `wasm()`. `onnx()` from quadric/node is faster on large networks. */
  readonly backend?: Backend;
  /** Defaults to "float32". */
  readonly dtype?: Dtype;
  /** Which tensors stay as they are: booleans in the shape of `problem.params`; defaults to none. */
  readonly frozen?: FrozenMask;
  /**
   * "evidence": the data choose the strength of a Gaussian prior for every tensor, and for every row of the first
   * matrix (an input each), between Gauss–Newton steps on all of them. The result has `evidence`. For models of up to
   * about a thousand parameters, in float64; of the other options `backend`, `frozen`, `history` and `steps` count, the
   * last at most 100. Defaults to no prior but the problem's regularizer.
   */
  readonly regularize?: "evidence";
}

const fitOptions: readonly (keyof FitOptions)[] = [
  ...([
    "backend",
    "dtype",
    "frozen",
    "regularize",
    "optimizer",
    "batchSize",
    "steps",
    "epochs",
    "budget",
    "seed",
    "keys",
  ] as const),
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
  /** With `regularize: "evidence"`. */
  readonly evidence?: Evidence & {
    /**
     * Outputs as `predict` gives them, and the deviation of each: of a new observation where the loss is squared error,
     * of the output itself otherwise. Compiles at each call.
     */
    predict(inputs: TensorTree): Promise<{ readonly outputs: Tensor; readonly deviations: Tensor }>;
  };
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
  const { backend, frozen, regularize } = options;
  const { dtype = regularize ? "float64" : "float32" } = options;
  if (regularize !== undefined) requireEvidence(problem, options);
  const { units, ...bare } = "model" in problem ? problem : { ...problem, units: undefined };
  const free = frozen === undefined ? undefined : freeProblem(bare as typeof problem, frozen, dtype);
  const compiled = free?.problem ?? (bare as typeof problem);
  const objective = await compileObjective<unknown>(compiled, { backend, dtype });
  try {
    const encoded = units?.encode(data) ?? data;
    const byEvidence = regularize && (await fitByEvidence(compiled, objective, encoded, options));
    const result = byEvidence?.result ?? (await train(objective, objective.initial, encoded, options));
    const params = (free ?? (objective as CompiledObjective<P>)).unflatten(result.parameters);
    const predict = async (inputs: TensorTree) => {
      const outputs = await predictWith(compiled, result.parameters, units?.encode(inputs) ?? inputs, {
        backend,
        dtype,
      });
      return units?.decode(outputs) ?? outputs;
    };
    if (!byEvidence) return { ...result, params, predict };
    const withDeviations = async (inputs: TensorTree) => {
      const outputs = await predict(inputs);
      const data = await byEvidence.deviations(units?.encode(inputs) ?? inputs);
      // The units of outputs are a line: what it makes of 0 is the shift.
      const spread = (values: Float64Array) => units?.decode({ shape: outputs.shape, data: values }).data ?? values;
      const [moved, still] = [spread(data), spread(data.map(() => 0))];
      return { outputs, deviations: { shape: outputs.shape, data: data.map((_, i) => Math.abs(moved[i] - still[i])) } };
    };
    return { ...result, params, predict, evidence: { ...byEvidence.evidence, predict: withDeviations } };
  } finally {
    objective.dispose();
  }
}

/** Evidence has its own prior, steps and batches. */
function requireEvidence(problem: object, options: FitOptions): void {
  requireOneOf("fit", "regularize", options.regularize, ["evidence"]);
  if (!("model" in problem)) {
    throw new TypeError("fit: evidence needs a problem { model, loss, params }, got one with a loss alone.");
  }
  const without = [
    "optimizer",
    "batchSize",
    "epochs",
    "budget",
    "keys",
    "validation",
    "checkpoint",
    "reducer",
  ] as const;
  const given = without.find((name) => options[name] !== undefined);
  if (given) throw new TypeError(`fit: ${given} must be left out with regularize: "evidence", got one.`);
  if ("regularizer" in problem) throw new TypeError("fit: evidence needs a problem without a regularizer, got one.");
  if (options.dtype === "float32") throw new TypeError('fit: dtype must be "float64" with evidence, got "float32".');
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
