/**
 * What is left to gain at a point, ½‖g‖²_{B⁻¹}, in the parameters' own units and on nobody's account: the second
 * opinion on a run whose own norm may not fit them. A Krylov space in such a norm misses whole directions, and so does
 * a memory of pairs.
 */
import { assemble } from "../curvature/dense.ts";
import { equilibrated } from "../norm/equilibrated.ts";
import type { CurvatureKind, Linearization, Objective } from "../objective/objective.ts";
import { eigenModelOf } from "../subproblem/eigen-model.ts";
import { gltr } from "../subproblem/gltr.ts";
import { allFinite } from "../vector/kernels.ts";
import type { Vector } from "../vector/vector.ts";
import { ellipsoidOf, offsetOf, relativeStep, resolutionOf } from "./convergence.ts";
import type { Ending } from "./optimizer.ts";

export interface Place {
  readonly w: Vector;
  readonly batch: unknown;
  readonly kind: CurvatureKind;
}

export interface WholeModel {
  /** |f|₁. */
  readonly magnitude: number;
  /** ½‖g‖²_{B⁻¹} with |Θ| for the eigenvalues, of a Krylov space a lower bound. */
  readonly decrement: number;
  /** Whether the model has a minimum, as far as it was looked at. */
  readonly isConvex: boolean;
  /** Newton's step. */
  readonly step: Vector;
  /** The diagonal of the ellipsoid it was found in. */
  readonly a: Float64Array;
}

/** Parameters up to which the whole matrix is taken. */
const wholeUpTo = 64;
/** A region that holds nothing back; its square is finite. */
const unbounded = 1e150;

/** Undefined where something is not finite, or a Krylov space has no minimum. */
export function wholeModelAt(objective: Objective, { w, batch, kind }: Place): Promise<WholeModel | undefined> {
  return objective.ledger.aside(async () => {
    const linearization = await objective.linearize(w, batch, kind);
    const { value, magnitude = Math.abs(value) } = linearization;
    const model = w.length <= wholeUpTo ? fromMatrix : fromProducts;
    const isDefined = Number.isFinite(value) && allFinite(linearization.gradient);
    const found = isDefined ? await model(objective, linearization, { w, magnitude }) : undefined;
    linearization.dispose();
    return found && { magnitude, ...found };
  });
}

type Found = Omit<WholeModel, "magnitude"> | undefined;
type At = { readonly w: Vector; readonly magnitude: number };

async function fromMatrix({ dtype }: Objective, { gradient, curvature }: Linearization, at: At): Promise<Found> {
  const d = gradient.length;
  const B = await assemble({ size: d, dtype, multiply: (v) => curvature.multiply(v) }, "minimize");
  if (!allFinite(B)) return undefined;
  const a = ellipsoidOf(
    Float64Array.from({ length: d }, (_, j) => Math.abs(B[j * d + j])),
    at.w,
    at.magnitude,
  );
  const model = eigenModelOf(B, gradient, a);
  const isConvex = model.leftmost >= -resolutionOf(dtype).curvature;
  return { decrement: model.decrement(), isConvex, step: model.within(Number.MAX_VALUE).step, a };
}

async function fromProducts({ layout }: Objective, { gradient, curvature }: Linearization, at: At): Promise<Found> {
  const norm = equilibrated().fresh(layout);
  const multiply = (v: Vector) => curvature.multiply(v);
  norm.update(gradient);
  await norm.probe(multiply, { ...at, gradient });
  const { step, modelDecrease, outcome } = await gltr({
    gradient,
    multiply,
    norm,
    radius: unbounded,
    maxProducts: 100,
  });
  const isConvex = outcome === "interior" || outcome === "max-products";
  return isConvex && Number.isFinite(modelDecrease)
    ? { decrement: modelDecrease, isConvex, step, a: norm.diagonal! }
    : undefined;
}

/** A claim of convergence, or what the whole model says against it. */
export async function confirmed(objective: Objective, ending: Ending, place: Place): Promise<Ending> {
  if (ending.status !== "converged") return ending;
  const model = await wholeModelAt(objective, place);
  if (ending.reason === "loss") {
    if (!model || model.isConvex) return ending;
    return {
      status: "stalled",
      message: "The loss has fallen to nothing, but its curvature is not that of a minimum: a kink.",
    };
  }
  if (!model || !Number.isFinite(model.decrement)) return ending;
  const { magnitude, decrement, step, a } = model;
  const { level } = resolutionOf(objective.dtype);
  const offset = offsetOf(decrement, magnitude);
  if (offset <= level || relativeStep(step, place.w, a, objective.dtype) <= level) return ending;
  const part = (offset * offset).toExponential(0);
  return {
    status: "stalled",
    message:
      `The gradient is small beside that of other parameters only: Newton's model promises ${part} of the loss. The parameters ` +
      'have very different units; use the default method or "tr-exact", or scale them.',
  };
}
