/** The quadratic model of a compiled loss at a point. */
import type { LinearOperator } from "../curvature/operator.ts";
import { ShapeError } from "../errors.ts";
import { norms } from "../norm/norms.ts";
import type { Ledger } from "../objective/ledger.ts";
import type { CurvatureKind, Linearization } from "../objective/objective.ts";
import type { Model, SubproblemOptions } from "../subproblem/solver.ts";
import { type SteihaugProblem, solveSteihaug } from "../subproblem/steihaug/solve.ts";
import { norm2 } from "../vector/kernels.ts";
import type { Layout } from "../vector/layout.ts";
import type { Tensor } from "../vector/tensor.ts";
import { type Dtype, type Vector, zeros } from "../vector/vector.ts";
import type { CurvaturePrograms } from "./curvature-programs.ts";
import { evaluationOf, evaluationOutputs, newTensor } from "./evaluation.ts";
import { tensorsOf } from "./parameters.ts";
import type { Programs } from "./programs.ts";
import { runSolve } from "./solve-program.ts";

interface Parts {
  readonly programs: Programs;
  readonly program: CurvaturePrograms;
  readonly kind: CurvatureKind;
  readonly layout: Layout;
  readonly dtype: Dtype;
  readonly ledger: Ledger;
}

/** @param point - the tensors of w and the batch. Its memory must stay as it is until `dispose`. */
export async function linearizeAt(
  point: readonly Tensor[],
  { programs, program, kind, layout, dtype, ledger }: Parts,
): Promise<Linearization> {
  const buffers = program.pool.pop() ?? {
    gradient: zeros(layout.size, dtype),
    residuals: program.residuals.map(newTensor),
  };
  const { gradient, residuals } = buffers;
  const outputs = evaluationOutputs(programs, gradient, layout);
  await program.linearize.run(point, [...outputs, ...residuals]);
  ledger.book("gradients", programs.examples);
  const fixed = [...program.pointInputs.map((i) => point[i]), ...residuals];
  let known: number | undefined;
  const gradientNorm = () => (known ??= norm2(gradient));
  const oracle = kind === "hessian" ? "hvps" : "ggnvps";
  let live = true;
  const release = programs.holders.hold();
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
      release();
    },
  };
}
