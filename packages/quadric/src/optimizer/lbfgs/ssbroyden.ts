/**
 * Self-scaled Broyden: the whole inverse Hessian, updated by a member of Broyden's class that is chosen, and scaled, at
 * every step.
 *
 *   p = −Hg,   s = αp,   y = g⁺ − g
 *   H⁺ = (H − (Hy)(Hy)ᵀ/yᵀHy + φvvᵀ)/τ + ssᵀ/yᵀs      v = √(yᵀHy)·(s/yᵀs − Hy/yᵀHy)
 *
 * Every member satisfies H⁺y = s. Scaling down by τ ≤ 1 before the update keeps the eigenvalues of H from staying where
 * earlier, more curved regions left them. With h = yᵀHy/yᵀs and b = sᵀH⁻¹s/yᵀs = −α·sᵀg/yᵀs, τ₁ = min(1, 1/b):
 *
 *   SSBFGS      τ = τ₁,   φ = 1
 *   SSBroyden   a = hb − 1,   c = √(a/(a + 1)),   ρ⁻ = min(1, h(1 − c)),   θ⁻ = (ρ⁻ − 1)/a,   θ⁺ = 1/ρ⁻
 *               θ = max(θ⁻, min(θ⁺, (1 − b)/b)),   σ = 1 + aθ,   φ = (1 − θ)/σ
 *               τ = τ₁·min(σ^(−1/(d−1)), 1/θ) if θ > 0, else min(τ₁·σ^(−1/(d−1)), σ)
 *
 * References: [AlBaali1998], [UrbanStefanouPons2025].
 */
import { requireKnown, requireOneOf, requirePositive } from "../../check.ts";
import { axpy, dot } from "../../vector/kernels.ts";
import type { State } from "../../vector/state.ts";
import { dtypeOf, type Vector, zeros } from "../../vector/vector.ts";
import { asGiven, type Optimizer } from "../optimizer.ts";
import type { InverseHessian } from "./inverse-hessian.ts";
import { startQuasiNewton } from "./lbfgs.ts";

export interface SsbroydenOptions {
  /** Defaults to "ssbroyden". */
  readonly variant?: "ssbroyden" | "ssbfgs";
  /** ε_g ≥ 0: the run has converged when ‖∇L‖₂ is at most this; defaults to 0. */
  readonly gradientTolerance?: number;
  /** As of `lbfgs()`. */
  readonly relativeGradientTolerance?: number;
  /** Bytes that H may take, 4d(d + 1) in all precisions; > 0, defaults to 2³⁰: 16,383 parameters. */
  readonly maxBytes?: number;
}

/**
 * For deterministic problems of some thousand parameters. A step costs a gradient, more if the line search needs them,
 * and 3d² flops.
 *
 * @throws {RangeError} if an option is outside its domain; at the start if H is larger than it may be.
 * @example
 * await minimize(f, x0, { method: ssbroyden() });
 */
export function ssbroyden(options: SsbroydenOptions = {}): Optimizer {
  requireKnown("ssbroyden", options, ["variant", "gradientTolerance", "relativeGradientTolerance", "maxBytes"]);
  const { variant = "ssbroyden", gradientTolerance = 0, relativeGradientTolerance, maxBytes = 2 ** 30 } = options;
  requireOneOf("ssbroyden", "variant", variant, ["ssbroyden", "ssbfgs"]);
  requirePositive("ssbroyden", "maxBytes", maxBytes);
  for (const [name, value] of Object.entries({ gradientTolerance, relativeGradientTolerance })) {
    if (value !== undefined && !(value >= 0)) throw new RangeError(`ssbroyden: ${name} must be >= 0, got ${value}.`);
  }
  return asGiven({
    name: variant,
    settings: {
      variant,
      gradientTolerance,
      ...(relativeGradientTolerance !== undefined && { relativeGradientTolerance }),
      maxBytes,
    },
    start(objective, start, { batches }) {
      const d = start.length;
      const bytes = 4 * d * (d + 1);
      if (bytes > maxBytes) {
        throw new RangeError(
          `ssbroyden: maxBytes must hold a symmetric matrix of [${d}, ${d}], ${bytes} bytes, got ${maxBytes}. Raise it, or use lbfgs().`,
        );
      }
      return startQuasiNewton(objective, start, selfScaled(d, variant), {
        ...{ gradientTolerance, relativeGradientTolerance, batches },
      });
    },
  });
}

