/** An objective from a jax-js loss: traced once a batch shape, compiled by a backend, fed with flat vectors. */

import type { LinearOperator } from "../curvature/operator.ts";
import { ShapeError } from "../errors.ts";
import { norms } from "../norm/norms.ts";
import { type Ledger, makeLedger } from "../objective/ledger.ts";
import type {
  Evaluation,
  JacobianEvaluation,
  JacobianLimit,
  Linearization,
  Objective,
  Uses,
} from "../objective/objective.ts";
import type { Model, SubproblemOptions } from "../subproblem/solver.ts";
import { type SteihaugProblem, solveSteihaug } from "../subproblem/steihaug/solve.ts";
import { norm2 } from "../vector/kernels.ts";
import { isTensor, type Tensor, type TensorData, type TensorTree } from "../vector/tensor.ts";
import { flattenTree } from "../vector/tree.ts";
import { type Dtype, type Vector, zeros } from "../vector/vector.ts";
import type { CompilationReport } from "./accounted-compiler.ts";
import type { Backend, Executable } from "./backends/backend.ts";
import { wasm } from "./backends/wasm/backend.ts";
import { type ElementType, elementCount, type Node } from "./ir/graph.ts";
import { runJacobian } from "./jacobian-programs.ts";
import { compiledMatrixEngine } from "./matrix-engine.ts";
import { flattenParameters, tensorsOf } from "./parameters.ts";
import type { Problem } from "./problem.ts";
import { type Programs, programsFor } from "./programs.ts";
import { blocksOf, examplesOfBlock, normalEquations } from "./row-blocks.ts";
import { runSolve } from "./solve-program.ts";
import { elementTypeOf } from "./traced-problem.ts";

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
  /** The model's outputs on a batch; there where model and loss are given apart. Costs a forward pass, booked nowhere. */
  readonly predict?: (w: Vector, batch: TensorTree) => Promise<Tensor>;
  /** Compiled programs so far and the time they took. */
  compilation(): CompilationReport;
}

/** What a deterministic loss of parameters alone is evaluated on. */
const noBatch: TensorTree = [];

/** How many batch shapes keep their programs; the least recently used one is dropped for a new one. */
const maxShapes = 8;

function toElementType(data: TensorData, type: ElementType): TensorData {
  if (type === "int32") return data instanceof Int32Array ? data : Int32Array.from(data);
  if (type === "float32") return data instanceof Float32Array ? data : Float32Array.from(data);
  return data instanceof Float64Array ? data : Float64Array.from(data);
}

function newTensor({ shape, dtype }: Node): Tensor {
  const size = elementCount(shape);
  if (dtype === "bool") return { shape, data: new Uint8Array(size) };
  return { shape, data: dtype === "int32" ? new Int32Array(size) : zeros(size, dtype) };
}

