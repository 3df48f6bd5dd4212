/**
 * Ellipsoids from the second moment of past gradients, diagonal: Adagrad, RMSProp, Adam.
 *
 *   v ← βv + (1−β)g²      (Adagrad: v ← v + g²)      v₋₁ = 0
 *   A = diag(v̂ + ε)^p   "inside"      A = diag(v̂^p + ε)   "outside"      v̂ = v, or v / (1 − β^{t+1}) bias-corrected
 *
 * Symbols: g gradient at an accepted point, t accepted points before it, p exponent, ε floor. With p = ½, the root,
 * −ηA⁻¹g is the step of the method that lends its name; p = 1 is the matrix of the theory.
 * References: [Kohler2020], [DuchiHazanSinger2011], [TielemanHinton2012], [KingmaBa2014].
 */
import { requireBetween, requireOneOf, requirePositive } from "../check.ts";
import type { Vector } from "../vector/vector.ts";
import { type DiagonalAccumulator, diagonalNorm } from "./diagonal.ts";
import type { Norm } from "./norm.ts";

/** Where ε goes: under the power or outside it. Both keep uniform equivalence (Lemma 1). */
export type EpsilonPlacement = "inside" | "outside";

export interface SecondMomentOptions {
  /** ε > 0, in squared gradient units when inside; defaults to 1e-10 ([Kohler2020], released settings). */
  readonly epsilon?: number;
  /** p in (0, 1]; defaults to ½. */
  readonly exponent?: number;
  /** Defaults to "inside". */
  readonly epsilonPlacement?: EpsilonPlacement;
}

export interface AverageOptions extends SecondMomentOptions {
  /** β in (0, 1), the weight of the past. */
  readonly beta?: number;
  /** Divide the average by 1 − β^{t+1}, so that early averages are not too small. */
  readonly biasCorrection?: boolean;
}

/** Every setting of a second moment; `past` and `present` weigh what is accumulated: v ← past·v + present·g². */
export interface MomentRule {
  readonly past: number;
  readonly present: number;
  readonly biasCorrection: boolean;
  readonly epsilon: number;
  readonly exponent: number;
  readonly epsilonPlacement: EpsilonPlacement;
}

/** Checks the settings shared by all second moments and fills in their defaults. */
export function momentRule(
  where: string,
  { epsilon = 1e-10, exponent = 0.5, epsilonPlacement = "inside" }: SecondMomentOptions,
  { past, present, biasCorrection }: Pick<MomentRule, "past" | "present" | "biasCorrection">,
): MomentRule {
  requirePositive(where, "epsilon", epsilon);
  if (!(exponent > 0 && exponent <= 1)) throw new RangeError(`${where}: exponent must be in (0, 1], got ${exponent}.`);
  requireOneOf(where, "epsilonPlacement", epsilonPlacement, ["inside", "outside"]);
  return { past, present, biasCorrection, epsilon, exponent, epsilonPlacement };
}

/** The same for moving averages. */
export function averageRule(
  where: string,
  options: AverageOptions,
  defaults: Required<Pick<AverageOptions, "beta" | "biasCorrection">>,
): MomentRule {
  const { beta = defaults.beta, biasCorrection = defaults.biasCorrection } = options;
  requireBetween(where, "beta", beta, 0, 1);
  return momentRule(where, options, { past: beta, present: 1 - beta, biasCorrection });
}

/** The entry of A that belongs to a bias-corrected second moment v̂ ≥ 0. */
export function floored(rule: MomentRule): (moment: number) => number {
  const { epsilon, exponent, epsilonPlacement } = rule;
  const power = exponent === 0.5 ? Math.sqrt : exponent === 1 ? (x: number) => x : (x: number) => x ** exponent;
  return epsilonPlacement === "inside" ? (moment) => power(moment + epsilon) : (moment) => power(moment) + epsilon;
}

/** 1 / (1 − β^updates), or 1 if nothing is to be corrected. */
export function biasFactor({ past, biasCorrection }: MomentRule, updates: number): number {
  return biasCorrection && updates > 0 ? 1 / (1 - past ** updates) : 1;
}

/** A diagonal ellipsoid over the accumulated v; `absorb` takes the new samples xᵢyᵢ. */
export interface MovingDiagonal extends Pick<DiagonalAccumulator, "diagonal" | "state" | "restore"> {
  /** Samples absorbed so far. */
  readonly updates: number;
  absorb(x: Vector, y: Vector): void;
}

export function movingDiagonal(rule: MomentRule, size: number): MovingDiagonal {
  const v = new Float64Array(size);
  const diagonal = new Float64Array(size);
  const entry = floored(rule);
  let updates = 0;
  const refresh = () => {
    const factor = biasFactor(rule, updates);
    for (let i = 0; i < size; i++) diagonal[i] = entry(factor * v[i]);
  };
  refresh();
  return {
    diagonal,
    get updates() {
      return updates;
    },
    absorb(x, y) {
      updates++;
      const { past, present } = rule;
      const factor = biasFactor(rule, updates);
      // In one pass: over millions of entries each takes milliseconds.
      for (let i = 0; i < size; i++) {
        const moment = past * v[i] + present * (x[i] * y[i]);
        v[i] = moment;
        diagonal[i] = entry(factor * moment);
      }
    },
    state: () => ({ scalars: { updates }, vectors: { v: v.slice() } }),
    restore(state) {
      updates = state.scalars.updates;
      v.set(state.vectors.v);
      refresh();
    },
  };
}

function secondMoment(rule: MomentRule, size: number): DiagonalAccumulator {
  const average = movingDiagonal(rule, size);
  return { ...average, update: (gradient) => average.absorb(gradient, gradient) };
}

/**
 * Adagrad's ellipsoid, A = (Σg² + ε)^p. Its axes keep shrinking, so it is not uniformly equivalent unless clipped.
 *
 * @throws {RangeError} if ε ≤ 0 or p is outside (0, 1].
 */
export function adagrad(options: SecondMomentOptions = {}): Norm {
  const rule = momentRule("norms.adagrad", options, { past: 1, present: 1, biasCorrection: false });
  return diagonalNorm("adagrad", ({ size }) => secondMoment(rule, size));
}

/**
 * RMSProp's ellipsoid, A = (EMA of g² + ε)^p. β defaults to 0.8 ([Kohler2020], released settings), no bias correction.
 *
 * @throws {RangeError} if ε ≤ 0, β is outside (0, 1) or p is outside (0, 1].
 * @example
 * const norm = norms.rmsprop();
 * norm.update(Float64Array.of(1, 100));
 * norm.solve(Float64Array.of(1, 100)); // => [2.236, 2.236]: the gradient in units of its own size, over √(1 − β)
 */
export function rmsprop(options: AverageOptions = {}): Norm {
  const rule = averageRule("norms.rmsprop", options, { beta: 0.8, biasCorrection: false });
  return diagonalNorm("rmsprop", ({ size }) => secondMoment(rule, size));
}

/**
 * Adam's ellipsoid: as RMSProp with bias correction. β defaults to 0.999, its β₂ ([KingmaBa2014]).
 *
 * @throws {RangeError} if ε ≤ 0, β is outside (0, 1) or p is outside (0, 1].
 */
export function adam(options: AverageOptions = {}): Norm {
  const rule = averageRule("norms.adam", options, { beta: 0.999, biasCorrection: true });
  return diagonalNorm("adam", ({ size }) => secondMoment(rule, size));
}