const noVectors: State["vectors"] = {};

/** H by its upper triangle, row after row: (0, 0), (0, 1) … (0, d − 1), (1, 1) … */
function selfScaled(d: number, variant: "ssbroyden" | "ssbfgs"): InverseHessian {
  let isIdentity = true;
  const H = new Float64Array((d * (d + 1)) / 2);
  return {
    get isIdentity() {
      return isIdentity;
    },
    direction(gradient) {
      const p = zeros(d, dtypeOf(gradient));
      if (isIdentity) axpy(-1, gradient, p);
      else
        times(H, gradient).forEach((x, i) => {
          p[i] = -x;
        });
      return p;
    },
    update({ s, y, sy }, length, gradient) {
      // At first H = I·⟨s, y⟩/⟨y, y⟩ ([NocedalWright2006, equation 6.20]).
      const scale = isIdentity ? sy / dot(y, y) : 1;
      if (isIdentity) setDiagonal(H, d, scale);
      isIdentity = false;
      const Hy = times(H, y);
      const yHy = dot(y, Hy);
      const b = (-length * dot(s, gradient)) / (scale * sy);
      const { tau, phi } = member(variant, d, b, yHy / sy);
      const root = Math.sqrt(yHy);
      const v = Float64Array.from(s, (x, i) => root * (x / sy - Hy[i] / yHy));
      for (let i = 0, k = 0; i < d; i++) {
        const [ofHy, ofV, ofS] = [-Hy[i] / (yHy * tau), (phi * v[i]) / tau, s[i] / sy];
        for (let j = i; j < d; j++, k++) H[k] = H[k] / tau + ofHy * Hy[j] + ofV * v[j] + ofS * s[j];
      }
    },
    forget() {
      isIdentity = true;
    },
    state: () => ({
      scalars: { isIdentity: Number(isIdentity) },
      vectors: isIdentity ? noVectors : { H: H.slice() },
    }),
    restore({ scalars, vectors }) {
      isIdentity = scalars.isIdentity === 1;
      if (!isIdentity) H.set(vectors.H);
    },
  };
}

/** τ and φ of a step with these b > 0 and h > 0, hb ≥ 1. */
function member(variant: "ssbroyden" | "ssbfgs", d: number, b: number, h: number): { tau: number; phi: number } {
  const tau1 = Math.min(1, 1 / b);
  if (variant === "ssbfgs") return { tau: tau1, phi: 1 };
  const a = Math.max(h * b - 1, 0);
  const rho = Math.min(1, h * (1 - Math.sqrt(a / (a + 1))));
  const upper = Math.min(1 / rho, (1 - b) / b);
  // a = 0: Hy and s are parallel, v = 0.
  const theta = a > 0 ? Math.max((rho - 1) / a, upper) : upper;
  const sigma = 1 + a * theta;
  const share = sigma ** (-1 / Math.max(1, d - 1));
  return {
    tau: theta > 0 ? tau1 * Math.min(share, 1 / theta) : Math.min(tau1 * share, sigma),
    phi: (1 - theta) / sigma,
  };
}

function setDiagonal(H: Float64Array, d: number, value: number): void {
  H.fill(0);
  for (let i = 0, k = 0; i < d; k += d - i++) H[k] = value;
}

/** Hx for H by its upper triangle. */
function times(H: Float64Array, x: Vector): Float64Array {
  const d = x.length;
  const product = new Float64Array(d);
  for (let i = 0, k = 0; i < d; i++) {
    const xi = x[i];
    let sum = H[k++] * xi;
    for (let j = i + 1; j < d; j++, k++) {
      sum += H[k] * x[j];
      product[j] += H[k] * xi;
    }
    product[i] += sum;
  }
  return product;
}
