/**
 * What data say of the outputs z of a network, one example at a time:
 *
 *   squared error    ℓ = ½(z − y)²            ℓ′ = z − y      ℓ″ = 1
 *   cross-entropy    ℓ = log Σ e^{z_l} − z_y   ℓ′ = p − e_y    ℓ″ = diag(p) − ppᵀ      one output: ℓ = log(1 + e^z) − yz
 *   Poisson          ℓ = e^z − yz              ℓ′ = e^z − y    ℓ″ = e^z
 */
export type EvidenceLoss = "squared-error" | "cross-entropy" | "poisson";

export interface Likelihood {
  readonly outputs: number;
  /** Whether a precision β of the noise is part of it. */
  readonly hasNoise: boolean;
  /** Σ_i w_i ℓ_i for z [k × n] stored by outputs. */
  value(z: Float64Array): number;
  derivatives(z: Float64Array): Derivatives;
}

export interface Derivatives {
  /** Σ_i w_i ℓ_i. */
  readonly value: number;
  /** w_i ℓ′_i, [k × n]. */
  readonly slope: Float64Array;
  /** w_i ℓ″_i of the pairs of outputs l ≥ m, [k(k + 1)/2 × n]. */
  readonly curvature: Float64Array;
}

export interface Observations {
  /** Labels, values or counts, [n]. */
  readonly y: Float64Array;
  /** Weights of the examples, [n]. */
  readonly weight: Float64Array;
}

export function likelihoodOf(loss: EvidenceLoss, outputs: number, { y, weight }: Observations): Likelihood {
  const n = y.length;
  if (outputs > 1) return softmax(outputs, y, weight);
  const parts = single[loss];
  return {
    outputs: 1,
    hasNoise: loss === "squared-error",
    value(z) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += weight[i] * parts.value(z[i], y[i]);
      return sum;
    },
    derivatives(z) {
      const [slope, curvature] = [new Float64Array(n), new Float64Array(n)];
      let value = 0;
      for (let i = 0; i < n; i++) {
        value += weight[i] * parts.value(z[i], y[i]);
        slope[i] = weight[i] * parts.slope(z[i], y[i]);
        curvature[i] = weight[i] * parts.curvature(z[i]);
      }
      return { value, slope, curvature };
    },
  };
}

interface Single {
  value(z: number, y: number): number;
  slope(z: number, y: number): number;
  curvature(z: number): number;
}

export const logistic = (z: number): number => 1 / (1 + Math.exp(-z));

const single: Readonly<Record<EvidenceLoss, Single>> = {
  "squared-error": { value: (z, y) => 0.5 * (z - y) ** 2, slope: (z, y) => z - y, curvature: () => 1 },
  "cross-entropy": {
    value: (z, y) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y * z,
    slope: (z, y) => logistic(z) - y,
    curvature: (z) => logistic(z) * logistic(-z),
  },
  poisson: { value: (z, y) => Math.exp(z) - y * z, slope: (z, y) => Math.exp(z) - y, curvature: (z) => Math.exp(z) },
};

/** Probabilities of the classes, [k × n], from z in place. */
export function softmaxInPlace(z: Float64Array, k: number): Float64Array {
  const n = z.length / k;
  for (let i = 0; i < n; i++) {
    let largest = -Infinity;
    for (let l = 0; l < k; l++) largest = Math.max(largest, z[l * n + i]);
    let sum = 0;
    for (let l = 0; l < k; l++) {
      z[l * n + i] = Math.exp(z[l * n + i] - largest);
      sum += z[l * n + i];
    }
    for (let l = 0; l < k; l++) z[l * n + i] /= sum;
  }
  return z;
}

function softmax(k: number, y: Float64Array, weight: Float64Array): Likelihood {
  const n = y.length;
  const value = (p: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum -= weight[i] * Math.log(Math.max(p[y[i] * n + i], 1e-300));
    return sum;
  };
  return {
    outputs: k,
    hasNoise: false,
    value: (z) => value(softmaxInPlace(z.slice(), k)),
    derivatives(z) {
      const p = softmaxInPlace(z.slice(), k);
      const curvature = new Float64Array((k * (k + 1) * n) / 2);
      let pair = 0;
      for (let l = 0; l < k; l++) {
        for (let m = 0; m <= l; m++, pair++) {
          for (let i = 0; i < n; i++) {
            curvature[pair * n + i] = weight[i] * p[l * n + i] * ((l === m ? 1 : 0) - p[m * n + i]);
          }
        }
      }
      const slope = new Float64Array(k * n);
      for (let l = 0; l < k; l++) {
        for (let i = 0; i < n; i++) slope[l * n + i] = weight[i] * (p[l * n + i] - (y[i] === l ? 1 : 0));
      }
      return { value: value(p), slope, curvature };
    },
  };
}
