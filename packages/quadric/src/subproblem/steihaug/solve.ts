/**
 * A Steihaug–Toint solve around conjugate gradients that run anywhere: options, the zero gradient, and the safeguard of
 * a preconditioner of earlier solves.
 */
import { norm2 } from "../../vector/kernels.ts";
import { dtypeOf, type Vector, zeros } from "../../vector/vector.ts";
import { cauchy } from "../cauchy.ts";
import { emptied, type LbfgsMemory } from "../lbfgs-memory.ts";
import { type Model, requireSubproblem, type StoppingRule, type SubproblemOptions } from "../solver.ts";
import type { Step } from "../step.ts";
import { type CgEnd, largestRadius, stepOf } from "./path.ts";
import type { CgSettings } from "./recurrence.ts";

export interface SteihaugProblem {
  readonly gradient: Vector;
  /** ‖g‖₂, if it is known. */
  readonly gradientNorm?: number;
  run(settings: CgSettings, rule: StoppingRule, preconditioner?: LbfgsMemory): Promise<CgEnd>;
  /** The same model on the host, from which a preconditioned step that is cut asks a product. */
  model(): Model;
}

export async function solveSteihaug(problem: SteihaugProblem, options: SubproblemOptions): Promise<Step> {
  const { tolerance, maxProducts, stoppingRule } = requireSubproblem("steihaug", options);
  const { preconditioner, reference = 1 } = options;
  const { gradient, gradientNorm = norm2(gradient) } = problem;
  if (gradientNorm === 0 || !Number.isFinite(gradientNorm)) {
    const step = zeros(gradient.length, dtypeOf(gradient));
    const [outcome, multiplier] = gradientNorm === 0 ? (["interior", 0] as const) : (["nonfinite", undefined] as const);
    return { step, stepNorm: 0, multiplier, modelDecrease: 0, outcome, products: 0 };
  }
  const stop = Math.min(tolerance, Math.sqrt(gradientNorm / reference));
  const solve = async (length: number, memory?: LbfgsMemory): Promise<Step> => {
    const settings = { radius: Math.min(length, largestRadius), stop, gradientNorm, maxProducts };
    return stepOf(await problem.run(settings, stoppingRule, memory), settings, stoppingRule);
  };
  if (!preconditioner) return solve(options.radius);
  return safeguarded(problem, options.radius, preconditioner, solve);
}

/**
 * A solve that forgets a preconditioner which has become useless. Without one the first direction is that of the Cauchy
 * point. With one, rounding may leave no downhill direction; and the path cut by a smaller region may gain less than
 * the Cauchy point does, and then no region is small enough. So a cut that gains less than half of that is solved for
 * again.
 */
async function safeguarded(
  problem: SteihaugProblem,
  radius: number,
  preconditioner: LbfgsMemory,
  solve: (radius: number, memory: LbfgsMemory) => Promise<Step>,
): Promise<Step> {
  let cauchyStep: Step | undefined;
  /** The Cauchy point of a region; the first costs a product. */
  const cauchyAt = async (radius: number): Promise<Step> => {
    cauchyStep = (await cauchyStep?.atRadius?.(radius)) ?? (await cauchy({ ...problem.model(), radius }));
    return cauchyStep;
  };
  const alone = async (radius: number, spent: number): Promise<Step> => {
    const step = await solve(radius, emptied(preconditioner));
    return { ...step, products: spent + step.products };
  };
  const recut = (step: Step, latest: LbfgsMemory): Step => ({
    ...step,
    async atRadius(radius) {
      const shorter = (await step.atRadius?.(radius)) ?? (await solve(radius, latest));
      const least = await cauchyAt(radius);
      const products = shorter.products + least.products;
      const isSound = shorter.modelDecrease >= 0.5 * least.modelDecrease;
      const next = isSound ? { ...shorter, products } : await alone(radius, products);
      return recut(next, next.preconditioner ?? latest);
    },
  });
  const first = await solve(radius, preconditioner);
  const step = first.modelDecrease > 0 ? first : await alone(radius, first.products);
  return recut(step, step.preconditioner ?? preconditioner);
}
