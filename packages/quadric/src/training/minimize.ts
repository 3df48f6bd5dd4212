/** `minimize`: a function of a vector, or of a tree of arrays, brought to a minimum. */
import type { numpy as np } from "@jax-js/jax";
import { requireInteger, requireKnown, requirePositive } from "../check.ts";
import type { Backend } from "../compiler/backends/backend.ts";
import { compileObjective } from "../compiler/objective.ts";
import { oneArray } from "../compiler/trace/one-array.ts";
import type { Norm } from "../norm/norm.ts";
import { type Closures, closuresObjective } from "../objective/closures.ts";
import type { Counts } from "../objective/ledger.ts";
import type { CurvatureKind, Objective } from "../objective/objective.ts";
import { auto } from "../optimizer/auto.ts";
import { lbfgs } from "../optimizer/lbfgs/lbfgs.ts";
import { cubicRegularization } from "../optimizer/newton/cubic-regularization.ts";
import { denseNewton } from "../optimizer/newton/dense-newton.ts";
import { trustRegion } from "../optimizer/newton/trust-region.ts";
import type { Choice, Ending, Optimizer } from "../optimizer/optimizer.ts";
import { subproblems } from "../subproblem/subproblems.ts";
import { norm2 } from "../vector/kernels.ts";
import type { Dtype, Vector } from "../vector/vector.ts";
import { noBatches, type ResumableBatches } from "./batches.ts";
import { runLoop, type StepEvent } from "./loop.ts";
import type { StepCallback } from "./train.ts";

/**
 * A trust region with the named subproblem solver, cubic regularisation, or L-BFGS. "tr-exact" has the whole curvature
 * matrix, or the whole Jacobian of residuals, at every point, and an ellipsoid of its diagonal.
 */
export type MinimizeMethod = "tr-gltr" | "tr-steihaug" | "tr-exact" | "arc" | "lbfgs";

export interface MinimizeOptions {
  /**
   * A name, or any optimizer with its own settings (then `norm`, `curvature` and the tolerances are its own business).
   * Defaults to `auto()`, which is "tr-gltr".
   */
  readonly method?: MinimizeMethod | Optimizer;
  /** Precision of the iterates; defaults to that of a typed `x0`, else to "float64". */
  readonly dtype?: Dtype;
  /** A; defaults to the diagonal of the curvature itself. */
  readonly norm?: Norm;
  /** B; defaults to "auto": "gauss-newton" for residuals and for composite losses, else "hessian". */
  readonly curvature?: CurvatureKind;
  /**
   * ε_g ≥ 0: the run has converged when Newton's model promises a decrease of at most ε_g²·|f|₁, |f|₁ the sum of the
   * terms of f if they are known. The units of f and x do not matter. Defaults to 1e-8 in float64 and 1e-4 in float32.
   */
  readonly gradientTolerance?: number;
  /** ε_s ≥ 0: or when Newton's step changes no parameter by more than ε_s of itself; defaults to 1e-13 and 5e-7. */
  readonly stepTolerance?: number;
  /**
   * ε_H ≥ 0 on −λ_min(∇²f) in the norm: where the gradient is small, saddles are left along negative curvature and the
   * result is certified. Needs the Hessian. Defaults to no certificate.
   */
  readonly curvatureTolerance?: number;
  /** Steps, rejected ones included, after which to give up, an integer ≥ 0; defaults to 1000. */
  readonly maxIterations?: number;
  /** Gradients plus curvature products, or seconds in steps, at which to give up; defaults to no limit. */
  readonly budget?: { readonly backprops?: number; readonly seconds?: number };
  /** After every step, with a copy of x; "stop" ends the run. An error of it, or of f, has the best point as `progress`. */
  readonly callback?: StepCallback;
  /** Ends the run after the step it is in. */
  readonly signal?: AbortSignal;
}

export interface CompiledMinimizeOptions extends MinimizeOptions {
  /** Where a jax-js function runs; defaults to `wasm()`. */
  readonly backend?: Backend;
}

export interface ClosureMinimizeOptions extends MinimizeOptions {
  /** As in `closuresObjective`; defaults to true. */
  readonly checkDeterminism?: boolean;
}

