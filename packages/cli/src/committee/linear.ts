/**
 * The linear fits that a committee begins from and is compared with: ridge regression, or for other losses the linear
 * map with the least penalised loss.
 *
 *   L(U, b) = (1/n)·Σ_i w_i·ℓ(x_i·U + b, y_i) + (s/2n)·κ‖U‖²        κ as in objectives.ts, s the strength
 */
import type { Tensor, Vector } from "quadric";
import type { TrainConfig } from "../config.ts";
import { parseModel } from "../model.ts";
import { weightsOf } from "./folds.ts";
import { compileLinear } from "./objectives.ts";
import { makeRidge } from "./ridge.ts";

/** U, [inputs, outputs], and b, [outputs]. */
export interface LinearFit {
  readonly weight: Vector;
  readonly bias: Vector;
}

export interface LinearFits {
  /** On the rows outside a fold; on all rows if it is −1. */
  fit(fold: number, strength: number): Promise<LinearFit>;
  dispose(): void;
}

interface Rows {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly weights: Float64Array;
  readonly folds: Int32Array;
}

/** Beyond so many columns the normal equations cost more than steps of a trust region. */
const mostColumns = 1000;

export async function makeLinearFits(config: TrainConfig, { x, y, weights, folds }: Rows): Promise<LinearFits> {
  const [n, p] = x.shape;
  if (config.loss === "mse" && parseModel(config.model).outputs === 1 && p <= mostColumns) {
    const ridge = makeRidge(x, y.data, weights, folds);
    return {
      async fit(fold, strength) {
        const { slopes, intercept } = ridge.fit(fold, strength);
        return { weight: Float32Array.from(slopes), bias: Float32Array.of(intercept) };
      },
      dispose() {},
    };
  }
  const { fit, dispose } = await compileLinear(config, n);
  return {
    fit(fold, strength) {
      const data = weightsOf(weights, (i) => folds[i] !== fold).map((weight) => weight / strength);
      return fit({ x, y, weight: { shape: [n], data } });
    },
    dispose,
  };
}

/** x·U + b, [n, outputs]. */
export function linearOutputs({ weight, bias }: LinearFit, { shape: [n, p], data: x }: Tensor): Tensor {
  const k = bias.length;
  const data = new Float32Array(n * k);
  for (let i = 0; i < n; i++) {
    for (let l = 0; l < k; l++) {
      let z = bias[l];
      for (let j = 0; j < p; j++) z += x[i * p + j] * weight[j * k + l];
      data[i * k + l] = z;
    }
  }
  return { shape: [n, k], data };
}
