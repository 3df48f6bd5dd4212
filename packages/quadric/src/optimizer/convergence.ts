/**
 * When a run on exact values has converged, whatever the units of the loss and of the parameters:
 *
 *   gradient   ½‖g‖²_{B⁻¹} ≤ ε_g²·|f|₁          the decrease that Newton's model still promises, of the loss's own size
 *   step       |s_j| ≤ ε_s·|w_j| for every j    Newton's step, of each parameter's own size
 *   rounding   the loss cannot tell the next step from none, steps no longer halve ½‖g‖²_{B⁻¹}, and both are small at √ε_mach
 *
 * For residuals the first is the squared sine of the angle between r and the space orthogonal to the columns of J: the relative
 * offset of Bates and Watts. All three are judged for whole Newton steps only: a short step of a small region proves nothing.
 *
 * Symbols: f loss, |f|₁ the sum of its absolute terms, g gradient, B curvature, s step, w parameters.
 * References: [BatesWatts1981], [DennisSchnabel1996, section 7.2], [HagerZhang2005].
 */
import { assemble } from "../curvature/dense.ts";
import type { CurvatureKind, Objective } from "../objective/objective.ts";
import { eigenModelOf } from "../subproblem/eigen-model.ts";
import { dot, norm2 } from "../vector/kernels.ts";
import type { State } from "../vector/state.ts";
import type { Dtype, Vector } from "../vector/vector.ts";
import type { Ending } from "./optimizer.ts";

export interface ScaleFreeTolerances {
  /** ε_g ≥ 0; defaults to 1e-8 in float64 and 1e-4 in float32. */
  readonly gradient?: number;
  /** ε_s ≥ 0; defaults to 1e-13 in float64 and 5e-7 in float32. */
  readonly step?: number;
}

/** What precision makes of the tests. */
export interface Resolution {
  readonly gradient: number;
  readonly step: number;
  /** How near a minimum a run must be to have converged "rounding": of the offset, and of the step. */
  readonly level: number;
  /** Changes of the loss within so many roundings may be noise. */
  readonly band: number;
  /** Eigenvalues of the scaled curvature above its negative are not proof of a direction of descent. */
  readonly curvature: number;
}

export function resolutionOf(dtype: Dtype, { gradient, step }: ScaleFreeTolerances = {}): Resolution {
  return dtype === "float64"
    ? { gradient: gradient ?? 1e-8, step: step ?? 1e-13, level: 1e-6, band: 100, curvature: 1e-9 }
    : { gradient: gradient ?? 1e-4, step: step ?? 5e-7, level: 2e-2, band: 100, curvature: 1e-4 };
}

/** √(decrease / |f|₁): 0 where the loss itself is zero and has nothing left to lose. */
export function offsetOf(decrement: number, magnitude: number): number {
  return decrement > 0 ? Math.sqrt(decrement / magnitude) : 0;
}

/** max |s_j|/|w_j|; an entry whose length in the norm diag(a) is below the rounding of w as a whole does not count. */
export function relativeStep(step: Vector, w: Vector, a: Float64Array | undefined, dtype: Dtype): number {
  const weight = (j: number) => Math.sqrt(a?.[j] ?? 1);
  const negligible = 4 * (dtype === "float64" ? 2 ** -52 : 2 ** -23) * norm2(w.map((x, j) => weight(j) * x) as Vector);
  let largest = 0;
  for (let j = 0; j < step.length; j++) {
    const size = Math.abs(step[j]);
    if (size * weight(j) > negligible) largest = Math.max(largest, size / Math.abs(w[j]));
  }
  return largest;
}

/**
 * Minima where loss and curvature vanish together, as that of x⁴, are approached for ever by steps of the same part of what is left.
 * A run is at its end there when the loss is 10⁻⁴⁰ of what it was and steps are 10⁻¹⁰ of where it has been.
 */
export interface Extent {
  hasVanished(magnitude: number, stepNorm: number): boolean;
  /** Takes in a point. */
  visit(magnitude: number, length: number): void;
  state(): State;
  restore(state: State | undefined): void;
}

export function extent(): Extent {
  let [loss, length] = [0, 0];
  return {
    hasVanished: (magnitude, stepNorm) => magnitude <= 1e-40 * loss && stepNorm <= 1e-10 * length,
    visit(magnitude, size) {
      [loss, length] = [Math.max(loss, magnitude), Math.max(length, size)];
    },
    state: () => ({ scalars: { loss, length }, vectors: {} }),
    restore(state) {
      if (state) [loss, length] = [state.scalars.loss, state.scalars.length];
    },
  };
}

