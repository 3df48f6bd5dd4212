/**
 * An objective from the user's own functions of a flat vector, so that any engine can be minimised.
 *
 * The ledger counts as it does for compiled losses: a gradient includes its value. The value closure is called for it
 * only where the point is new; at an accepted trial point its value is known already.
 */
import { requireInteger } from "../check.ts";
import type { LinearOperator } from "../curvature/operator.ts";
import { ShapeError } from "../errors.ts";
import { flatLayout } from "../vector/layout.ts";
import { type Dtype, dtypeOf, type Vector } from "../vector/vector.ts";
import { type Ledger, makeLedger } from "./ledger.ts";
import type { CurvatureKind, Evaluation, Objective } from "./objective.ts";

type MaybePromise<T> = T | Promise<T>;

/**
 * L and its derivatives. Arguments are only read and stay the caller's; what is returned is copied, so buffers may be
 * reused. `batch` is whatever the batch source hands out, `undefined` in `minimize`.
 */
export interface Closures<Batch = undefined> {
  /** L(w), or the losses of the batch's examples, of which the mean is taken. NaN and ±Infinity are allowed. */
  value(w: Vector, batch: Batch): MaybePromise<number | Vector>;
  /** ∇L(w), [d]. */
  gradient(w: Vector, batch: Batch): MaybePromise<Vector>;
  /** ∇²L(w)·v, [d]. Needed by methods that use the Hessian. */
  hvp?(w: Vector, v: Vector, batch: Batch): MaybePromise<Vector>;
  /** Gauss–Newton matrix times v, [d]. Needed by methods that use it. */
  ggnvp?(w: Vector, v: Vector, batch: Batch): MaybePromise<Vector>;
}

export interface ClosuresOptions<Batch = undefined> {
  /** Precision of all vectors; defaults to that of the start, or "float64" when only a size is given. */
  readonly dtype?: Dtype;
  /** Number of examples in a batch; 1 by default. */
  examples?(batch: Batch): number;
  /**
   * Whether value and gradient are evaluated twice at the first point and compared bitwise, and one curvature product
   * is tested for symmetry; booked in `checks`, not in the ledger. Defaults to true.
   */
  readonly checkDeterminism?: boolean;
}

export interface ClosuresObjective<Batch = undefined> extends Objective<Batch> {
  /** What the checks cost. */
  readonly checks: Ledger;
  /** What the checks found, one sentence each; empty when all is well or nothing was checked yet. */
  readonly warnings: readonly string[];
}

/**
 * @param start - d, or a vector of that length.
 * @throws {ShapeError} when a closure returns a vector of another length than d (at the evaluation).
 * @throws {Error} when value or gradient differ between two evaluations at the same point (at the first evaluation).
 * @example
 * const f = closuresObjective({ value: (w) => w[0] ** 2, gradient: (w) => Float64Array.of(2 * w[0]) }, 1);
 * (await f.gradient(Float64Array.of(3), undefined)).gradient; // => [6]
 */
