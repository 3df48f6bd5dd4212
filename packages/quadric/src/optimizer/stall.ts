/**
 * What a run ends with that found no acceptable step although its gradient is not small: at the rounding of the loss it
 * has converged, elsewhere it has stalled. The loss is tried at neighbouring points, on nobody's account, before
 * anything is said of it.
 *
 * The rounding of a loss is that of its terms. A sum of squares of residuals that cancel, r = f − y, carries ε|f| in
 * every r and ε|f||r| in r², far more than εr². It is measured, by differences of third order between points next to
 * each other,
 *
 *   η² = (3!)²/6! · mean (Δ³L)²
 *
 * and believed if terms of the size of the run's largest loss explain it: η ≤ 10⁴ε√(|L|·max|L|). Larger noise is the
 * user's. Convergence "rounding" is then asked as ever (convergence.ts), with the terms η/10ε for |f|₁.
 *
 * Symbols: L loss, η its noise, ε unit roundoff, Δ difference. References: [MoreWild2011].
 */
import type { CurvatureKind, Objective } from "../objective/objective.ts";
import { dot } from "../vector/kernels.ts";
import { makeRandom } from "../vector/random.ts";
import type { Vector } from "../vector/vector.ts";
import { endings, offsetOf, resolutionOf } from "./convergence.ts";
import type { Ending } from "./optimizer.ts";
import { wholeModelAt } from "./whole-model.ts";

export interface StallPlace {
  readonly w: Vector;
  readonly batch: unknown;
  readonly gradient: Vector;
  /** The diagonal of A, if there is one. */
  readonly a?: Float64Array;
  /** Of the curvature that tells what is left to gain; absent: there is none to ask. */
  readonly kind?: CurvatureKind;
  /** The largest |f|₁ that the run has seen. */
  readonly largest: number;
}

const roundoff = (objective: Objective): number => (objective.dtype === "float64" ? 2 ** -52 : 2 ** -23);

/** η at w, from points a few last digits away in every entry; farther ones where the loss is the same at all of them. */
async function noiseOf(objective: Objective, { w, batch }: StallPlace): Promise<number> {
  const random = makeRandom(0);
  const signs = Float64Array.from(w, (x) => x * (random.uniform() - 0.5));
  const epsilon = roundoff(objective);
  for (let scale = 8 * epsilon; scale < epsilon ** (1 / 3); scale *= 32) {
    const values: number[] = [];
    for (let k = -3; k <= 3; k++) {
      const { value } = await objective.value(w.map((x, j) => x + k * scale * signs[j]) as Vector, batch);
      values.push(value);
    }
    const thirds = values.slice(3).map((value, k) => value - 3 * values[k + 2] + 3 * values[k + 1] - values[k]);
    const noise = Math.sqrt((36 / 720 / thirds.length) * thirds.reduce((sum, t) => sum + t * t, 0));
    if (noise !== 0) return noise;
  }
  return 0;
}

async function isRounding(objective: Objective, place: StallPlace): Promise<boolean> {
  const { kind, w, batch, largest } = place;
  if (kind === undefined) return false;
  const noise = await objective.ledger.aside(() => noiseOf(objective, place));
  const model = await wholeModelAt(objective, { w, batch, kind });
  if (!model?.isConvex) return false;
  const epsilon = roundoff(objective);
  const explained = 1e4 * epsilon * Math.sqrt(model.magnitude) * Math.sqrt(largest);
  if (!(noise > 0 && noise <= explained)) return false;
  return offsetOf(model.decrement, noise / (10 * epsilon)) <= resolutionOf(objective.dtype).level;
}

/**
 * The ending. A gradient that stays large is tried by central differences along −A⁻¹g before it is accused.
 */
export async function stalled(objective: Objective, place: StallPlace): Promise<Ending> {
  if (await isRounding(objective, place)) return endings.rounding();
  const { w, batch, gradient, a, largest: largestLoss } = place;
  const p = Float64Array.from(gradient, (g, j) => -g / (a?.[j] ?? 1));
  const slope = dot(p, gradient);
  const ratioOf = (u: number, v: number) => (u === 0 ? 0 : u / Math.abs(v || 1));
  const largest = p.reduce((max, x, j) => Math.max(max, ratioOf(Math.abs(x), w[j])), 0);
  const epsilon = roundoff(objective);
  const quotients: number[] = [];
  const here = (await objective.ledger.aside(() => objective.value(w, batch))).value;
  const resolution = 10 * epsilon * Math.sqrt(Math.abs(here)) * Math.sqrt(largestLoss);
  const longest = epsilon ** (1 / 4) / (largest || 1);
  const shortest = epsilon ** (1 / 2) / (largest || 1);
  const at = (t: number) => w.map((x, j) => x + t * p[j]) as Vector;
  await objective.ledger.aside(async () => {
    for (const h of [longest, epsilon ** (1 / 3) / (largest || 1), shortest]) {
      const [after, before] = [await objective.value(at(h), batch), await objective.value(at(-h), batch)];
      quotients.push((after.value - before.value) / (2 * h));
    }
  });
  const seen = "No step was acceptable, however short, although the gradient is not small";
  const rounding: Ending = { status: "stalled", message: `${seen}, but too small for the loss to resolve: rounding.` };
  const promised = 2 * longest * Math.abs(slope);
  if (promised <= resolution) return rounding;
  const agrees = (u: number, v: number) => Math.abs(u - v) <= 0.1 * Math.max(Math.abs(u), Math.abs(v));
  if (quotients.some((q) => agrees(q, slope))) {
    return { status: "stalled", message: `${seen}. It fits the loss by finite differences: a kink is near, or noise.` };
  }
  // However well the terms of the loss cancel now, its last digits are theirs, and they were as large as it has been.
  if (promised <= epsilon * largestLoss) return rounding;
  const steady = quotients.slice(1).some((q, i) => agrees(q, quotients[i]));
  if (!steady) return { status: "stalled", message: `${seen}: the loss is noisier than rounding, or has a kink here.` };
  const measured = quotients.find((q, i) => i > 0 && agrees(q, quotients[i - 1]))!;
  // At the bottom of a steep valley rounding moves the gradient by more than there is left of it.
  const around = await objective.ledger.aside(async () => {
    const slopeAt = async (t: number) => dot(p, (await objective.gradient(at(t), batch)).gradient);
    return [await slopeAt(-shortest), await slopeAt(shortest)];
  });
  if (Math.min(...around) <= measured && measured <= Math.max(...around)) {
    return {
      status: "stalled",
      message: `${seen}: what is left of it changes between neighbouring points by more than it misses the loss by. Rounding, or a kink.`,
    };
  }
  return {
    status: "stalled",
    message:
      `${seen}: it does not fit the loss. Along −g the loss changes by ${measured.toPrecision(3)} a unit of length by finite ` +
      `differences, the gradient says ${slope.toPrecision(3)}. Check the gradient.`,
  };
}
