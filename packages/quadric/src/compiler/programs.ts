/** The programs of one problem at one batch shape: traced at once, each compiled when first asked for. */
import type { CurvatureKind } from "../objective/objective.ts";
import type { Tensor, TensorTree } from "../vector/tensor.ts";
import type { Dtype } from "../vector/vector.ts";
import { accountedCompiler, type CompilationReport, once } from "./accounted-compiler.ts";
import { gradient, type TracedLoss } from "./autodiff/derive.ts";
import type { Backend, Executable } from "./backends/backend.ts";
import { type CurvaturePrograms, curvaturePrograms } from "./curvature-programs.ts";
import { type Holders, makeHolders } from "./holders.ts";
import type { IndexLeaf } from "./indices.ts";
import type { Builder } from "./ir/builder.ts";
import { type Node, splitScalar } from "./ir/graph.ts";
import { inlined, withoutStopGradients } from "./ir/rebuild.ts";
import { simplifyingBuilder } from "./ir/simplify.ts";
import { type JacobianGraphs, type JacobianPrograms, jacobianGraphs } from "./jacobian-programs.ts";
import { explainNonfinite } from "./nonfinite.ts";
import type { FlatParameters } from "./parameters.ts";
import type { Problem } from "./problem.ts";
import { traceProblem } from "./traced-problem.ts";

export interface Programs {
  /** b. */
  readonly examples: number;
  /** What of the data indexes tables. */
  readonly indices: readonly IndexLeaf[];
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
  jacobianGraphs(): JacobianGraphs | undefined;
  /** The same, compiled. */
  jacobian(): Promise<JacobianPrograms | undefined>;
  /** (w…, batch…) → z; only if the model is given by itself. */
  prediction(): Promise<Executable>;
  /** Which operation makes the loss or its gradient NaN or infinite at a point (w…, batch…); undefined if none does. */
  explainNonfinite(tensors: readonly Tensor[]): Promise<string | undefined>;
  readonly holders: Holders;
  /** Disposes of the programs, when the calls that run have ended. */
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
 * The terms of the outermost sum of a scalar, or of the mean of per-example losses, so that it can be taken in float64.
 * Partial sums in float32 then no longer decide whether a step near a minimum is accepted.
 */
function termsOf(b: Builder, value: Node): LossTerms {
  if (value.shape.length > 0) return { terms: value, factor: 1 / value.shape[0], isSum: true };
  const [sum, factor] = splitScalar(value);
  if (sum.op !== "reduce" || sum.attributes.op !== "sum") return { terms: value, factor: 1, isSum: false };
  const [x] = sum.inputs;
  return { terms: b.sum(x, x.shape.map((_, axis) => axis).slice(1)), factor, isSum: true };
}

interface ProgramOptions {
  readonly dtype: Dtype;
  readonly backend: Backend;
  /** Added to by every compilation. */
  readonly report: { -readonly [key in keyof CompilationReport]: CompilationReport[key] };
}

export function programsFor(
  // biome-ignore lint/suspicious/noExplicitAny: a loss names the structure of its own batch; here it is any tree.
  problem: Problem<any, any>,
  parameters: FlatParameters<unknown>,
  batch: TensorTree,
  { dtype, backend, report }: ProgramOptions,
): Programs {
  const b = simplifyingBuilder();
  const compiler = accountedCompiler(backend, report);
  const { timed, compile } = compiler;
  const holders = makeHolders();
  const traced = timed(() => traceProblem(b, problem, parameters, batch, dtype, backend.callsPay));
  const point = [...traced.parameters, ...traced.batch];
  const scalars = withoutStopGradients(b, [traced.loss, ...(traced.regularizer ? [traced.regularizer] : [])]);
  const lossTerms = scalars.map((scalar) => termsOf(b, scalar));
  const terms = lossTerms.map((loss) => loss.terms);

  const program = (outputs: () => readonly Node[]) => once(() => compile({ inputs: point, outputs: timed(outputs) }));
  const curvatureOf = (kind: CurvatureKind) =>
    once(() => curvaturePrograms(b, traced, terms, compiler, { kind, dtype, paysToSolve: backend.loopsPay }));
  const curvature = { hessian: curvatureOf("hessian"), "gauss-newton": curvatureOf("gauss-newton") };

  // What looks into a loss finds it without calls.
  const written = once((): TracedLoss => {
    const { loss, regularizer, composite } = traced;
    const one = (node: Node) => inlined(b, [node])[0];
    return {
      ...traced,
      loss: one(loss),
      regularizer: regularizer && one(regularizer),
      ...(composite && { composite: { ...composite, outputs: one(composite.outputs), loss: one(composite.loss) } }),
    };
  });
  const graphsOfJacobian = once(() => timed(() => jacobianGraphs(b, written(), inlined(b, terms), dtype)));

  async function jacobianPrograms(): Promise<JacobianPrograms | undefined> {
    const graphs = graphsOfJacobian();
    if (graphs === undefined) return undefined;
    const { evaluate, columns, change, ...rest } = graphs;
    return {
      ...rest,
      evaluate: await compile(evaluate),
      columns: columns && (await compile(columns)),
      change: once(() => compile(timed(change))),
    };
  }

  return {
    examples: traced.batch[0]?.shape[0] ?? 1,
    indices: traced.indices,
    perExample: traced.loss.shape.length === 1,
    lossTerms,
    evaluation: program(() => terms),
    gradient: program(() => [...terms, ...gradient(b, traced)]),
    curvature: (kind) => curvature[kind](),
    jacobianGraphs: graphsOfJacobian,
    jacobian: once(jacobianPrograms),
    explainNonfinite: (tensors) =>
      explainNonfinite(backend, point, tensors, [
        { name: "loss", outputs: inlined(b, scalars) },
        { name: "gradient", outputs: gradient(b, written()) },
      ]),
    prediction: program(() => withoutStopGradients(b, [traced.composite!.outputs])),
    holders,
    dispose: () => holders.afterCalls(() => compiler.dispose()),
  };
}
