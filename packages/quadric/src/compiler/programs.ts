/** The programs of one problem at one batch shape: traced at once, each compiled when first asked for. */
import type { numpy as np } from "@jax-js/jax";
import { ShapeError } from "../errors.ts";
import type { CurvatureKind } from "../objective/objective.ts";
import type { StoppingRule } from "../subproblem/solver.ts";
import { isTensor, type Tensor, type TensorData, type TensorTree } from "../vector/tensor.ts";
import { flattenTree } from "../vector/tree.ts";
import type { Dtype, Vector } from "../vector/vector.ts";
import { gaussNewtonForm, gaussNewtonProduct, gradient, hessianProduct, type TracedLoss } from "./autodiff/derive.ts";
import { partialEvaluate } from "./autodiff/partial-eval.ts";
import type { Backend, Executable } from "./backends/backend.ts";
import type { Builder } from "./ir/builder.ts";
import { type ElementType, type Node, splitScalar } from "./ir/graph.ts";
import { substitute, withoutStopGradients } from "./ir/rebuild.ts";
import { simplifyingBuilder } from "./ir/simplify.ts";
import { type JacobianPrograms, jacobianGraphs } from "./jacobian-programs.ts";
import { explainNonfinite } from "./nonfinite.ts";
import type { FlatParameters } from "./parameters.ts";
import type { Problem } from "./problem.ts";
import type { SolveInputs, SolveProgram } from "./solve-program.ts";
import { stagedSteihaug } from "./staged-steihaug.ts";
import { trace } from "./trace/import.ts";

export interface Programs {
  /** b. */
  readonly examples: number;
  /** Whether the loss returns one value an example. */
  readonly perExample: boolean;
  /** How a program's first outputs make up L_S: ℓ and, with a regularizer, R. */
  readonly lossTerms: readonly LossTerms[];
  /** (w…, batch…) → the terms of the loss. */
  evaluation(): Promise<Executable>;
  /** (w…, batch…) → the terms of the loss, ∇L…. */
  gradient(): Promise<Executable>;
  curvature(kind: CurvatureKind): Promise<CurvaturePrograms>;
  /** Undefined if the loss has no residual form. */
  jacobian(): Promise<JacobianPrograms | undefined>;
  /** (w…, batch…) → z; only if the model is given by itself. */
  prediction(): Promise<Executable>;
  /** Which operation makes the loss or its gradient NaN or infinite at a point (w…, batch…); undefined if none does. */
  explainNonfinite(tensors: readonly Tensor[]): Promise<string | undefined>;
  dispose(): void;
}

/** A scalar as factor·Σ terms: terms in the program's precision, the sum left to float64. */
export interface LossTerms {
  readonly terms: Node;
  readonly factor: number;
  /** Whether the scalar is a sum over the terms, rather than some function of one. */
  readonly isSum: boolean;
}

/**
 * The terms of the outermost sum of a scalar, or of the mean of per-example losses, so that it can be taken in float64:
 * float32 partial sums then no longer decide whether a step near a minimum is accepted.
 */
function termsOf(b: Builder, value: Node): LossTerms {
  if (value.shape.length > 0) return { terms: value, factor: 1 / value.shape[0], isSum: true };
  const [sum, factor] = splitScalar(value);
  if (sum.op !== "reduce" || sum.attributes.op !== "sum") return { terms: value, factor: 1, isSum: false };
  const [x] = sum.inputs;
  return { terms: b.sum(x, x.shape.map((_, axis) => axis).slice(1)), factor, isSum: true };
}

