/** Steps of an optimizer on an objective, without a training loop. */
import { type Closures, type ClosuresOptions, closuresObjective } from "../../src/objective/closures.ts";
import type { Objective } from "../../src/objective/objective.ts";
import type { BatchSource, Optimizer, OptimizerRun, Sampling, StepRecord } from "../../src/optimizer/optimizer.ts";
import type { Outcome, Step } from "../../src/subproblem/step.ts";
import { noBatches } from "../../src/training/batches.ts";
import type { Vector } from "../../src/vector/vector.ts";

export interface Steps {
  readonly run: OptimizerRun;
  readonly batches: BatchSource;
  readonly objective: Objective;
  readonly records: StepRecord[];
}

/** Batches between a tenth and all of the data, with which second-order methods have their cautious defaults. */
export const cautious: Sampling = { batchSize: 1, examples: 5 };

/** Starts without taking a step. */
export function startOn(
  optimizer: Optimizer,
  closures: Closures,
  start: readonly number[] | Vector,
  { batches = cautious, ...options }: ClosuresOptions & { readonly batches?: Sampling } = {},
): Steps {
  const w = start instanceof Float32Array ? start : Float64Array.from(start);
  const objective = closuresObjective(closures, w, { checkDeterminism: false, ...options });
  return { run: optimizer.start(objective, w, { batches }), batches: noBatches(), objective, records: [] };
}

/** Takes steps, at most until the method says that it is done. */
export async function takeSteps(steps: Steps, count: number): Promise<Steps> {
  for (let k = 0; k < count; k++) {
    const record = await steps.run.step(steps.batches);
    steps.records.push(record);
    if (record.status) break;
  }
  return steps;
}

/** What a solver answers: a step of this length, with a decrease of 1 for one product. */
export const stepOf = (outcome: Outcome, stepNorm: number): Step => ({
  step: Float64Array.of(stepNorm),
  ...{ stepNorm, multiplier: 0, modelDecrease: 1, outcome, products: 1 },
});

/** f(x) = ½xᵀdiag(a)x + bᵀx. */
export function quadratic(a: readonly number[], b: readonly number[] = a.map(() => 0)): Required<Closures> {
  const hvp = (_: Vector, v: Vector) => v.map((x, i) => a[i] * x);
  return {
    value: (x) => a.reduce((sum, ai, i) => sum + 0.5 * ai * x[i] * x[i] + b[i] * x[i], 0),
    gradient: (x) => x.map((xi, i) => a[i] * xi + b[i]),
    hvp,
    ggnvp: hvp,
  };
}

/** 100(b − a²)² + (1 − a)²: minimum 0 at (1, 1), usual start (−1.2, 1). */
export const rosenbrock: Required<Closures> = {
  value: ([a, b]) => 100 * (b - a * a) ** 2 + (1 - a) ** 2,
  gradient: ([a, b]) => Float64Array.of(-400 * a * (b - a * a) - 2 * (1 - a), 200 * (b - a * a)),
  hvp: ([a, b], [u, v]) => Float64Array.of((1200 * a * a - 400 * b + 2) * u - 400 * a * v, -400 * a * u + 200 * v),
  ggnvp: ([a], [u, v]) => Float64Array.of((800 * a * a + 2) * u - 400 * a * v, -400 * a * u + 200 * v),
};

/** ½Σr² of residuals with this Jacobian, all of it known. */
export function residualObjective(
  r: (w: Vector) => number[],
  J: (w: Vector) => number[][],
): [Closures, Partial<Objective>] {
  const half = (w: Vector) => 0.5 * r(w).reduce((sum, x) => sum + x * x, 0);
  const transposed = (w: Vector, u: readonly number[]) =>
    Float64Array.from(w, (_, j) => J(w).reduce((sum, row, i) => sum + row[j] * u[i], 0));
  const closures: Closures = {
    value: half,
    gradient: (w) => transposed(w, r(w)),
    ggnvp: (w, v) =>
      transposed(
        w,
        J(w).map((row) => row.reduce((sum, x, j) => sum + x * v[j], 0)),
      ),
  };
  const jacobian = async (w: Vector) => ({
    ...{ value: half(w), magnitude: half(w) },
    ...{ jacobian: Float64Array.from(J(w).flat()), residuals: Float64Array.from(r(w)) },
  });
  return [closures, { jacobian }];
}

/** The same function of one closure replaced or wrapped. */
export function faulty(
  closures: Required<Closures>,
  faults: {
    readonly [Name in keyof Closures]?: (
      call: number,
      answer: Awaited<ReturnType<Required<Closures>[Name]>>,
    ) => unknown;
  },
): Required<Closures> {
  const calls: Record<string, number> = {};
  const wrap =
    (name: keyof Closures) =>
    async (...args: unknown[]) => {
      const answer = await (closures[name] as (...args: unknown[]) => unknown)(...args);
      calls[name] = (calls[name] ?? 0) + 1;
      const fault = faults[name] as ((call: number, answer: unknown) => unknown) | undefined;
      return fault ? fault(calls[name], answer) : answer;
    };
  return {
    value: wrap("value"),
    gradient: wrap("gradient"),
    hvp: wrap("hvp"),
    ggnvp: wrap("ggnvp"),
  } as Required<Closures>;
}
