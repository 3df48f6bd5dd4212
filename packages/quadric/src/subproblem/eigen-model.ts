/**
 * A quadratic model in the eigenbasis of the pencil (B, A), A = diag(a): once there, every radius is solved at once.
 *
 *   m(s) = gᵀs + ½sᵀBs      A^{-½}BA^{-½} = VΘVᵀ      c = VᵀA^{-½}g      s = A^{-½}Vx
 *
 * Of residuals r with Jacobian J the eigenbasis comes from the singular values of the scaled Jacobian, JA^{-½} = UΣVᵀ:
 * Θ = Σ², c = ΣUᵀr. JᵀJ, whose condition is the square of J's, is never formed.
 * References: [More1978], [ConnGouldToint2000, section 7.3].
 */

import { singularFactors } from "../linalg/singular-factors.ts";
import { symmetricEigen } from "../linalg/symmetric-eigen.ts";
import { axpy, dot } from "../vector/kernels.ts";
import type { Vector } from "../vector/vector.ts";
import { solveSecular } from "./secular.ts";
import type { Outcome } from "./step.ts";

export interface EigenStep {
  /** s, [d]. */
  readonly step: Float64Array;
  /** ‖s‖_A. */
  readonly stepNorm: number;
  readonly modelDecrease: number;
  readonly multiplier: number;
  readonly outcome: Outcome;
}

export interface EigenModel {
  /** The least eigenvalue of the pencil; ≥ 0 for a model of residuals. */
  readonly leftmost: number;
  /** Eigenvalues that are not rounding of zero. */
  readonly rank: number;
  /** The minimiser in ‖s‖_A ≤ Δ. */
  within(radius: number): EigenStep;
  /**
   * ½‖g‖²_{B⁻¹} with |Θ| for Θ: for B ≻ 0 the decrease that the model promises without a region; of another gradient,
   * if given.
   */
  decrement(gradient?: Vector): number;
  /** The length of the minimiser without a region; that of the Cauchy step if there is none. */
  readonly naturalLength: number;
}

/** From a symmetric B, [d, d], not written to. */
export function eigenModelOf(B: Float64Array, gradient: Vector, a: Float64Array): EigenModel {
  const d = a.length;
  const root = a.map(Math.sqrt);
  const scaled = B.map((value, k) => value / (root[Math.floor(k / d)] * root[k % d]));
  const { values, vectors } = symmetricEigen(scaled, d);
  const whitened = Float64Array.from(gradient, (g, j) => g / root[j]);
  const columns = Array.from(values, (_, i) => vectors.subarray(i * d, (i + 1) * d));
  const largest = Math.max(Math.abs(values[0]), Math.abs(values[d - 1]));
  return modelIn({
    theta: values,
    c: values.map((_, i) => dot(columns[i], whitened)),
    columns,
    root,
    zero: d * 2 ** -52 * largest,
  });
}

/** From residuals r, [n], and their Jacobian, row-major [n, d]. */
export function residualModelOf(jacobian: Vector, residuals: Vector, a: Float64Array): EigenModel {
  const d = a.length;
  const root = a.map(Math.sqrt);
  const n = residuals.length;
  const columns = Array.from(root, (scale, j) =>
    Float64Array.from({ length: Math.max(n, d) }, (_, i) => (i < n ? jacobian[i * d + j] / scale : 0)),
  );
  const right = new Float64Array(Math.max(n, d));
  right.set(residuals);
  const { sigma, rotated, vectors } = singularFactors(columns, right);
  const largest = sigma[d - 1];
  return modelIn({
    theta: sigma.map((s) => s * s),
    c: sigma.map((s, i) => s * rotated[i]),
    columns: vectors,
    root,
    zero: (Math.max(n, d) * 2 ** -52 * largest) ** 2,
    residual: true,
  });
}

interface Basis {
  /** Ascending. */
  readonly theta: Float64Array;
  readonly c: Float64Array;
  /** The columns of V. */
  readonly columns: readonly Float64Array[];
  /** A^{½}. */
  readonly root: Float64Array;
  /** Eigenvalues up to this are rounding of zero. */
  readonly zero: number;
  /** Then c is exactly zero where Θ is. */
  readonly residual?: boolean;
}

function modelIn({ theta, c: all, columns, root, zero, residual = false }: Basis): EigenModel {
  const c = residual ? all.map((value, i) => (theta[i] <= zero ? 0 : value)) : all;
  const decrementOf = (c: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < c.length; i++) {
      if (residual && theta[i] <= zero) continue;
      if (c[i] !== 0) sum += (c[i] / Math.max(Math.abs(theta[i]), zero)) * c[i];
    }
    return 0.5 * sum;
  };
  const project = (gradient: Vector): Float64Array => {
    const whitened = Float64Array.from(gradient, (g, j) => g / root[j]);
    return theta.map((_, i) => dot(columns[i], whitened));
  };
  const isConvex = theta[0] > zero || (residual && theta[theta.length - 1] > 0);
  const newton = Math.hypot(...c.map((value, i) => (Math.abs(theta[i]) > zero ? value / theta[i] : 0)));
  const curvature = c.reduce((sum, value, i) => sum + value * value * Math.abs(theta[i]), 0);
  const length = Math.hypot(...c);
  return {
    leftmost: theta[0],
    rank: theta.reduce((count, value) => count + Number(Math.abs(value) > zero), 0),
    within(radius) {
      const { coordinates, multiplier, decrease, outcome } = solveSecular(theta, c, { radius });
      const step = new Float64Array(root.length);
      coordinates.forEach((x, i) => {
        axpy(x, columns[i], step);
      });
      return {
        step: step.map((x, j) => x / root[j]),
        stepNorm: Math.hypot(...coordinates),
        modelDecrease: decrease,
        multiplier,
        outcome,
      };
    },
    decrement: (gradient) => decrementOf(gradient ? project(gradient) : c),
    naturalLength: isConvex ? newton : curvature > 0 ? (length / curvature) * length * length : 1,
  };
}
