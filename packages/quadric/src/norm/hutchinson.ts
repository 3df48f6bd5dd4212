/**
 * The ellipsoid of the curvature's own diagonal, by Hutchinson's estimate.
 *
 *   D = mean of z ⊙ (Bz) over probes z of random signs,   E[D] = diag(B)
 *   v ← βv + (1−β)|D|,   A = diag(v̂^p + ε)
 *
 * Gradients teach it nothing: the optimizer offers it products of B through `probe` at every accepted point, each of
 * which costs one product. Uniformly equivalent only if clipped.
 * References: [Yao2020, AdaHessian], [Hutchinson1990].
 */
import { requireInteger } from "../check.ts";
import { allFinite } from "../vector/kernels.ts";
import { makeRandom, signVector } from "../vector/random.ts";
import { type Dtype, dtypeOf } from "../vector/vector.ts";
import { type DiagonalAccumulator, diagonalNorm } from "./diagonal.ts";
import type { Norm } from "./norm.ts";
import { type AverageOptions, averageRule, type MomentRule, movingDiagonal } from "./second-moment.ts";

export interface HutchinsonOptions extends AverageOptions {
  /** Products at the first point; integer ≥ 1; defaults to 10. */
  readonly firstProbes?: number;
  /** Products at every later point; integer ≥ 1; defaults to 2. */
  readonly probes?: number;
  /** Seed of the probes; defaults to 0. */
  readonly seed?: number;
}

/**
 * A = (EMA of |diag B|)^p + ε. Defaults: β 0.8, p ⅓, bias-corrected, ε 1e-4 outside the power (in curvature units to
 * the power p), as in the code that preceded [Kohler2020] and in [Yao2020].
 *
 * @throws {RangeError} if an option is out of range.
 */
export function hutchinson(options: HutchinsonOptions = {}): Norm {
  const where = "norms.hutchinson";
  const { firstProbes = 10, probes = 2, seed = 0 } = options;
  const { epsilon = 1e-4, exponent = 1 / 3, epsilonPlacement = "outside" } = options;
  requireInteger(where, "firstProbes", firstProbes, 1);
  requireInteger(where, "probes", probes, 1);
  const rule = averageRule(
    where,
    { ...options, epsilon, exponent, epsilonPlacement },
    { beta: 0.8, biasCorrection: true },
  );
  return diagonalNorm("hutchinson", ({ size }) => accumulator(rule, { firstProbes, probes, seed }, size));
}

function accumulator(
  rule: MomentRule,
  { firstProbes, probes, seed }: Required<Pick<HutchinsonOptions, "firstProbes" | "probes" | "seed">>,
  size: number,
): DiagonalAccumulator {
  const average = movingDiagonal(rule, size);
  let drawn = 0; // probe i always comes from stream i
  let dtype: Dtype = "float64";
  return {
    ...average,
    update(gradient) {
      dtype = dtypeOf(gradient); // the precision in which B takes its vectors
    },
    async probe(multiply) {
      const D = new Float64Array(size);
      const count = average.updates === 0 ? firstProbes : probes;
      for (let k = 0; k < count; k++) {
        const z = signVector(makeRandom(seed, drawn++), size, dtype);
        const Bz = await multiply(z);
        for (let i = 0; i < size; i++) D[i] += (z[i] * Bz[i]) / count;
      }
      // Nothing can be learnt from a point where B is not finite.
      if (allFinite(D)) average.absorb(D, D.map(Math.sign));
    },
    state() {
      const { scalars, vectors } = average.state();
      return { scalars: { ...scalars, drawn }, vectors };
    },
    restore(state) {
      average.restore(state);
      drawn = state.scalars.drawn;
    },
  };
}
