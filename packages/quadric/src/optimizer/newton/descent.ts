/**
 * The descent: a step of a model for a size of the region, preconditioned by correction pairs of previous solves.
 *
 * A step that was rejected is solved again at the smaller size from what the solver kept.
 */
import type { Norm } from "../../norm/norm.ts";
import type { Linearization, Objective, Uses } from "../../objective/objective.ts";
import { emptyMemory, type LbfgsMemory, memoryOf, memoryState } from "../../subproblem/lbfgs-memory.ts";
import type { SubproblemOptions } from "../../subproblem/solver.ts";
import type { Step } from "../../subproblem/step.ts";
import { dot } from "../../vector/kernels.ts";
import { joinStates, partOf, type State } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";

/** How a method solves its subproblem. */
export interface SubproblemMethod {
  /** What `solve` asks of a linearization. */
  uses(norm: Norm): Pick<Uses, "solve" | "products">;
  /** A step of the model of this linearization; with a preconditioner if the method keeps one. */
  solve(
    linearization: Linearization,
    norm: Norm,
    size: number,
    given?: Pick<SubproblemOptions, "preconditioner" | "reference">,
  ): Promise<Step>;
  /** Whether the accuracy of solves follows the gradient in its own units, those of the first one. */
  readonly isRelative: boolean;
  /** The step along the leftmost eigenvector of the pencil (B, A), for g = 0; its multiplier is max(0, −λ_min). */
  solveCurvature(linearization: Linearization, norm: Norm, size: number): Promise<Step>;
  /** m, the correction pairs that precondition a solve; 0: none. */
  readonly memory: number;
}

export interface Descent {
  /**
   * The step of a model, at a stationary point that of its curvature alone; of a model asked again, from what its solve
   * kept.
   */
  solve(linearization: Linearization, size: number, isStationary: boolean): Promise<Step>;
  /** The next model is another one. */
  forget(): void;
  /** The sizes that the model was solved for, one after the other, which a restart repeats; undefined: none. */
  pending(): State | undefined;
  resume(state: State | undefined, solve: (size: number) => Promise<Step>): Promise<void>;
  /** The preconditioner as it was before them, and what accuracy is measured by. */
  state(): State;
  restore(state: State): void;
}

export function makeDescent({ layout, dtype }: Objective, norm: Norm, method: SubproblemMethod): Descent {
  const { memory } = method;
  /** ‖g‖_{A⁻¹} of the first model. */
  let reference: number | undefined;
  let preconditioner = memory > 0 ? emptyMemory(memory, layout.size, dtype) : undefined;
  /** What is known of the model: the preconditioner before its first solve, the sizes asked for, the last step. */
  let solved: { readonly before?: LbfgsMemory; readonly sizes: readonly number[]; readonly step: Step } | undefined;

  return {
    async solve(linearization, size, isStationary) {
      const { sizes = [], step: rejected, before = preconditioner } = solved ?? {};
      if (method.isRelative) reference ??= dualNorm(linearization.gradient, norm) || 1;
      const step =
        (await rejected?.atRadius?.(size)) ??
        (await (isStationary
          ? method.solveCurvature(linearization, norm, size)
          : method.solve(linearization, norm, size, { preconditioner, reference })));
      solved = { before, sizes: [...sizes, size], step };
      preconditioner = step.preconditioner ?? preconditioner;
      return step;
    },
    forget() {
      solved = undefined;
    },
    pending: () => solved && { scalars: {}, vectors: { sizes: Float64Array.from(solved.sizes) } },
    async resume(state, solve) {
      for (const size of state?.vectors.sizes ?? []) await solve(size);
    },
    state: () =>
      joinStates({
        ...(preconditioner && { preconditioner: memoryState(solved?.before ?? preconditioner) }),
        ...(reference !== undefined && { accuracy: { scalars: { reference }, vectors: {} } }),
      }),
    restore(state) {
      solved = undefined;
      reference = partOf(state, "accuracy")?.scalars.reference;
      preconditioner &&= memoryOf(partOf(state, "preconditioner"), memory, layout.size, dtype);
    },
  };
}

function dualNorm(gradient: Vector, norm: Norm): number {
  return Math.sqrt(Math.max(0, dot(gradient, norm.solve(gradient))));
}
