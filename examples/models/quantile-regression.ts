/**
 * Linear quantile regression by sorting. The best intercept of the check loss ρ_τ(r) = max(τr, (τ − 1)r) is an order
 * statistic of the residuals r = y − xw, and what is left is their deviation [RockafellarUryasev2000]:
 *
 *   min_c mean ρ_τ(r − c) = (1 − τ)·(the mean of the (1 − τ)n largest r − the mean of all)
 */
import { numpy as np } from "@jax-js/jax";

export type QuantileParams = {
  /** w, [features]. */
  readonly slope: np.Array;
};

/** x [n, features], y [n], all examples at once. */
export interface QuantileBatch {
  readonly x: np.Array;
  readonly y: np.Array;
}

function sortedResiduals({ slope }: QuantileParams, { x, y }: QuantileBatch): np.Array {
  return np.sort(y.sub(np.dot(x, slope)));
}

/** The loss for τ with (1 − τ)n an integer. Piecewise linear: for methods that need no curvature. */
export function quantileDeviation(tau: number): (params: QuantileParams, batch: QuantileBatch) => np.Array {
  return (params, batch) => {
    const [n] = batch.y.shape;
    const residuals = sortedResiduals(params, batch);
    const largest = residuals.ref.slice([n - Math.round((1 - tau) * n), n]).mean();
    return largest.sub(residuals.mean()).mul(1 - tau);
  };
}

/** The intercept that goes with the slope: the smallest of the largest (1 − τ)n residuals. */
export function quantileIntercept(tau: number, params: QuantileParams, batch: QuantileBatch): np.Array {
  const [n] = batch.y.shape;
  return sortedResiduals(params, batch).slice(n - Math.round((1 - tau) * n));
}