export interface MinimizeResult<X> extends Ending {
  /** The method that ran, why, and its settings. */
  readonly choice: Choice;
  /** The last point reached; finite always. */
  readonly x: X;
  /** f(x). */
  readonly value: number;
  /** ‖∇f(x)‖₂. */
  readonly gradientNorm: number;
  /** The largest negative curvature found at x, max(0, −λ_min) in the norm; undefined when it was not looked for. */
  readonly negativeCurvature: number | undefined;
  /** Steps tried, rejected ones included. */
  readonly iterations: number;
  readonly counts: Counts;
  /** One row a step, and one for the test that ended the run. */
  readonly history: readonly StepEvent[];
  /** What the checks of closures found, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * @param f - a scalar function of jax-js arrays, or closures over flat vectors.
 * @param x0 - the start: a tree of arrays as `f` takes it (not consumed), or a vector.
 * @throws {RangeError} if an option is outside its domain; {ShapeError} if a closure returns the wrong length.
 * @example
 * const f: Closures = {
 *   value: ([x]) => (x - 3) ** 2,
 *   gradient: ([x]) => Float64Array.of(2 * (x - 3)),
 *   hvp: (_, [v]) => Float64Array.of(2 * v),
 * };
 * (await minimize(f, [0])).x; // => [3]
 */
export async function minimize(
  f: Closures,
  x0: Vector | readonly number[],
  options?: ClosureMinimizeOptions,
): Promise<MinimizeResult<Vector>>;
export async function minimize<X>(
  f: (x: X) => np.Array,
  x0: X,
  options?: CompiledMinimizeOptions,
): Promise<MinimizeResult<X>>;
export async function minimize<X>(
  f: Closures | ((x: X) => np.Array),
  x0: X | Vector | readonly number[],
  options: ClosureMinimizeOptions & CompiledMinimizeOptions = {},
): Promise<MinimizeResult<X> | MinimizeResult<Vector>> {
  requireKnown("minimize", options, minimizeOptions);
  if (typeof f !== "function") {
    requireFunctions("minimize", f, ["value", "gradient"]);
    const start = startVector(x0 as Vector | readonly number[], options.dtype);
    const objective = closuresObjective(f, start, options);
    return { ...(await minimizeObjective(objective, start, options)), warnings: objective.warnings };
  }
  requireTensors("minimize", x0);
  const { backend, dtype = "float64" } = options;
  const loss = (x: X): np.Array => oneArray("minimize: the function", f(x), true);
  const objective = await compileObjective({ loss, params: x0 as X }, { backend, dtype });
  try {
    const result = await minimizeObjective(objective, objective.initial, options);
    return { ...result, x: objective.unflatten(result.x) };
  } finally {
    objective.dispose();
  }
}

/** Names of all options of `minimize` and `minimizeLeastSquares`. */
export const minimizeOptions: readonly (keyof (ClosureMinimizeOptions & CompiledMinimizeOptions))[] = [
  ...(["method", "dtype", "norm", "curvature", "gradientTolerance", "stepTolerance", "curvatureTolerance"] as const),
  ...(["maxIterations", "budget", "callback", "signal", "backend", "checkDeterminism"] as const),
];

/** A function of jax arrays starts from jax arrays: numbers have no derivatives. */
export function requireTensors(where: string, x0: unknown): void {
  const isNumbers =
    typeof x0 === "number" || ArrayBuffer.isView(x0) || (Array.isArray(x0) && typeof x0[0] === "number");
  if (!isNumbers) return;
  throw new TypeError(
    `${where}: a function needs derivatives: write it in jax-js and start from np.array(x0), or pass it with its derivatives, ` +
      `${where === "minimize" ? "{ value, gradient, hvp }" : "{ residuals, jvp, vjp }"}, got a start of plain numbers.`,
  );
}

export function requireFunctions<T extends object>(where: string, f: T, names: readonly (keyof T & string)[]): void {
  for (const name of names) {
    if (typeof f?.[name] !== "function") {
      throw new TypeError(
        `${where}: ${name} must be a function, got ${f?.[name] === undefined ? "none" : typeof f[name]}.`,
      );
    }
  }
}

/** x₀ as a vector of its own, in the precision asked for. */
export function startVector(x0: Vector | readonly number[], dtype?: Dtype): Vector {
  const single = dtype === undefined ? x0 instanceof Float32Array : dtype === "float32";
  return single ? Float32Array.from(x0) : Float64Array.from(x0);
}

/**
 * Minimises a deterministic objective from a start, which is copied.
 *
 * @param batches - what it is evaluated on, the same at every step unless the callback changes it; defaults to nothing.
 */
export async function minimizeObjective(
  objective: Objective,
  start: Vector,
  options: MinimizeOptions,
  batches: ResumableBatches<unknown> = noBatches(),
): Promise<MinimizeResult<Vector>> {
  const { maxIterations = 1000, budget = {}, callback, signal } = options;
  requireInteger("minimize", "maxIterations", maxIterations, 0);
  for (const [name, value] of Object.entries(budget)) requirePositive("minimize", `budget.${name}`, value);
  const { method } = options;
  const optimizer = typeof method === "object" ? method : named(method, options);
  const run = optimizer.start(objective, start, { batches: undefined });
  const history: StepEvent[] = [];
  try {
    const { ledger } = objective;
    await run.prepare?.(batches);
    const choice = run.choice ?? optimizer.choose(objective, undefined);
    const ending = await runLoop({
      run,
      batches,
      ledger,
      limits: { steps: maxIterations, ...budget },
      state: { step: 0, seconds: 0, failedBatches: 0 },
      signal,
      async afterStep(event) {
        history.push(event);
        const answer = await callback?.(event, run.parameters.slice());
        if (answer === true) {
          throw new TypeError('minimize: a callback must return "stop" to end the run, or nothing, got true.');
        }
        return answer === "stop" ? { status: "stopped", message: "Stopped by the callback." } : undefined;
      },
    });
    const counts = ledger.counts();
    const [batch] = batches.full();
    const x = run.parameters;
    const last = history.at(-1);
    const { value, gradientNorm } =
      last && !last.accepted && Number.isFinite(last.loss)
        ? { value: last.loss, gradientNorm: last.gradientNorm }
        : await ledger.aside(async () => {
            const { value, gradient } = await objective.gradient(x, batch);
            return { value, gradientNorm: norm2(gradient) };
          });
    const negativeCurvature = last?.accepted ? undefined : last?.negativeCurvature;
    const iterations = history.filter(({ stepNorm }) => stepNorm !== undefined).length;
    const cause = ending.status === "nonfinite" ? await objective.explainNonfinite?.(x, batch) : undefined;
    const message = cause === undefined ? ending.message : `${ending.message} ${cause}`;
    const measured = { x, value, gradientNorm, negativeCurvature, iterations, counts, history };
    return { ...ending, message, choice, ...measured, warnings: [] };
  } catch (error) {
    // What has been reached is not lost with the error of a user's function.
    if (error instanceof Error && Object.isExtensible(error)) {
      const value = history.findLast(({ accepted }) => !accepted)?.loss ?? history.at(-1)?.loss;
      Object.assign(error, { progress: { x: run.parameters.slice(), value, iterations: history.length } });
    }
    throw error;
  } finally {
    run.dispose();
  }
}

function named(method: MinimizeMethod | undefined, options: MinimizeOptions): Optimizer {
  const { norm, curvature, curvatureTolerance } = options;
  const { gradientTolerance, stepTolerance } = options;
  for (const [name, value] of Object.entries({ gradientTolerance, stepTolerance, curvatureTolerance })) {
    if (value !== undefined && !(value >= 0)) throw new RangeError(`minimize: ${name} must be >= 0, got ${value}.`);
  }
  const tolerances = { relativeGradient: gradientTolerance, step: stepTolerance, curvature: curvatureTolerance };
  const common = { norm, curvature, tolerances };
  if (method === undefined) return auto(common);
  if (method === "tr-exact" && norm === undefined) return denseNewton(common);
  if (method === "lbfgs") {
    if (curvatureTolerance !== undefined) {
      throw new TypeError('minimize: curvatureTolerance needs a method with curvature, got method "lbfgs".');
    }
    return lbfgs({ relativeGradientTolerance: gradientTolerance });
  }
  if (method === "arc") return cubicRegularization(common);
  const solvers = { "tr-gltr": subproblems.gltr, "tr-steihaug": subproblems.steihaug, "tr-exact": subproblems.exact };
  const solver = solvers[method];
  if (!solver) {
    const known = [...Object.keys(solvers), "arc", "lbfgs"].join(", ");
    throw new RangeError(`minimize: method must be an optimizer or one of ${known}, got ${method}.`);
  }
  return trustRegion({ ...common, subproblem: { solver: solver() } });
}
