/** Residuals and Jacobian of a compiled loss at a point: whole, or by blocks of rows if J is larger than its limit. */
import type { MatrixEngine } from "../linalg/matrix-engine.ts";
import type { Ledger } from "../objective/ledger.ts";
import type { JacobianEvaluation, JacobianLimit, NormalEvaluation } from "../objective/objective.ts";
import type { Layout } from "../vector/layout.ts";
import type { Tensor, TensorTree } from "../vector/tensor.ts";
import type { Dtype, Vector } from "../vector/vector.ts";
import { evaluationOf } from "./evaluation.ts";
import { runJacobian } from "./jacobian-programs.ts";
import { prepare } from "./preparation.ts";
import type { Cached, ProgramCache } from "./program-cache.ts";
import type { Programs } from "./programs.ts";
import { blocksOf, examplesOfBlock, normalEquations } from "./row-blocks.ts";

interface Parts extends Pick<ProgramCache, "programsOf" | "during"> {
  /** The tensors of w before those of a batch. */
  pointTensors(w: Vector, tensors: readonly Tensor[]): Tensor[];
  readonly layout: Layout;
  readonly dtype: Dtype;
  readonly ledger: Ledger;
  readonly engine: MatrixEngine;
}

export interface CompiledJacobian {
  prepare(batch: TensorTree, limit: JacobianLimit): Promise<void>;
  /** Undefined if the loss has no residual form. */
  evaluate(
    w: Vector,
    batch: TensorTree,
    limit?: JacobianLimit,
  ): Promise<JacobianEvaluation | NormalEvaluation | undefined>;
}

export function compiledJacobian({
  programsOf,
  during,
  pointTensors,
  layout,
  dtype,
  ledger,
  engine,
}: Parts): CompiledJacobian {
  /** Examples whose rows of J are made at once. */
  function blockSize(programs: Programs, { maxBytes = Infinity }: JacobianLimit): number {
    const { examples } = programs;
    const graphs = programs.jacobianGraphs();
    if (graphs === undefined) return examples;
    const { rows, isSeparable } = graphs;
    return examplesOfBlock({ rows, d: layout.size, dtype, examples, isSeparable }, maxBytes);
  }

  const whole = (w: Vector, batch: TensorTree) => during(batch, (cached) => evaluate(w, batch, cached));

  async function evaluate(
    w: Vector,
    batch: TensorTree,
    { programs, tensors }: Cached,
  ): Promise<JacobianEvaluation | undefined> {
    const compiled = await programs.jacobian();
    if (compiled === undefined) return undefined;
    const point = pointTensors(w, tensors);
    const count = programs.lossTerms.length;
    const { terms, outputs, model } = await runJacobian(compiled, count, point, layout, dtype);
    if (compiled.columns) ledger.book("ggnvps", programs.examples, layout.size);
    else ledger.book("gradients", programs.examples, compiled.passes);
    return {
      ...evaluationOf(programs, terms),
      ...model,
      // By the programs that there are then.
      changeTo: (u) =>
        during(batch, async (now) => {
          const program = await (await now.programs.jacobian())!.change();
          const results = await program.run([...pointTensors(u, tensors), outputs]);
          ledger.book("values", programs.examples);
          return { ...evaluationOf(programs, results), change: results[count].data as Vector };
        }),
    };
  }

  return {
    async prepare(batch, limit) {
      const { programs } = programsOf(batch);
      const block = blockSize(programs, limit);
      if (block === programs.examples) return prepare(programs, { jacobian: limit });
      for (const part of blocksOf(batch, block)) await prepare(programsOf(part).programs, { jacobian: limit });
    },
    async evaluate(w, batch, limit = {}) {
      const { programs } = programsOf(batch);
      const { examples } = programs;
      const block = blockSize(programs, limit);
      if (block === examples) return whole(w, batch);
      const ofBlock = async (part: TensorTree) => (await whole(w, part))!;
      const shape = { examples, d: layout.size, dtype, engine };
      const sums = await ledger.aside(() => normalEquations(blocksOf(batch, block), ofBlock, shape));
      ledger.book("gradients", examples, programs.jacobianGraphs()!.passes);
      return sums;
    },
  };
}
