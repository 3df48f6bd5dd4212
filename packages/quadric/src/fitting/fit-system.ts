/**
 * From a model bound to points to the residuals of its free parameters:
 *
 *   r_i(z) = (f(x_i; p(z)) − y_i) / σ_i      J = diag(1/σ)·(∂f/∂p)·T, or by differences in z
 */
import type { BoundModel } from "./curve-model.ts";
import { differenceAccuracy, differences } from "./differences.ts";
import type { ParameterSet } from "./parameter-set.ts";
import type { ResidualSystem } from "./residual-system.ts";

/** Only what a system asks of its parameters. */
export type FreeParameters = Pick<
  ParameterSet<unknown>,
  "names" | "free" | "tied" | "bounds" | "all" | "tangent" | "isWhole"
>;

/** @param sigma - one a residual, or undefined for 1. */
export function fitSystem(
  model: BoundModel,
  { names, free, tied, bounds, all, tangent, isWhole }: FreeParameters,
  y: Float64Array | undefined,
  sigma: Float64Array | undefined,
): ResidualSystem {
  const n = model.size;
  const [d, m] = [names.length, free.length];

  function toResiduals(r: Float64Array): void {
    if (y !== undefined) for (let i = 0; i < n; i++) r[i] -= y[i];
    if (sigma !== undefined) for (let i = 0; i < n; i++) r[i] /= sigma[i];
  }

  const whole = isWhole || !model.hasJacobian ? undefined : new Float64Array(d * n);
  const differentiate = differences(valuesAt, { n, d: m, bounds });

  function valuesAt(z: Float64Array, r: Float64Array): void {
    model.evaluate(all(z), r);
    toResiduals(r);
  }

  /** J ← whole·T, of which only fixed and tied parameters make more than a choice of columns. */
  function restrict(z: Float64Array, jacobian: Float64Array): void {
    free.forEach((j, k) => {
      jacobian.set(whole!.subarray(j * n, (j + 1) * n), k * n);
    });
    if (tied.length === 0) return;
    const T = tangent(z);
    for (const j of tied) {
      for (let k = 0; k < m; k++) {
        const factor = T[j * m + k];
        if (factor !== 0) for (let i = 0; i < n; i++) jacobian[k * n + i] += factor * whole![j * n + i];
      }
    }
  }

  /**
   * Derivatives that are not finite where f is, as that of x^s by s at x = 0 by most rules, are found by differences.
   */
  function mend(z: Float64Array, r: Float64Array, jacobian: Float64Array): void {
    const found = new Float64Array(jacobian.length);
    differentiate(z, r, found);
    for (let k = 0; k < found.length; k++) if (!Number.isFinite(jacobian[k])) jacobian[k] = found[k];
  }

  return {
    residuals: n,
    parameters: m,
    givesBoth: model.hasJacobian,
    ...(model.hasJacobian && { mend }),
    accuracy: model.hasJacobian ? Math.max(n, m) * Number.EPSILON : differenceAccuracy,
    ...(y && { magnitudes: magnitudesOf(y, sigma) }),
    evaluate(z, r, jacobian) {
      if (jacobian === undefined) return valuesAt(z, r);
      if (!model.hasJacobian) {
        valuesAt(z, r);
        return differentiate(z, r, jacobian);
      }
      model.evaluate(all(z), r, whole ?? jacobian);
      toResiduals(r);
      if (whole) restrict(z, jacobian);
      if (sigma !== undefined) {
        for (let k = 0; k < m; k++) for (let i = 0; i < n; i++) jacobian[k * n + i] /= sigma[i];
      }
    },
  };
}

function magnitudesOf(y: Float64Array, sigma: Float64Array | undefined): Float64Array {
  const sizes = new Float64Array(y.length);
  for (let i = 0; i < y.length; i++) sizes[i] = Math.abs(y[i]) / (sigma === undefined ? 1 : sigma[i]);
  return sizes;
}
