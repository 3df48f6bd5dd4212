/** An objective from a jax-js loss: traced once a batch shape, compiled by a backend, fed with flat vectors. */
import { ShapeError } from "../errors.ts";
import { type Ledger, makeLedger } from "../objective/ledger.ts";
import type { JacobianLimit, Objective, Uses } from "../objective/objective.ts";
import { isTensor, type Tensor, type TensorTree } from "../vector/tensor.ts";
import { flattenTree } from "../vector/tree.ts";
import { type Dtype, type Vector, zeros } from "../vector/vector.ts";
import type { CompilationReport } from "./accounted-compiler.ts";
import type { Backend } from "./backends/backend.ts";
import { wasm } from "./backends/wasm/backend.ts";
import { evaluationOf, evaluationOutputs } from "./evaluation.ts";
import { requireIndices } from "./indices.ts";
import { compiledJacobian } from "./jacobian.ts";
import { linearizeAt } from "./linearization.ts";
import { compiledMatrixEngine } from "./matrix-engine.ts";
import { flattenParameters, tensorsOf } from "./parameters.ts";
import { prepare } from "./preparation.ts";
import type { Problem } from "./problem.ts";
import { programCache } from "./program-cache.ts";
import { programsFor } from "./programs.ts";

export interface CompileOptions {
  /** Where programs run; defaults to `wasm()`. `onnx()` from quadric/node is faster on large networks. */
  readonly backend?: Backend;
  /** Precision of parameters, floating-point data and all arithmetic; defaults to "float32". */
  readonly dtype?: Dtype;
}

export interface CompiledObjective<P = unknown> extends Objective<TensorTree> {
  /** The problem's starting point, flattened. */
  readonly initial: Vector;
  /** A parameter tree of new jax arrays holding w. */
  unflatten(w: Vector): P;
  /**
   * The model's outputs on a batch, where model and loss are given separately. Costs a forward pass, booked nowhere.
   */
  readonly predict?: (w: Vector, batch: TensorTree) => Promise<Tensor>;
  /** Compiled programs so far and the time they took. */
  compilation(): CompilationReport;
}

/**
 * Makes an objective of a loss: L_S(w) = (1/|S|) Σ ℓ_i(w) + R(w).
 *
 * A batch is a tree of host tensors with the examples along every first axis, of the structure that the loss expects.
 * Uint8Array and Int32Array leaves arrive in the loss as int32, floating-point leaves in the objective's precision.
 * Cost: one trace and one compilation for each program and batch shape; evaluations cost what the ledger says.
 *
 * @throws {ShapeError} if the loss is neither [b] nor a scalar, or leaves of a batch disagree on b.
 * @throws {UnsupportedPrimitiveError} if the backend has no rule for something in the loss.
 */
export async function compileObjective<P>(
  // biome-ignore lint/suspicious/noExplicitAny: a loss names the structure of its own batch; here it is any tree.
  problem: Problem<any, any> & { readonly params: P },
  { dtype = "float32", backend = wasm() }: CompileOptions = {},
): Promise<CompiledObjective<P>> {
  if ("units" in problem) {
    throw new TypeError(
      "compileObjective: must have a problem without units, which `fit` alone applies, got standardized data.",
    );
  }
  const parameters = flattenParameters(problem.params, dtype);
  const { layout } = parameters;
  const ledger: Ledger = makeLedger();
  const report = { programs: 0, traceMs: 0, backendMs: 0 };
  const matrices = compiledMatrixEngine(backend);
  const cache = programCache(dtype, (batch) => programsFor(problem, parameters, batch, { dtype, backend, report }));
  const { programsOf, during } = cache;

  function pointTensors(w: Vector, tensors: readonly Tensor[]): Tensor[] {
    if (w.length !== layout.size) {
      throw new ShapeError(`objective: w must have shape [${layout.size}], got [${w.length}].`);
    }
    return [...tensorsOf(w, layout), ...tensors];
  }

  const jacobians = compiledJacobian({ programsOf, during, pointTensors, layout, dtype, ledger, engine: matrices });
  const preferredCurvature = "model" in problem ? "gauss-newton" : "hessian";
  const objective: CompiledObjective<P> = {
    layout,
    dtype,
    ledger,
    retainsNothing: true,
    preferredCurvature,
    initial: parameters.vector,
    unflatten: parameters.unflatten,
    compilation: () => ({ ...report }),
    examples: (batch) => cache.tensorsIn(batch)[0]?.shape[0] ?? 1,

    requireData(batch, data) {
      requireIndices(programsOf(batch).programs.indices, flattenTree(data, isTensor).leaves);
    },

    async prepare(batch, uses) {
      const { jacobian, ...rest }: Uses = uses ?? { value: true, gradient: true, curvature: preferredCurvature };
      await prepare(programsOf(batch).programs, rest);
      if (jacobian) await jacobians.prepare(batch, jacobian);
    },

    value: (w, batch) =>
      during(batch, async ({ programs, tensors }) => {
        const program = await programs.evaluation();
        const results = await program.run(pointTensors(w, tensors));
        ledger.book("values", programs.examples);
        return evaluationOf(programs, results);
      }),

    gradient: (w, batch, gradient = zeros(layout.size, dtype)) =>
      during(batch, async ({ programs, tensors }) => {
        const program = await programs.gradient();
        const outputs = evaluationOutputs(programs, gradient, layout);
        await program.run(pointTensors(w, tensors), outputs);
        ledger.book("gradients", programs.examples);
        return { ...evaluationOf(programs, outputs), gradient };
      }),

    linearize: (w, batch, kind) =>
      during(batch, async ({ programs, tensors }) => {
        const program = await programs.curvature(kind);
        return linearizeAt(pointTensors(w, tensors), { programs, program, kind, layout, dtype, ledger });
      }),

    explainNonfinite: (w, batch) =>
      during(batch, ({ programs, tensors }) => programs.explainNonfinite(pointTensors(w, tensors))),

    ...("model" in problem && {
      matrices,
      residualShape(batch: TensorTree) {
        const graphs = programsOf(batch).programs.jacobianGraphs();
        return graphs && { rows: graphs.rows, hasRows: graphs.columns === undefined };
      },
      jacobian: (w: Vector, batch: TensorTree, limit?: JacobianLimit) => jacobians.evaluate(w, batch, limit),
    }),

    dispose() {
      matrices.dispose();
      cache.dispose();
    },
  };
  if (!("model" in problem)) return objective;
  return {
    ...objective,
    predict: (w, batch) =>
      during(batch, async ({ programs, tensors }) => {
        const program = await programs.prediction();
        const [outputs] = await program.run(pointTensors(w, tensors));
        return outputs;
      }),
  };
}
