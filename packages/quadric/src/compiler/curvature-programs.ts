/**
 * The programs of the quadratic model at a point: its linearization, its products with a vector, and whole solves of
 * it.
 */
import type { CurvatureKind } from "../objective/objective.ts";
import type { StoppingRule } from "../subproblem/solver.ts";
import type { Tensor } from "../vector/tensor.ts";
import type { Dtype, Vector } from "../vector/vector.ts";
import { type AccountedCompiler, once } from "./accounted-compiler.ts";
import { gaussNewtonForm, gaussNewtonProduct, gradient, hessianProduct, type TracedLoss } from "./autodiff/derive.ts";
import { partialEvaluate } from "./autodiff/partial-eval.ts";
import type { Executable } from "./backends/backend.ts";
import type { Builder } from "./ir/builder.ts";
import type { Graph, Node } from "./ir/graph.ts";
import type { SolveInputs, SolveProgram } from "./solve-program.ts";
import { stagedSteihaug } from "./staged-steihaug.ts";

export interface CurvaturePrograms {
  /** (w…, batch…) → the terms of the loss, ∇L…, residuals…. */
  readonly linearize: Executable;
  /** Shapes and types of what is kept for the products. */
  readonly residuals: readonly Node[];
  /** (the tensors of w and batch that it uses, residuals…, v…) → Bv…. */
  readonly product: () => Promise<Executable>;
  /** A solve preconditioned by so many pairs; undefined if the backend has no loops, or gains nothing by them. */
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

interface CurvatureOptions {
  readonly kind: CurvatureKind;
  readonly dtype: Dtype;
  /** Whether the backend can make a solve of a product, and gains by it. */
  readonly paysToSolve: (product: Graph) => boolean;
}

/** @param terms - those of the loss. */
export async function curvaturePrograms(
  b: Builder,
  traced: TracedLoss,
  terms: readonly Node[],
  { timed, compile }: AccountedCompiler,
  { kind, dtype, paysToSolve }: CurvatureOptions,
): Promise<CurvaturePrograms> {
  const point = [...traced.parameters, ...traced.batch];
  const v = traced.parameters.map(({ shape }) => b.input("v", shape, dtype));
  const { g, split } = timed(() => {
    const outputs =
      kind === "hessian"
        ? hessianProduct(b, traced, v)
        : [...gaussNewtonProduct(b, traced, v), ...gaussNewtonForm(b, traced, v).flat()];
    return { g: gradient(b, traced), split: partialEvaluate(b, outputs, point, v) };
  });
  const linearize = compile({ inputs: point, outputs: [...terms, ...g, ...split.residuals] });
  const { inputs, outputs } = split.product;
  const solves = new Map<string, Promise<SolveProgram>>();
  const makeSolve = async (rule: StoppingRule, memory: number): Promise<SolveProgram> => {
    const staged = await timed(() => stagedSteihaug(b, split.product, v.length, rule, memory));
    return { executable: await compile(staged.graph), blocks: staged.layout };
  };
  const solve = (rule: StoppingRule, memory: number): Promise<SolveProgram> => {
    const key = `${rule} ${memory}`;
    const made = solves.get(key) ?? makeSolve(rule, memory);
    solves.set(key, made);
    return made;
  };
  return {
    linearize: await linearize,
    product: once(() => compile({ inputs, outputs: outputs.slice(0, v.length) })),
    ...(paysToSolve(split.product) && { solve }),
    residuals: split.residuals,
    pointInputs: inputs.flatMap((node) => (point.includes(node) ? [point.indexOf(node)] : [])),
    pool: [],
  };
}
