/**
 * Full-matrix ellipsoids from the second moment of past gradients.
 *
 *   V ← βV + (1−β)ggᵀ      (Adagrad: V ← V + ggᵀ)      A = (V̂ + εI)^p   or   V̂^p + εI      V̂ = UΛUᵀ
 *
 * The diagonal of V alone is what `norms.adagrad`, `rmsprop` and `adam` keep; see there for β, p, ε and bias
 * correction. Memory 2d² numbers, 10d³ operations per update: small problems only.
 * References: [Kohler2020], [DuchiHazanSinger2011].
 */
import { requireOneOf } from "../check.ts";
import { type SymmetricEigen, symmetricEigen } from "../linalg/symmetric-eigen.ts";
import { axpy, dot } from "../vector/kernels.ts";
import type { Vector } from "../vector/vector.ts";
import { type ClipOptions, clamp } from "./diagonal.ts";
import { type Ellipsoid, makeNorm, type Power } from "./make-norm.ts";
import type { Norm } from "./norm.ts";
import { type AverageOptions, averageRule, biasFactor, floored, type MomentRule, momentRule } from "./second-moment.ts";

export interface FullMatrixOptions extends AverageOptions {
  /** What is accumulated, with the defaults of the diagonal norm of that name; defaults to "rmsprop". */
  readonly accumulate?: "adagrad" | "rmsprop" | "adam";
  /** Limits of the eigenvalues of A; defaults to none. With both finite Adagrad becomes uniformly equivalent. */
  readonly clip?: ClipOptions;
}

/**
 * The ellipsoid of the whole second-moment matrix: invariant to rotations of parameter space.
 *
 * @throws {RangeError} if an option is out of range.
 */
export function fullMatrix(options: FullMatrixOptions = {}): Norm {
  const { accumulate = "rmsprop", clip } = options;
  const where = "norms.fullMatrix";
  requireOneOf(where, "accumulate", accumulate, ["adagrad", "rmsprop", "adam"]);
  const rule = {
    adagrad: () => momentRule(where, options, { past: 1, present: 1, biasCorrection: false }),
    rmsprop: () => averageRule(where, options, { beta: 0.8, biasCorrection: false }),
    adam: () => averageRule(where, options, { beta: 0.999, biasCorrection: true }),
  }[accumulate]();
  const limit = clip === undefined ? (entry: number) => entry : clamp(where, clip);
  return makeNorm(`full-${accumulate}`, ({ size }) => ellipsoid(rule, limit, size));
}

function ellipsoid(rule: MomentRule, limit: (entry: number) => number, size: number): Ellipsoid {
  const V = new Float64Array(size * size);
  const entry = floored(rule);
  let updates = 0;
  let eigen: SymmetricEigen | undefined; // of A; found when first needed after a change of V

  const spectrum = () => {
    if (eigen === undefined) {
      const { values, vectors } = symmetricEigen(V, size);
      const factor = biasFactor(rule, updates);
      eigen = { values: values.map((value) => limit(entry(factor * Math.max(0, value)))), vectors };
    }
    return eigen;
  };
  const apply = (v: Vector, out: Vector, power: Power) => {
    const { values, vectors } = spectrum();
    const row = (i: number) => vectors.subarray(i * size, (i + 1) * size);
    const coordinates = values.map((value, i) => value ** power * dot(row(i), v));
    out.fill(0);
    coordinates.forEach((x, i) => {
      axpy(x, row(i), out);
    });
    return out;
  };
  return {
    size,
    apply,
    eigenvalues: () => spectrum().values,
    update(gradient) {
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          V[i * size + j] = rule.past * V[i * size + j] + rule.present * gradient[i] * gradient[j];
        }
      }
      updates++;
      eigen = undefined;
    },
    state: () => ({ scalars: { updates }, vectors: { V: V.slice() } }),
    restore(state) {
      updates = state.scalars.updates;
      V.set(state.vectors.V);
      eigen = undefined;
    },
  };
}