export function closuresObjective<Batch = undefined>(
  closures: Closures<Batch>,
  start: number | Vector,
  options: ClosuresOptions<Batch> = {},
): ClosuresObjective<Batch> {
  const size = typeof start === "number" ? start : start.length;
  requireInteger("closuresObjective", "size", size, 1);
  const { dtype = typeof start === "number" ? "float64" : dtypeOf(start), examples = () => 1 } = options;
  let unchecked = options.checkDeterminism ?? true;
  const ledger = makeLedger();
  const checks = makeLedger();
  const warnings: string[] = [];
  let last: { w: Vector; batch: Batch; evaluation: Evaluation } | undefined;

  const own = (name: string, v: Vector): Vector => {
    if (v?.length !== size) {
      throw new ShapeError(`closuresObjective: ${name} must return shape [${size}], got [${v?.length ?? typeof v}].`);
    }
    return dtype === "float32" ? Float32Array.from(v) : Float64Array.from(v);
  };
  const callValue = async (w: Vector, batch: Batch): Promise<Evaluation> => {
    const value = await closures.value(w, batch);
    if (typeof value === "number") return { value };
    if (!ArrayBuffer.isView(value) && !Array.isArray(value)) {
      throw new TypeError(
        `closuresObjective: value must return a number, or the losses of examples, got ${typeof value}.`,
      );
    }
    const losses = Float64Array.from(value);
    const mean = (term: (loss: number) => number) => losses.reduce((sum, loss) => sum + term(loss), 0) / losses.length;
    return { value: mean((loss) => loss), losses, magnitude: mean(Math.abs) };
  };
  const callGradient = async (w: Vector, batch: Batch, book: Ledger): Promise<Vector> => {
    book.book("gradients", examples(batch));
    return own("gradient", await closures.gradient(w, batch));
  };
  const callProduct = async (kind: CurvatureKind, w: Vector, v: Vector, batch: Batch, book: Ledger) => {
    const [oracle, name] = kind === "hessian" ? (["hvps", "hvp"] as const) : (["ggnvps", "ggnvp"] as const);
    const product = closures[name];
    if (!product) throw new TypeError(`closuresObjective: curvature "${kind}" needs a closure ${name}, got none.`);
    if (v.length !== size) throw new ShapeError(`${name}: v must have shape [${size}], got [${v.length}].`);
    book.book(oracle, examples(batch));
    return own(name, await product(w, v, batch));
  };

  const value = async (w: Vector, batch: Batch): Promise<Evaluation> => {
    ledger.book("values", examples(batch));
    const evaluation = await callValue(w, batch);
    last = { w, batch, evaluation };
    return evaluation;
  };
  const gradient = async (w: Vector, batch: Batch) => {
    const known = last?.w === w && last.batch === batch;
    const evaluation = known && last ? last.evaluation : await callValue(w, batch);
    const g = await callGradient(w, batch, ledger);
    if (unchecked) {
      unchecked = false;
      const again = await callValue(w, batch);
      if (!Object.is(again.value, evaluation.value)) refuse("value", evaluation.value, again.value);
      const h = await callGradient(w, batch, checks);
      const i = g.findIndex((x, j) => !Object.is(x, h[j]));
      if (i >= 0) refuse(`gradient[${i}]`, g[i], h[i]);
      for (const kind of ["hessian", "gauss-newton"] as const) {
        if (closures[kind === "hessian" ? "hvp" : "ggnvp"]) {
          await checkSymmetry(kind, (v) => callProduct(kind, w, v, batch, checks));
        }
      }
    }
    return { ...evaluation, gradient: g };
  };

  // One pair of fixed vectors without structure; for B = Bᵀ the two scalar products agree to rounding.
  const checkSymmetry = async (kind: CurvatureKind, multiply: (v: Vector) => Promise<Vector>): Promise<void> => {
    const probe = (phase: number) =>
      own(
        "probe",
        Float64Array.from({ length: size }, (_, i) => Math.sin(phase + 7 * i)),
      );
    const [u, v] = [probe(1), probe(2)];
    const [Bu, Bv] = [await multiply(u), await multiply(v)];
    let [uBv, vBu, scale] = [0, 0, 0];
    for (let i = 0; i < size; i++) {
      uBv += u[i] * Bv[i];
      vBu += v[i] * Bu[i];
      scale += Math.abs(u[i] * Bv[i]) + Math.abs(v[i] * Bu[i]);
    }
    if (Math.abs(uBv - vBu) > (dtype === "float32" ? 1e-3 : 1e-7) * scale) {
      warnings.push(
        `The ${kind} product is not symmetric: ⟨u, Bv⟩ = ${uBv} but ⟨v, Bu⟩ = ${vBu}. Steps may be poor; test it against finite differences of the gradient.`,
      );
    }
  };

  return {
    layout: flatLayout(size),
    dtype,
    ledger,
    preferredCurvature: closures.hvp || !closures.ggnvp ? "hessian" : "gauss-newton",
    hasCurvature: closures.hvp !== undefined || closures.ggnvp !== undefined,
    checks,
    warnings,
    examples,
    value,
    gradient,
    async linearize(w, batch, kind) {
      const evaluation = await gradient(w, batch);
      const curvature: LinearOperator = {
        size,
        dtype,
        multiply: (v) => callProduct(kind, w, v, batch, ledger),
      };
      return { ...evaluation, curvature, dispose() {} };
    },
    dispose() {},
  };
}

function refuse(what: string, first: number, second: number): never {
  throw new Error(
    `closuresObjective: ${what} must be the same at every evaluation of a point, got ${first} and then ${second}. Fix its random state, or pass checkDeterminism: false.`,
  );
}
