/**
 * Losses of one example from the outputs z of a model, convex in z, as Gauss–Newton products need them. Each maps z [b,
 * k] and a target to losses [b]. Targets of one output, [b, 1], may come as [b]; nothing else is broadcast.
 *
 * Losses ρ(r) of r = z − y whose second derivative vanishes take the curvature of their half-quadratic majorizer instead:
 *
 *   ρ(r) ≤ ρ(r₀) + ½ω(r₀)·(r² − r₀²),   ω(r) = ρ′(r)/r
 *
 * so that a Gauss–Newton step is one of iteratively reweighted least squares. Value and gradient are those of ρ.
 * References: [GemanReynolds1992], [HollandWelsch1977].
 */
import { lax, nn, numpy as np } from "@jax-js/jax";
import { requireBetween, requirePositive } from "../check.ts";
import { ShapeError } from "../errors.ts";

/** y in the shape of z. */
function alike(where: string, outputs: np.Array, target: np.Array): np.Array {
  const [z, y] = [outputs.shape, target.shape];
  if (z.length === y.length && z.every((n, i) => n === y[i])) return target;
  if (y.length === 1 && z.length === 2 && z[0] === y[0] && z[1] === 1) return target.reshape(z);
  throw new ShapeError(`losses.${where}: targets must have the shape of the outputs, [${z}], got [${y}].`);
}

export type Loss = (outputs: np.Array, target: np.Array) => np.Array;

/**
 * −log softmax(z)_y for labels y [b], integers in 0 … k − 1; `fit` refuses others.
 *
 * @throws {TypeError} if labels are floating-point numbers.
 */
function crossEntropy(outputs: np.Array, labels: np.Array): np.Array {
  if (/float/.test(labels.dtype)) {
    throw new TypeError(
      `losses.crossEntropy: labels must be integers, in an Int32Array or a Uint8Array, got ${labels.dtype}.`,
    );
  }
  const classes = outputs.shape[outputs.shape.length - 1];
  return np.sum(nn.logSoftmax(outputs).mul(nn.oneHot(labels, classes)), -1).neg();
}

/** ½‖z − y‖² for targets y [b, k]. */
function squaredError(outputs: np.Array, target: np.Array): np.Array {
  const targets = alike("squaredError", outputs, target);
  return np.square(outputs.sub(targets)).sum(-1).mul(0.5);
}

/** (1/k)‖z − y‖², the mean over the outputs, for targets y [b, k]. */
function meanSquaredError(outputs: np.Array, target: np.Array): np.Array {
  const targets = alike("meanSquaredError", outputs, target);
  return np.square(outputs.sub(targets)).mean(-1);
}

/** Σ_j log(1 + e^{z_j}) − z_j·y_j: logistic loss on logits for targets in [0, 1], [b, k], summed over the outputs. */
function binaryCrossEntropy(logits: np.Array, target: np.Array): np.Array {
  const targets = alike("binaryCrossEntropy", logits, target);
  return nn.softplus(logits.ref).sub(logits.mul(targets)).sum(-1);
}

/** ρ(r), from its value and ω; both are constants to a derivative, which then is ω(r)·r. */
function halfQuadratic(r: np.Array, value: (r: np.Array) => np.Array, omega: (r: np.Array) => np.Array): np.Array {
  const fixed = lax.stopGradient(r.ref);
  const weight = omega(fixed.ref);
  const level = value(fixed.ref).sub(weight.ref.mul(np.square(fixed)).mul(0.5));
  return weight.mul(np.square(r)).mul(0.5).add(level);
}

/** Where |r| is rounded off: √(r² + ε²). */
const epsilon = 1e-3;

function smoothAbsolute(r: np.Array): np.Array {
  const length = (x: np.Array) => np.sqrt(np.square(x).add(epsilon ** 2));
  return halfQuadratic(r, length, (x) => np.reciprocal(length(x)));
}

/** Σ_j √((z_j − y_j)² + ε²), ε = 10⁻³: absolute errors, whose least sum is at the median. */
function absoluteError(outputs: np.Array, target: np.Array): np.Array {
  return smoothAbsolute(outputs.sub(alike("absoluteError", outputs, target))).sum(-1);
}

/** Σ_j ½r² for |r| ≤ δ, δ·(|r| − ½δ) beyond, r = z_j − y_j ([Huber1964]). @param delta - δ > 0; defaults to 1. */
function huber(delta: number = 1): Loss {
  requirePositive("losses.huber", "delta", delta);
  const inside = (r: np.Array) => np.minimum(np.absolute(r), delta);
  const value = (r: np.Array) => {
    const part = inside(r.ref);
    return part.ref.mul(np.absolute(r)).sub(np.square(part).mul(0.5));
  };
  const omega = (r: np.Array) => np.reciprocal(np.maximum(np.absolute(r).mul(1 / delta), 1));
  return (outputs, target) => halfQuadratic(outputs.sub(alike("huber", outputs, target)), value, omega).sum(-1);
}

/**
 * Σ_j ½|r| + (τ − ½)·r, r = y_j − z_j, |r| rounded off as in `absoluteError`: its least sum is at the quantile τ
 * ([KoenkerBassett1978]). @param tau - τ in (0, 1).
 */
function quantile(tau: number): Loss {
  requireBetween("losses.quantile", "tau", tau, 0, 1);
  return (outputs, target) => {
    const r = alike("quantile", outputs, target).sub(outputs);
    return smoothAbsolute(r.ref)
      .mul(0.5)
      .add(r.mul(tau - 0.5))
      .sum(-1);
  };
}

/** Σ_j e^{z_j} − y_j·z_j for counts y ≥ 0: the deviance of a Poisson variable of mean e^z, up to a constant. */
function poisson(logMean: np.Array, target: np.Array): np.Array {
  return np
    .exp(logMean.ref)
    .sub(logMean.mul(alike("poisson", logMean, target)))
    .sum(-1);
}

/** Σ_j z_j + y_j·e^{−z_j} for y > 0: the deviance of a gamma variable of mean e^z, up to a constant. */
function gamma(logMean: np.Array, target: np.Array): np.Array {
  return np
    .exp(logMean.ref.neg())
    .mul(alike("gamma", logMean, target))
    .add(logMean)
    .sum(-1);
}

export const losses: {
  readonly crossEntropy: Loss;
  readonly squaredError: Loss;
  readonly meanSquaredError: Loss;
  readonly binaryCrossEntropy: Loss;
  readonly absoluteError: Loss;
  readonly huber: typeof huber;
  readonly quantile: typeof quantile;
  readonly poisson: Loss;
  readonly gamma: Loss;
} = {
  crossEntropy,
  squaredError,
  meanSquaredError,
  binaryCrossEntropy,
  absoluteError,
  huber,
  quantile,
  poisson,
  gamma,
};
