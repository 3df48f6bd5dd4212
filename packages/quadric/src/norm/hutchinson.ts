/**
 * The ellipsoid of the curvature's own diagonal, by Hutchinson's estimate.
 *
 *   D = mean of z ⊙ (Bz) over probes z of random signs,   E[D] = diag(B)
 *   v ← βv + (1−β)|D|,   A = diag(v̂^p + ε)
 *
 * In units U, a diagonal that is learnt first, this is done for U^{-1/2}BU^{-1/2}, and A is U^{1/2}AU^{1/2}.
 *
 * Gradients teach it nothing: the optimizer offers it products of B through `probe` at every accepted point, each of
 * which costs one product. Uniformly equivalent only if clipped.
 * References: [Yao2020, AdaHessian], [Hutchinson1990].
 */
import { requireInteger } from "../check.ts";
import { allFinite } from "../vector/kernels.ts";
import type { Layout } from "../vector/layout.ts";
import { makeRandom, signVector } from "../vector/random.ts";
import { joinStates, partOf } from "../vector/state.ts";
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
  /**
   * A diagonal norm, learnt at the first point, in whose units curvature is measured; defaults to those of the
   * parameters.
   */
  readonly units?: Norm;
}

/**
 * A = (EMA of |diag B|)^p + ε. Defaults: β 0.8, p ⅓, bias-corrected, ε 1e-4 outside the power (in curvature units to
 * the power p), as in the code that preceded [Kohler2020] and in [Yao2020].
 *
 * @throws {RangeError} if an option is out of range.
 */
export function hutchinson(options: HutchinsonOptions = {}): Norm {
  const where = "norms.hutchinson";
  const { firstProbes = 10, probes = 2, seed = 0, units } = options;
  const { epsilon = 1e-4, exponent = 1 / 3, epsilonPlacement = "outside" } = options;
  requireInteger(where, "firstProbes", firstProbes, 1);
  requireInteger(where, "probes", probes, 1);
  const rule = averageRule(
    where,
    { ...options, epsilon, exponent, epsilonPlacement },
    { beta: 0.8, biasCorrection: true },
  );
  return diagonalNorm("hutchinson", (layout) =>
    accumulator(rule, { firstProbes, probes, seed }, layout, units?.fresh(layout)),
  );
}

function accumulator(
  rule: MomentRule,
  { firstProbes, probes, seed }: Required<Pick<HutchinsonOptions, "firstProbes" | "probes" | "seed">>,
  { size }: Layout,
  units: Norm | undefined,
): DiagonalAccumulator {
  const average = movingDiagonal(rule, size);
  const diagonal = average.diagonal.slice();
  const scale = units?.diagonal ?? new Float64Array(size).fill(1);
  const refresh = () => diagonal.set(average.diagonal.map((entry, i) => scale[i] * entry));
  refresh();
  let drawn = 0; // probe i always comes from stream i
  let dtype: Dtype = "float64";
  return {
    ...average,
    diagonal,
    update(gradient) {
      dtype = dtypeOf(gradient); // the precision in which B takes its vectors
      units?.update(gradient);
    },
    async probe(multiply, point) {
      if (average.updates === 0) await units?.probe(multiply, point);
      const D = new Float64Array(size);
      const count = average.updates === 0 ? firstProbes : probes;
      for (let k = 0; k < count; k++) {
        const z = signVector(makeRandom(seed, drawn++), size, dtype);
        for (let i = 0; i < size; i++) z[i] /= Math.sqrt(scale[i]);
        const Bz = await multiply(z);
        for (let i = 0; i < size; i++) D[i] += (z[i] * Bz[i]) / count;
      }
      // Nothing can be learnt from a point where B is not finite.
      if (allFinite(D)) average.absorb(D, D.map(Math.sign));
      refresh();
    },
    state() {
      const { scalars, vectors } = average.state();
      return joinStates({
        average: { scalars: { ...scalars, drawn }, vectors },
        ...(units && { units: units.state() }),
      });
    },
    restore(state) {
      const past = partOf(state, "average")!;
      average.restore(past);
      drawn = past.scalars.drawn;
      units?.restore(partOf(state, "units")!);
      refresh();
    },
  };
}
