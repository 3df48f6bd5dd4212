/**
 * Nonlinear least squares:
 *
 *   min_x  f(x) = ½‖r(x)‖₂²      ∇f = Jᵀr      B = JᵀJ  (Gauss–Newton; the Hessian without the residuals' own curvature)
 *
 * Symbols: x point [n], r residuals [m], J their Jacobian [m × n].
 */
import { numpy as np } from "@jax-js/jax";
import { requireKnown } from "../check.ts";
import { compileObjective } from "../compiler/objective.ts";
import { oneArray } from "../compiler/trace/one-array.ts";
import { ShapeError } from "../errors.ts";
import { type Closures, closuresObjective } from "../objective/closures.ts";
import type { Objective } from "../objective/objective.ts";
import { dot } from "../vector/kernels.ts";
import { unitVector, type Vector } from "../vector/vector.ts";
import {
  type ClosureMinimizeOptions,
  type CompiledMinimizeOptions,
  type MinimizeResult,
  minimizeObjective,
  minimizeOptions,
  requireFunctions,
  requireTensors,
  startVector,
} from "./minimize.ts";

/** r and its derivatives; arguments are only read. */
export interface ResidualClosures {
  /** r(x), [m]. */
  residuals(x: Vector): Vector | Promise<Vector>;
  /** J(x)·v, [m]. */
  jvp(x: Vector, v: Vector): Vector | Promise<Vector>;
  /** J(x)ᵀ·u, [n]. */
  vjp(x: Vector, u: Vector): Vector | Promise<Vector>;
}

/**
 * Minimises half the sum of squared residuals, with the Gauss–Newton matrix unless `curvature: "hessian"` is asked for
 * (which needs a jax-js function). Mind the factor ½ in `value`. Options and result are those of `minimize`.
 *
 * @param residuals - a function of jax-js arrays that returns r, or closures over flat vectors.
 * @param x0 - the start: a tree of arrays as the function takes it (not consumed), or a vector.
 * @example
 * const line: ResidualClosures = {
 *   residuals: ([a]) => Float64Array.of(a - 1, 2 * a - 2),
 *   jvp: (_, [v]) => Float64Array.of(v, 2 * v),
 *   vjp: (_, [p, q]) => Float64Array.of(p + 2 * q),
 * };
 * (await minimizeLeastSquares(line, [0])).x; // => [1]
 */
export async function minimizeLeastSquares(
  residuals: ResidualClosures,
  x0: Vector | readonly number[],
  options?: ClosureMinimizeOptions,
): Promise<MinimizeResult<Vector>>;
export async function minimizeLeastSquares<X>(
  residuals: (x: X) => np.Array,
  x0: X,
  options?: CompiledMinimizeOptions,
): Promise<MinimizeResult<X>>;
export async function minimizeLeastSquares<X>(
  residuals: ResidualClosures | ((x: X) => np.Array),
  x0: X | Vector | readonly number[],
  options: ClosureMinimizeOptions & CompiledMinimizeOptions = {},
): Promise<MinimizeResult<X> | MinimizeResult<Vector>> {
  const where = "minimizeLeastSquares";
  requireKnown(where, options, minimizeOptions);
  if (options.curvature === "gauss-newton" && options.curvatureTolerance !== undefined) {
    throw new TypeError(
      `${where}: curvatureTolerance is about the Hessian, got curvature "gauss-newton". Pass curvature: "hessian".`,
    );
  }
  if (typeof residuals !== "function") {
    requireFunctions(where, residuals, ["residuals", "jvp", "vjp"]);
    if (options.curvatureTolerance !== undefined) {
      throw new TypeError(
        `${where}: curvatureTolerance needs the Hessian, got closures of the Jacobian only. Use minimize.`,
      );
    }
    const start = startVector(x0 as Vector | readonly number[], options.dtype);
    const objective = withJacobian(closuresObjective(gaussNewton(residuals), start, options), residuals);
    return { ...(await minimizeObjective(objective, start, options)), warnings: objective.warnings };
  }
  requireTensors(where, x0);
  const { backend, dtype = "float64" } = options;
  const model = (x: X): np.Array => oneArray(`${where}: the residuals`, residuals(x), false);
  const loss = (r: np.Array) => np.multiply(0.5, np.sum(np.square(r)));
  const objective = await compileObjective({ model, loss, params: x0 as X }, { backend, dtype });
  try {
    const result = await minimizeObjective(objective, objective.initial, options);
    return { ...result, x: objective.unflatten(result.x) };
  } finally {
    objective.dispose();
  }
}

/** J column by column, each booked as a product. */
function withJacobian<O extends Objective<undefined>>(objective: O, { residuals, jvp }: ResidualClosures): O {
  const { layout, dtype, ledger } = objective;
  const d = layout.size;
  return {
    ...objective,
    async jacobian(w: Vector) {
      const r = Float64Array.from(await residuals(w));
      const value = 0.5 * dot(r, r);
      const jacobian = new Float64Array(r.length * d);
      for (let j = 0; j < d; j++) {
        const column = await jvp(w, unitVector(d, j, dtype));
        if (column.length !== r.length)
          throw new ShapeError(`jvp: must return shape [${r.length}], got [${column.length}].`);
        for (let i = 0; i < r.length; i++) jacobian[i * d + j] = column[i];
      }
      ledger.book("ggnvps", 1, d);
      return {
        ...{ value, magnitude: value, jacobian, residuals: r },
        async changeTo(u: Vector) {
          const after = Float64Array.from(await residuals(u));
          ledger.book("values", 1);
          const loss = 0.5 * dot(after, after);
          return { value: loss, magnitude: loss, change: after.map((x, i) => x - r[i]) };
        },
      };
    },
  };
}

/** f, ∇f and JᵀJ·v; the residuals of a point are evaluated once. */
function gaussNewton({ residuals, jvp, vjp }: ResidualClosures): Closures {
  let known: { readonly x: Vector; readonly r: Vector } | undefined;
  const at = async (x: Vector): Promise<Vector> => {
    if (known?.x !== x) known = { x, r: await residuals(x) };
    return known.r;
  };
  return {
    async value(x) {
      known = undefined;
      const r = await at(x);
      return 0.5 * dot(r, r);
    },
    async gradient(x) {
      return vjp(x, await at(x));
    },
    async ggnvp(x, v) {
      const Jv = await jvp(x, v); // v → Jv
      const m = (await at(x)).length;
      if (Jv.length !== m) throw new ShapeError(`jvp: must return shape [${m}], got [${Jv.length}].`);
      return vjp(x, Jv); // Jv → JᵀJv
    },
  };
}