export interface CurvaturePrograms {
  /** (w…, batch…) → the terms of the loss, ∇L…, residuals…. */
  readonly linearize: Executable;
  /** Shapes and types of what is kept for the products. */
  readonly residuals: readonly Node[];
  /** (the tensors of w and batch that it uses, residuals…, v…) → Bv…. */
  readonly product: () => Promise<Executable>;
  /** A solve preconditioned by so many pairs; undefined if the backend has no loops. */
  readonly solve?: (rule: StoppingRule, memory: number) => Promise<SolveProgram>;
  /** Indices into (w…, batch…) of the tensors that the product uses. */
  readonly pointInputs: readonly number[];
  /** Memory that no linearization holds at the moment. */
  readonly pool: PointBuffers[];
}

/** What a linearization holds until it is disposed. */
export interface PointBuffers {
  readonly gradient: Vector;
  readonly residuals: readonly Tensor[];
  /** Made at the first solve. */
  solve?: Pick<SolveInputs, "step" | "p">;
}

export interface CompilationReport {
  readonly programs: number;
  /** Tracing, differentiating and simplifying, milliseconds. */
  readonly traceMs: number;
  /** Lowering and making sessions, milliseconds. */
  readonly backendMs: number;
}

interface ProgramOptions {
  readonly dtype: Dtype;
  readonly backend: Backend;
  /** Added to by every compilation. */
  readonly report: { -readonly [key in keyof CompilationReport]: CompilationReport[key] };
}

/** The type in which data reach the loss: integers are labels and indices, the rest is of the objective's precision. */
export function elementTypeOf(data: TensorData, dtype: Dtype): ElementType {
  return data instanceof Int32Array || data instanceof Uint8Array ? "int32" : dtype;
}

