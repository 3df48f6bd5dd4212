/** A problem as a graph: its loss, and what the loss is made of, traced on inputs of the shapes of one batch. */
import type { numpy as np } from "@jax-js/jax";
import { ShapeError } from "../errors.ts";
import { isTensor, type TensorData, type TensorTree } from "../vector/tensor.ts";
import { flattenTree } from "../vector/tree.ts";
import type { Dtype } from "../vector/vector.ts";
import type { TracedLoss } from "./autodiff/derive.ts";
import type { Backend } from "./backends/backend.ts";
import { type IndexLeaf, indexLeaves } from "./indices.ts";
import type { Builder } from "./ir/builder.ts";
import type { ElementType, Node } from "./ir/graph.ts";
import { substitute } from "./ir/rebuild.ts";
import type { FlatParameters } from "./parameters.ts";
import type { Problem } from "./problem.ts";
import { trace } from "./trace/import.ts";
import { oneArray } from "./trace/one-array.ts";

/** The type in which data reach the loss: integers are labels and indices, the rest is of the objective's precision. */
export function elementTypeOf(data: TensorData, dtype: Dtype): ElementType {
  return data instanceof Int32Array || data instanceof Uint8Array ? "int32" : dtype;
}

export function traceProblem(
  b: Builder,
  // biome-ignore lint/suspicious/noExplicitAny: a loss names the structure of its own batch; here it is any tree.
  problem: Problem<any, any>,
  { layout, assemble }: FlatParameters<unknown>,
  example: TensorTree,
  dtype: Dtype,
  callsPay?: Backend["callsPay"],
): TracedLoss & { readonly indices: readonly IndexLeaf[] } {
  const tree = flattenTree(example, isTensor);
  const parameters = layout.tensors.map(({ name, shape }) => b.input(name, shape, dtype));
  const batch = tree.leaves.map(({ shape, data }, i) =>
    b.input(`batch.${tree.paths[i]}`, shape, elementTypeOf(data, dtype)),
  );
  const point = [...parameters, ...batch];
  const parameterTree = (args: np.Array[]) => assemble(args.slice(0, parameters.length));
  const batchTree = (args: np.Array[]) => tree.unflatten(args.slice(args.length - batch.length));
  const traced = (what: string, f: (...args: np.Array[]) => unknown, inputs: readonly Node[]): Node =>
    trace(
      b,
      (...args) => oneArray(`compileObjective: ${what}`, f(...args), false),
      inputs,
      `compileObjective: ${what}`,
      callsPay,
    )[0];
  const penalize = problem.regularizer;
  const regularizer = penalize && traced("a regularizer", (...args) => penalize(parameterTree(args)), parameters);
  if (regularizer && regularizer.shape.length > 0) {
    throw new ShapeError(`compileObjective: a regularizer must return one scalar, got [${regularizer.shape}].`);
  }
  if (!("model" in problem)) {
    const loss = traced("a loss", (...args) => problem.loss(parameterTree(args), batchTree(args)), point);
    requireLosses(loss, batch);
    return { parameters, batch, loss, regularizer, indices: indexLeaves([loss], batch, tree.paths) };
  }
  const outputs = traced("a model", (...args) => problem.model(parameterTree(args), batchTree(args)), point);
  const variable = b.input("outputs", outputs.shape, dtype);
  const ofVariable = traced("a loss", (z, ...args) => problem.loss(z, batchTree(args)), [variable, ...batch]);
  const [loss] = substitute(b, [ofVariable], new Map([[variable, outputs]]));
  requireLosses(loss, batch);
  const indices = indexLeaves([loss], batch, tree.paths);
  return { parameters, batch, loss, regularizer, composite: { outputs, variable, loss: ofVariable }, indices };
}

/** A vector of losses belongs to the examples: one of each, or as many of each, token by token. */
function requireLosses({ shape }: Node, [leaf]: readonly Node[]): void {
  const examples = leaf?.shape[0];
  if (shape.length !== 1 || examples === undefined || shape[0] % examples === 0) return;
  throw new ShapeError(
    `compileObjective: a loss must return one scalar, losses of the examples [${examples}], or t losses of each in their order ` +
      `[${examples}·t], got [${shape[0]}].`,
  );
}
