/**
 * The ellipsoid in which the rows of the curvature have like lengths, whatever the units of the parameters: matrix-free
 * equilibration, with MINPACK's running maximum.
 *
 *   z = a^{-1/2} ⊙ ε, signs ε at random      x = √a ⊙ |Bz|      a ← x at first, then max(a, x)
 *
 * At a fixed point the rows of A^{-1/2}BA^{-1/2} have length one. A probe in the units of a halves, in decades, what a
 * is wrong by, so that the first a hardly matters. It is 2|f|/ℓ², with ℓ_i = |w_i|, or |f|/|g_i| if w_i = 0. A
 * parameter without curvature keeps its entry. As all of this scales with the parameters, the same problem in other
 * units has the same ellipsoid.
 *
 * Symbols: A = diag(a) ellipsoid, B curvature, w parameters, g gradient, f loss, ℓ lengths of the parameters' own.
 * References: [BradleyMurray2011], [LivneGolub2004], [More1978].
 */
import { requireInteger } from "../check.ts";
import { allFinite } from "../vector/kernels.ts";
import { makeRandom, signVector } from "../vector/random.ts";
import { type Dtype, dtypeOf, type Vector } from "../vector/vector.ts";
import { type DiagonalAccumulator, diagonalNorm } from "./diagonal.ts";
import type { Norm, ProbedPoint } from "./norm.ts";

export interface EquilibratedOptions {
  /** Products at the first point; integer ≥ 1; defaults to 10. */
  readonly firstProbes?: number;
  /** Products at every later point; integer ≥ 0; defaults to 1. */
  readonly probes?: number;
  /**
   * c ≥ 1: entries that differ by no more than this factor at the first point belong to parameters of the same unit,
   * and A is then a multiple of the Euclidean norm. Defaults to 1, no such thing.
   */
  readonly alike?: number;
  /** Seed of the probes; defaults to 0. */
  readonly seed?: number;
}

/** Probes whose result replaces a: units wrong by 24 decades are then wrong by less than one. */
const replacing = 5;

/**
 * A = diag(a). For a trust region this is the scaling of Levenberg–Marquardt in MINPACK, without a Jacobian.
 *
 * @throws {RangeError} if an option is out of range.
 * @example
 * const norm = norms.equilibrated().fresh({ size: 2, tensors: [] });
 * await norm.probe(([x, y]) => Float64Array.of(4e6 * x, 9e-6 * y));
 * norm.diagonal; // => [4e6, 9e-6]
 */
export function equilibrated(options: EquilibratedOptions = {}): Norm {
  const where = "norms.equilibrated";
  const { firstProbes = 10, probes = 1, alike = 1, seed = 0 } = options;
  requireInteger(where, "firstProbes", firstProbes, 1);
  requireInteger(where, "probes", probes, 0);
  if (!(alike >= 1)) throw new RangeError(`${where}: alike must be >= 1, got ${alike}.`);
  return diagonalNorm("equilibrated", ({ size }) => accumulator({ firstProbes, probes, alike, seed }, size));
}

function accumulator(
  { firstProbes, probes, alike, seed }: Required<EquilibratedOptions>,
  size: number,
): DiagonalAccumulator {
  const a = new Float64Array(size).fill(1);
  const seen = new Uint8Array(size);
  let drawn = 0; // probe i always comes from stream i
  let dtype: Dtype = "float64";

  async function learn(multiply: (v: Vector) => Vector | Promise<Vector>): Promise<void> {
    const z = signVector(makeRandom(seed, drawn++), size, dtype);
    for (let i = 0; i < size; i++) z[i] /= Math.sqrt(a[i]);
    const Bz = await multiply(z);
    // Nothing can be learnt from a point where B is not finite.
    if (!allFinite(Bz)) return;
    for (let i = 0; i < size; i++) {
      const x = Math.sqrt(a[i]) * Math.abs(Bz[i]);
      if (!(x > 0 && x < Infinity)) continue;
      a[i] = drawn <= replacing ? x : Math.max(a[i], x);
      seen[i] = 1;
    }
  }

  /** Takes parameters of the same unit for that, after the first point. */
  function compare(): void {
    const known = a.filter((_, i) => seen[i] === 1);
    const [least, largest] = [
      known.reduce((x, y) => Math.min(x, y), Infinity),
      known.reduce((x, y) => Math.max(x, y), 0),
    ];
    if (!(largest > 0 && largest / least <= alike)) return;
    a.fill(Math.exp(known.reduce((sum, x) => sum + Math.log(x), 0) / known.length));
  }

  return {
    diagonal: a,
    update(gradient) {
      dtype = dtypeOf(gradient); // the precision in which B takes its vectors
    },
    async probe(multiply, point) {
      const isFirst = drawn === 0;
      if (isFirst && point) a.set(ownScale(point));
      for (let left = isFirst ? firstProbes : probes; left > 0; left--) await learn(multiply);
      if (isFirst) compare();
    },
    state: () => ({ scalars: { drawn }, vectors: { a: a.slice() } }),
    restore(state) {
      drawn = state.scalars.drawn;
      a.set(state.vectors.a);
    },
  };
}

/** 2|f|/ℓ²: the curvature of a loss that changes by itself over the parameter's own length. */
function ownScale({ w, gradient, magnitude }: ProbedPoint): Float64Array {
  return Float64Array.from(w, (x, i) => {
    const length = Math.abs(x) || magnitude / Math.abs(gradient[i]);
    const own = (2 * magnitude) / length / length;
    return own > 0 && own < Infinity ? own : 1;
  });
}
