/**
 * Whether an explicit Gauss–Newton step is worth its time on a function of residuals: it is where it takes no longer
 * than the curvature products that it replaces.
 *
 *   t_J + t_JᵀJ + trials·(t_factor + losses·t_value) ≤ products·t_product
 *
 * All times are measured: products, losses and Jacobians on the problem itself, matrices on the engine (linalg/rates.ts),
 * by a clock that load does not change (linalg/work-clock.ts).
 * How many products a step replaces: docs/decisions/explicit-gauss-newton.md.
 */
import { ratesOf } from "../../linalg/rates.ts";
import { leastTime, workClock } from "../../linalg/work-clock.ts";
import type { Objective } from "../../objective/objective.ts";
import { allFinite } from "../../vector/kernels.ts";
import type { Vector } from "../../vector/vector.ts";

/** Seconds of the parts of a step. */
export interface StepTimes {
  /** Of a loss, a Gauss–Newton product, and residuals with their Jacobian. */
  readonly value: number;
  readonly product: number;
  readonly jacobian: number;
  /** Of JᵀJ or JA⁻¹Jᵀ, and of one factorisation of it. */
  readonly gram: number;
  readonly factorization: number;
}

/** Products of a trust region that one step replaces on the way to small residuals. */
const productsOfStep = 300;
/** Trials on λ of a step, and losses of a trial with six corrections: runs on equations take 12 to 15 losses a step. */
const trialsOfStep = 2;
const lossesOfTrial = 7;
/** Matrices of more rows are not considered: one is a GiB. */
const largestMatrix = 11_585;
/** A Jacobian of more bytes is not measured. */
const largestJacobian = 2 ** 30;

export const stepSeconds = ({ value, jacobian, gram, factorization }: StepTimes): number =>
  jacobian + gram + trialsOfStep * (factorization + lossesOfTrial * value);

export const replacedSeconds = ({ product }: StepTimes): number => productsOfStep * product;

export interface Worth {
  readonly isWorth: boolean;
  /** One phrase. */
  readonly because: string;
}

/** The verdict on these times. */
export function worthOf(times: StepTimes): Worth {
  const [step, replaced] = [stepSeconds(times), replacedSeconds(times)];
  const compared = `a Gauss–Newton step takes ${seconds(step)}, the ${productsOfStep} products it replaces ${seconds(replaced)}`;
  return { isWorth: step <= replaced, because: compared };
}

/** The verdict by measurement at w, on nobody's account; undefined if there are no residuals or too many. */
export function measuredWorth(objective: Objective, w: Vector, batch: unknown): Promise<Worth | undefined> {
  return objective.ledger.aside(async () => {
    const { matrices, dtype, layout } = objective;
    const d = layout.size;
    const shape = objective.residualShape?.(batch);
    if (!(matrices && shape?.hasRows)) return undefined;
    const m = Math.min(d, shape.rows);
    const bytes = shape.rows * d * (dtype === "float64" ? 8 : 4);
    if (m > largestMatrix || bytes > largestJacobian) return undefined;
    const now = workClock(matrices);
    const rates = await ratesOf(matrices, dtype);
    const ofMatrices = {
      gram: rates.product(m, Math.max(d, shape.rows), m) / 2,
      factorization: rates.factorization(m),
    };

    const value = await timeOf(now, () => objective.value(w, batch));
    const linearization = await objective.linearize(w, batch, "gauss-newton");
    const { gradient, curvature } = linearization;
    const isDefined = Number.isFinite(linearization.value) && allFinite(gradient);
    const product = isDefined ? await timeOf(now, () => curvature.multiply(gradient)) : 0;
    linearization.dispose();
    if (!isDefined) return undefined;
    // What is known already may decide, and the Jacobian need not be compiled.
    const least = worthOf({ value, product, jacobian: 0, ...ofMatrices });
    if (!least.isWorth) return least;
    return worthOf({ value, product, jacobian: await timeOf(now, () => objective.jacobian!(w, batch)), ...ofMatrices });
  });
}

/** Of a long one the compilation is a small part. */
const timeOf = (now: () => number, work: () => unknown): Promise<number> =>
  leastTime(now, work, { repeats: 2, enough: 0.5 });

function seconds(t: number): string {
  return t < 1 ? `${Number((1000 * t).toPrecision(2))} ms` : `${Number(t.toPrecision(2))} s`;
}