export function programsFor(
  // biome-ignore lint/suspicious/noExplicitAny: a loss names the structure of its own batch; here it is any tree.
  problem: Problem<any, any>,
  parameters: FlatParameters<unknown>,
  batch: TensorTree,
  { dtype, backend, report }: ProgramOptions,
): Programs {
  const b = simplifyingBuilder();
  const tree = flattenTree(batch, isTensor);
  const parameterNodes = parameters.layout.tensors.map(({ name, shape }) => b.input(name, shape, dtype));
  const batchNodes = tree.leaves.map(({ shape, data }, i) =>
    b.input(`batch.${tree.paths[i]}`, shape, elementTypeOf(data, dtype)),
  );
  const point = [...parameterNodes, ...batchNodes];

  const timed = <T>(body: () => T): T => {
    const start = performance.now();
    const count = () => {
      report.traceMs += performance.now() - start;
    };
    const result = body();
    if (result instanceof Promise) void result.then(count);
    else count();
    return result;
  };

  const traced = timed(traceProblem);

  function traceProblem(): TracedLoss {
    const parameterTree = (args: np.Array[]) => parameters.assemble(args.slice(0, parameterNodes.length));
    const batchTree = (args: np.Array[]) => tree.unflatten(args.slice(args.length - batchNodes.length));
    const { regularizer } = problem;
    const penalty = regularizer && trace(b, (...args) => regularizer(parameterTree(args)), parameterNodes)[0];
    if (penalty && penalty.shape.length > 0) {
      throw new ShapeError(`compileObjective: a regularizer must return one scalar, got [${penalty.shape}].`);
    }
    if (!("model" in problem)) {
      const [loss] = trace(b, (...args) => problem.loss(parameterTree(args), batchTree(args)), point);
      return { parameters: parameterNodes, batch: batchNodes, loss, regularizer: penalty };
    }
    const [outputs] = trace(b, (...args) => problem.model(parameterTree(args), batchTree(args)), point);
    const variable = b.input("outputs", outputs.shape, dtype);
    const [ofVariable] = trace(b, (z, ...args) => problem.loss(z, batchTree(args)), [variable, ...batchNodes]);
    const [loss] = substitute(b, [ofVariable], new Map([[variable, outputs]]));
    const composite = { outputs, variable, loss: ofVariable };
    return { parameters: parameterNodes, batch: batchNodes, loss, regularizer: penalty, composite };
  }

  const scalars = withoutStopGradients(b, [traced.loss, ...(traced.regularizer ? [traced.regularizer] : [])]);
  const lossTerms = scalars.map((scalar) => termsOf(b, scalar));
  const terms = lossTerms.map((loss) => loss.terms);
  const executables: Promise<{ dispose(): void }>[] = [];

  function compile<T extends { dispose(): void }>(make: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const executable = make().then((it) => {
      report.backendMs += performance.now() - start;
      report.programs++;
      return it;
    });
    executables.push(executable);
    return executable;
  }

  const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
    let made: Promise<T> | undefined;
    return () => (made ??= make());
  };
  const program = (outputs: () => readonly Node[]) =>
    once(() => {
      const graph = { inputs: point, outputs: timed(outputs) };
      return compile(() => backend.compile(graph));
    });

  async function curvaturePrograms(kind: CurvatureKind): Promise<CurvaturePrograms> {
    const v = parameterNodes.map(({ shape }) => b.input("v", shape, dtype));
    const { g, split } = timed(() => {
      const outputs =
        kind === "hessian"
          ? hessianProduct(b, traced, v)
          : [...gaussNewtonProduct(b, traced, v), ...gaussNewtonForm(b, traced, v).flat()];
      return { g: gradient(b, traced), split: partialEvaluate(b, outputs, point, v) };
    });
    const linearize = compile(() => backend.compile({ inputs: point, outputs: [...terms, ...g, ...split.residuals] }));
    const { inputs, outputs } = split.product;
    const product = once(() => compile(() => backend.compile({ inputs, outputs: outputs.slice(0, v.length) })));
    const solves = new Map<string, Promise<SolveProgram>>();
    const makeSolve = async (rule: StoppingRule, memory: number): Promise<SolveProgram> => {
      const staged = await timed(() => stagedSteihaug(b, split.product, v.length, rule, memory));
      return { executable: await compile(() => backend.compile(staged.graph)), blocks: staged.layout };
    };
    const solve = (rule: StoppingRule, memory: number): Promise<SolveProgram> => {
      const key = `${rule} ${memory}`;
      const made = solves.get(key) ?? makeSolve(rule, memory);
      solves.set(key, made);
      return made;
    };
    return {
      linearize: await linearize,
      product,
      ...(backend.hasLoops && { solve }),
      residuals: split.residuals,
      pointInputs: split.product.inputs.flatMap((node) => (point.includes(node) ? [point.indexOf(node)] : [])),
      pool: [],
    };
  }

  async function jacobianPrograms(): Promise<JacobianPrograms | undefined> {
    const graphs = timed(() => jacobianGraphs(b, traced, terms, dtype));
    if (graphs === undefined) return undefined;
    const { evaluate, columns, ...rest } = graphs;
    return {
      ...rest,
      evaluate: await compile(() => backend.compile(evaluate)),
      columns: columns && (await compile(() => backend.compile(columns))),
    };
  }

  const curvature = {
    hessian: once(() => curvaturePrograms("hessian")),
    "gauss-newton": once(() => curvaturePrograms("gauss-newton")),
  };

  return {
    examples: batchNodes[0]?.shape[0] ?? 1,
    perExample: traced.loss.shape.length === 1,
    lossTerms,
    evaluation: program(() => terms),
    gradient: program(() => [...terms, ...gradient(b, traced)]),
    curvature: (kind) => curvature[kind](),
    jacobian: once(jacobianPrograms),
    explainNonfinite: (tensors) =>
      explainNonfinite(backend, point, tensors, [
        { name: "loss", outputs: scalars },
        { name: "gradient", outputs: gradient(b, traced) },
      ]),
    prediction: program(() => withoutStopGradients(b, [traced.composite!.outputs])),
    dispose() {
      // One that could not be made has thrown at its caller.
      for (const executable of executables) {
        executable.then(
          (it) => it.dispose(),
          () => undefined,
        );
      }
    },
  };
}