/** Compiles the programs of these uses, and runs those once whose backend compiles at the first call. */
async function prepare(programs: Programs, uses: Uses): Promise<void> {
  const { value, gradient, curvature, products, solve, jacobian } = uses;
  const ready: Executable[] = [];
  if (value) ready.push(await programs.evaluation());
  if (gradient) ready.push(await programs.gradient());
  if (curvature) {
    const program = await programs.curvature(curvature);
    ready.push(program.linearize);
    const solves = solve && program.solve;
    if (solves) ready.push((await solves(solve.stoppingRule, solve.memory)).executable);
    if (products ?? !solves) ready.push(await program.product());
  }
  if (jacobian) {
    const { evaluate, columns } = (await programs.jacobian()) ?? {};
    for (const program of [evaluate, columns]) if (program) ready.push(program);
  }
  for (const executable of ready) await executable.warmUp?.();
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
  const parameters = flattenParameters(problem.params, dtype);
  const { layout } = parameters;
  const ledger: Ledger = makeLedger();
  const shapes = new Map<string, Programs>();
  const report = { programs: 0, traceMs: 0, backendMs: 0 };
  const matrices = compiledMatrixEngine(backend);
  const prepared = new WeakMap<object, { tensors: Tensor[]; key: string }>();

  /** A batch as a list of tensors of the right types; remembered, since a batch is used by several programs. */
  function tensorsIn(batch: TensorTree = noBatch): { tensors: Tensor[]; key: string } {
    const known = prepared.get(batch);
    if (known) return known;
    const { leaves } = flattenTree(batch, isTensor);
    const tensors = leaves.map(({ shape, data }) => ({ shape, data: toElementType(data, elementTypeOf(data, dtype)) }));
    const key = tensors.map(({ shape, data }) => `${data.constructor.name}[${shape}]`).join();
    const result = { tensors, key };
    prepared.set(batch, result);
    return result;
  }

  /** The programs for the shape of a batch. */
  function programsOf(batch: TensorTree = noBatch): { programs: Programs; tensors: Tensor[] } {
    const { tensors, key } = tensorsIn(batch);
    let programs = shapes.get(key);
    shapes.delete(key);
    if (programs === undefined) {
      programs = programsFor(problem, parameters, batch, { dtype, backend, report });
      for (const [oldest, old] of shapes) {
        if (shapes.size < maxShapes) break;
        shapes.delete(oldest);
        old.dispose();
      }
    }
    shapes.set(key, programs);
    return { programs, tensors };
  }

  function pointTensors(w: Vector, tensors: readonly Tensor[]): Tensor[] {
    if (w.length !== layout.size) {
      throw new ShapeError(`objective: w must have shape [${layout.size}], got [${w.length}].`);
    }
    return [...tensorsOf(w, layout), ...tensors];
  }

  /** L_S(w) from the terms of its sums, which run in float64. */
  function evaluationOf({ lossTerms, perExample }: Programs, terms: readonly Tensor[]): Evaluation {
    let [value, magnitude] = [0, 0];
    lossTerms.forEach(({ factor }, i) => {
      let [sum, size] = [0, 0];
      for (const term of terms[i].data) {
        sum += term;
        size += Math.abs(term);
      }
      value += factor * sum;
      magnitude += Math.abs(factor) * size;
    });
    if (perExample) return { value, losses: terms[0].data as Vector };
    return lossTerms.every(({ isSum }) => isSum) ? { value, magnitude } : { value };
  }

  /** New tensors for the terms of the loss, then the gradient's own. */
  function evaluationOutputs({ lossTerms }: Programs, gradient: Vector): Tensor[] {
    return [...lossTerms.map(({ terms }) => newTensor(terms)), ...tensorsOf(gradient, layout)];
  }

  /** Examples whose rows of J are made at once; undefined without a residual form. */
  function examplesIn(programs: Programs, { maxBytes = Infinity }: JacobianLimit): number | undefined {
    const graphs = programs.jacobianGraphs();
    if (graphs === undefined) return undefined;
    const { rows, isSeparable } = graphs;
    return examplesOfBlock({ rows, d: layout.size, dtype, examples: programs.examples, isSeparable }, maxBytes);
  }

  async function wholeJacobian(w: Vector, batch: TensorTree): Promise<JacobianEvaluation | undefined> {
    const { programs, tensors } = programsOf(batch);
    const compiled = await programs.jacobian();
    if (compiled === undefined) return undefined;
    const point = pointTensors(w, tensors);
    const { terms, model } = await runJacobian(compiled, programs.lossTerms.length, point, layout, dtype);
    if (compiled.columns) ledger.book("ggnvps", programs.examples, layout.size);
    else ledger.book("gradients", programs.examples, compiled.passes);
    return { ...evaluationOf(programs, terms), ...model };
  }

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
    examples: (batch) => tensorsIn(batch).tensors[0]?.shape[0] ?? 1,

    async prepare(batch, uses) {
      const { programs } = programsOf(batch);
      const { jacobian, ...rest }: Uses = uses ?? { value: true, gradient: true, curvature: preferredCurvature };
      await prepare(programs, rest);
      if (jacobian === undefined) return;
      const block = examplesIn(programs, jacobian) ?? programs.examples;
      if (block === programs.examples) return prepare(programs, { jacobian });
      for (const part of blocksOf(batch, block)) await prepare(programsOf(part).programs, { jacobian });
    },

    async value(w, batch) {
      const { programs, tensors } = programsOf(batch);
      const program = await programs.evaluation();
      const results = await program.run(pointTensors(w, tensors));
      ledger.book("values", programs.examples);
      return evaluationOf(programs, results);
    },

    async gradient(w, batch, gradient = zeros(layout.size, dtype)) {
      const { programs, tensors } = programsOf(batch);
      const program = await programs.gradient();
      const outputs = evaluationOutputs(programs, gradient);
      await program.run(pointTensors(w, tensors), outputs);
      ledger.book("gradients", programs.examples);
      return { ...evaluationOf(programs, outputs), gradient };
    },

    async linearize(w, batch, kind): Promise<Linearization> {
      const { programs, tensors } = programsOf(batch);
      const program = await programs.curvature(kind);
      const buffers = program.pool.pop() ?? {
        gradient: zeros(layout.size, dtype),
        residuals: program.residuals.map(newTensor),
      };
      const { gradient, residuals } = buffers;
      const outputs = evaluationOutputs(programs, gradient);
      const point = pointTensors(w, tensors);
      await program.linearize.run(point, [...outputs, ...residuals]);
      ledger.book("gradients", programs.examples);
      const fixed = [...program.pointInputs.map((i) => point[i]), ...residuals];
      let known: number | undefined;
      const gradientNorm = () => (known ??= norm2(gradient));
      const oracle = kind === "hessian" ? "hvps" : "ggnvps";
      let live = true;
      const requireLive = () => {
        if (!live) throw new Error(`${kind}: a product was asked of a linearization that is disposed.`);
      };
      const curvature: LinearOperator = {
        size: layout.size,
        dtype,
        async multiply(v, product = zeros(layout.size, dtype)) {
          requireLive();
          if (v.length !== layout.size) {
            throw new ShapeError(`${kind}: v must have shape [${layout.size}], got [${v.length}].`);
          }
          const executable = await program.product();
          await executable.run([...fixed, ...tensorsOf(v, layout)], tensorsOf(product, layout));
          ledger.book(oracle, programs.examples);
          return product;
        },
      };
      return {
        ...evaluationOf(programs, outputs),
        gradient,
        gradientNorm,
        curvature,
        ...(program.solve && {
          async solve(diagonal: Float64Array, options: SubproblemOptions, g: Vector = gradient) {
            requireLive();
            const run: SteihaugProblem["run"] = async (settings, rule, preconditioner) => {
              const solve = await program.solve!(rule, preconditioner?.memory ?? 0);
              buffers.solve ??= { step: zeros(layout.size, dtype), p: zeros(layout.size, dtype) };
              const inputs = { fixed, gradient: g, diagonal, layout, ...buffers.solve };
              const end = await runSolve(solve, inputs, settings, preconditioner);
              ledger.book(oracle, programs.examples, end.products);
              return end;
            };
            const model = (): Model => ({ gradient: g, norm: norms.diagonal(diagonal), multiply: curvature.multiply });
            return solveSteihaug(
              { gradient: g, ...(g === gradient && { gradientNorm: gradientNorm() }), run, model },
              options,
            );
          },
        }),
        dispose() {
          if (live) program.pool.push(buffers);
          live = false;
        },
      };
    },

    async explainNonfinite(w, batch) {
      const { programs, tensors } = programsOf(batch);
      return programs.explainNonfinite(pointTensors(w, tensors));
    },

    ...("model" in problem && {
      matrices,
      async jacobian(w: Vector, batch: TensorTree, limit: JacobianLimit = {}) {
        const { programs } = programsOf(batch);
        const { examples } = programs;
        const block = examplesIn(programs, limit) ?? examples;
        if (block === examples) return wholeJacobian(w, batch);
        const ofBlock = async (part: TensorTree) => (await wholeJacobian(w, part))!;
        const shape = { examples, d: layout.size, dtype, engine: matrices };
        const sums = await ledger.aside(() => normalEquations(blocksOf(batch, block), ofBlock, shape));
        ledger.book("gradients", examples, programs.jacobianGraphs()!.passes);
        return sums;
      },
    }),

    dispose() {
      matrices.dispose();
      for (const programs of shapes.values()) programs.dispose();
      shapes.clear();
    },
  };
  if (!("model" in problem)) return objective;
  return {
    ...objective,
    async predict(w, batch) {
      const { programs, tensors } = programsOf(batch);
      const program = await programs.prediction();
      const [outputs] = await program.run(pointTensors(w, tensors));
      return outputs;
    },
  };
}
