/**
 * Programs of the residual form of a loss: residuals and Jacobian at a point, by rows at once or by columns one by one.
 */
import type { ResidualModel } from "../subproblem/gauss-newton.ts";
import type { Layout } from "../vector/layout.ts";
import type { Tensor } from "../vector/tensor.ts";
import { type Dtype, type Vector, zeros } from "../vector/vector.ts";
import type { TracedLoss } from "./autodiff/derive.ts";
import { isSeparable } from "./autodiff/jacobian.ts";
import { residualForm } from "./autodiff/residuals.ts";
import type { Executable } from "./backends/backend.ts";
import type { Builder } from "./ir/builder.ts";
import type { Graph, Node } from "./ir/graph.ts";
import { withoutStopGradients } from "./ir/rebuild.ts";
import { tensorsOf } from "./parameters.ts";

export interface JacobianPrograms {
  /** Entries of r. */
  readonly rows: number;
  /** Rows of an example: J costs as many gradients, or d products by columns. */
  readonly passes: number;
  /** (w…, batch…) → the terms of the loss, z, r, J unless `columns`, p… if penalized, D… if that is curved. */
  readonly evaluate: Executable;
  /** (w…, batch…, z₀) → the terms of the loss, Sᵀ(z − z₀) with S at z₀. */
  change(): Promise<Executable>;
  /** (w…, batch…, v…) → Jv, where J has no rows of its own. */
  readonly columns: Executable | undefined;
  /** Which of p and D there are. */
  readonly penalized: "slope" | "curved" | undefined;
}

/** The same before compilation. */
export interface JacobianGraphs extends Omit<JacobianPrograms, "evaluate" | "columns" | "change"> {
  readonly evaluate: Graph;
  change(): Graph;
  readonly columns: Graph | undefined;
  /** Whether a part of the examples has the rows that it has in all. */
  isSeparable(): boolean;
}

/** @returns undefined if the loss has no residual form. */
export function jacobianGraphs(
  b: Builder,
  traced: TracedLoss,
  terms: readonly Node[],
  dtype: Dtype,
): JacobianGraphs | undefined {
  const form = residualForm(b, traced);
  if (form === undefined) return undefined;
  const { residuals, jacobian, penalty } = form;
  const point = [...traced.parameters, ...traced.batch];
  const { outputs: z } = traced.composite!;
  const outputs = [...terms, withoutStopGradients(b, [z])[0], residuals, ...(jacobian ? [jacobian] : [])];
  const start = b.input("outputs", z.shape, z.dtype);
  if (penalty !== undefined) outputs.push(...penalty.gradient, ...(penalty.curvature ?? []));
  const v = traced.parameters.map(({ shape }) => b.input("v", shape, dtype));
  return {
    evaluate: { inputs: point, outputs },
    change: () => ({ inputs: [...point, start], outputs: [...terms, form.changeFrom(start)] }),
    columns: jacobian ? undefined : { inputs: [...point, ...v], outputs: [form.times(v)] },
    rows: residuals.shape[0],
    passes: residuals.shape[0] / (traced.composite!.outputs.shape[0] ?? 1),
    penalized: penalty && (penalty.curvature ? "curved" : "slope"),
    isSeparable: () =>
      traced.loss.shape.length === 1 && isSeparable(b, traced.composite!.outputs, traced.parameters, traced.batch),
  };
}

/** The terms of the loss, the outputs z and the residual form at a point. */
export async function runJacobian(
  { evaluate, columns, rows, penalized }: JacobianPrograms,
  lossTerms: number,
  point: readonly Tensor[],
  layout: Layout,
  dtype: Dtype,
): Promise<{ readonly terms: readonly Tensor[]; readonly outputs: Tensor; readonly model: ResidualModel }> {
  const results = await evaluate.run(point);
  const terms = results.slice(0, lossTerms);
  const [outputs, r, J] = results.slice(lossTerms);
  const residuals = r.data as Vector;
  const jacobian = columns ? await byColumns(columns, rows, point, layout, dtype) : (J.data as Vector);
  const rest = results.slice(lossTerms + (columns ? 2 : 3));
  const flat = (tensors: readonly Tensor[]) => {
    const vector = zeros(layout.size, dtype);
    tensors.forEach(({ data }, i) => {
      vector.set(data as Vector, layout.tensors[i].offset);
    });
    return vector;
  };
  const count = layout.tensors.length;
  const penalty = penalized && {
    gradient: flat(rest.slice(0, count)),
    ...(penalized === "curved" && { curvature: flat(rest.slice(count)) }),
  };
  return {
    terms,
    outputs,
    model: { residuals, jacobian, ...(penalty && { penalty }) },
  };
}

async function byColumns(
  columns: Executable,
  rows: number,
  point: readonly Tensor[],
  layout: Layout,
  dtype: Dtype,
): Promise<Vector> {
  const d = layout.size;
  const jacobian = zeros(rows * d, dtype);
  for (let j = 0; j < d; j++) {
    const e = zeros(d, dtype);
    e[j] = 1;
    const [column] = await columns.run([...point, ...tensorsOf(e, layout)]);
    for (let i = 0; i < rows; i++) jacobian[i * d + j] = column.data[i];
  }
  return jacobian;
}