export const endings = {
  gradient: (offset: number): Ending => ({
    status: "converged",
    reason: "gradient",
    message: `The gradient is small: the loss has less than ${digits(offset * offset)} of itself left to lose.`,
  }),
  step: (): Ending => ({
    status: "converged",
    reason: "step",
    message: "Newton's step changes no parameter beyond its last digits.",
  }),
  loss: (): Ending => ({ status: "converged", reason: "loss", message: "The loss has fallen to nothing." }),
  rounding: (): Ending => ({
    status: "converged",
    reason: "rounding",
    message: "The gradient is small and the loss cannot tell a further step from rounding.",
  }),
};

const digits = (value: number): string => (value === 0 ? "1e-300" : value.toExponential(0));

/** The diagonal of A from |B_jj|; a parameter without curvature so far is measured by its own size. */
export function ellipsoidOf(diagonal: Float64Array, w: Vector, magnitude: number): Float64Array {
  return diagonal.map((value, j) => {
    if (value > 0) return value;
    const own = (2 * magnitude) / (w[j] * w[j]);
    return own > 0 && own < Infinity ? own : 1;
  });
}

/** Parameters up to which a claim of convergence is checked with the whole matrix. */
const checkedParameters = 64;

/**
 * A Krylov space in a norm that does not fit the units of the parameters misses whole directions, and so does a memory of pairs. A
 * claim of theirs is checked once, on nobody's account, in the eigenbasis of all of B in the ellipsoid of its diagonal.
 */
export async function confirmed(
  objective: Objective,
  ending: Ending,
  { w, batch, kind }: { readonly w: Vector; readonly batch: unknown; readonly kind: CurvatureKind },
): Promise<Ending> {
  const d = objective.layout.size;
  if (ending.status !== "converged" || d > checkedParameters) return ending;
  return objective.ledger.aside(async () => {
    const {
      value,
      magnitude = Math.abs(value),
      gradient,
      curvature,
      dispose,
    } = await objective.linearize(w, batch, kind);
    const B = await assemble({ size: d, dtype: objective.dtype, multiply: (v) => curvature.multiply(v) }, "minimize");
    const diagonal = Float64Array.from({ length: d }, (_, j) => Math.abs(B[j * d + j]));
    const a = ellipsoidOf(diagonal, w, magnitude);
    const model = eigenModelOf(B, gradient, a);
    dispose();
    const { level } = resolutionOf(objective.dtype);
    const offset = offsetOf(model.decrement(), magnitude);
    const whole = model.within(Number.MAX_VALUE);
    const isSmall =
      offset <= level || ending.reason === "loss" || relativeStep(whole.step, w, a, objective.dtype) <= level;
    if (isSmall || !Number.isFinite(offset)) return ending;
    const part = (offset * offset).toExponential(0);
    return {
      status: "stalled",
      message:
        `The gradient is small beside that of other parameters only: Newton's model promises ${part} of the loss. The parameters ` +
        'have very different units; use "tr-exact", or scale them.',
    };
  });
}

/**
 * No step was acceptable, and the gradient is not small: whether the gradient fits the loss is tried by central differences along
 * −A⁻¹g, on nobody's account, before anything is said of it.
 */
export async function stalled(
  objective: Objective,
  {
    w,
    batch,
    gradient,
    a,
  }: { readonly w: Vector; readonly batch: unknown; readonly gradient: Vector; readonly a?: Float64Array },
): Promise<Ending> {
  const p = Float64Array.from(gradient, (g, j) => -g / (a?.[j] ?? 1));
  const slope = dot(p, gradient);
  const ratioOf = (u: number, v: number) => (u === 0 ? 0 : u / Math.abs(v || 1));
  const largest = p.reduce((max, x, j) => Math.max(max, ratioOf(Math.abs(x), w[j])), 0);
  const epsilon = objective.dtype === "float64" ? 2 ** -52 : 2 ** -23;
  const quotients: number[] = [];
  const shortest = epsilon ** (1 / 2) / (largest || 1);
  const at = (t: number) => w.map((x, j) => x + t * p[j]) as Vector;
  await objective.ledger.aside(async () => {
    for (const h of [epsilon ** (1 / 4) / (largest || 1), epsilon ** (1 / 3) / (largest || 1), shortest]) {
      const [after, before] = [await objective.value(at(h), batch), await objective.value(at(-h), batch)];
      quotients.push((after.value - before.value) / (2 * h));
    }
  });
  const seen = "No step was acceptable, however short, although the gradient is not small";
  const agrees = (u: number, v: number) => Math.abs(u - v) <= 0.1 * Math.max(Math.abs(u), Math.abs(v));
  if (quotients.some((q) => agrees(q, slope))) {
    return { status: "stalled", message: `${seen}. It fits the loss by finite differences: a kink is near, or noise.` };
  }
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
