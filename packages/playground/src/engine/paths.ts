/**
 * The path of a method over a landscape: the library's own steps, watched from outside.
 *
 * Where a step was tried is where the function was last evaluated; the norm of the step is that of the run.
 */
import { minimize, type Norm, subproblems, type Vector } from "quadric";
import type { View } from "../maps.ts";
import { type MethodName, methods } from "../methods.ts";
import type { Landscape } from "./landscapes.ts";
import { makeMethod } from "./optimizers.ts";
import { type Matrix2, type Path, type PathStep, type Point, type Region, stepsDown, typicalStarts } from "./path.ts";

export interface PathOptions {
  readonly start: Point;
  readonly maxSteps: number;
  /** Δ₀. */
  readonly radius: number;
  /** Curvature products a step may spend. */
  readonly maxProducts: number;
  /** Factor on the best learning rate found; 1 leaves it. */
  readonly rateFactor: number;
}

/** η tried for first-order methods: half decades. */
const rates = [-4, -3.5, -3, -2.5, -2, -1.5, -1, -0.5, 0].map((exponent) => 10 ** exponent);

export async function pathOf(method: MethodName, landscape: Landscape, options: PathOptions): Promise<Path> {
  if (methods[method].kind !== "first order") return follow(method, landscape, 1, options);
  const learningRate = options.rateFactor * (await bestRate(method, landscape, options));
  return { ...(await follow(method, landscape, learningRate, options)), learningRate };
}

/** Where paths start to see what is typical: all over the middle of the view, evenly and always the same. */
function startsIn({ left, right, bottom, top }: View): Point[] {
  const within = (low: number, high: number, share: number) => low + (high - low) * (0.05 + 0.9 * (share % 1));
  return Array.from({ length: typicalStarts }, (_, i) => [
    within(left, right, 0.618034 * i),
    within(bottom, top, 0.754878 * i),
  ]);
}

/**
 * Steps to a ten-thousandth of the height of the rim, the median over many starts: what a start that happens to suit one
 * method cannot change.
 */
export async function typicalSteps(
  method: MethodName,
  landscape: Landscape,
  options: PathOptions & { readonly view: View; readonly floor: number },
): Promise<number> {
  const counts: number[] = [];
  for (const start of startsIn(options.view)) {
    const { steps, end } = await follow(method, landscape, 1, { ...options, start }, false);
    counts.push(stepsDown([...steps.map(({ value }) => value), end.value], options.floor));
  }
  return counts.sort((a, b) => a - b)[typicalStarts / 2];
}

/** The rate that ends lowest; of several equal ones the smallest. */
async function bestRate(method: MethodName, landscape: Landscape, options: PathOptions): Promise<number> {
  let best = { rate: rates[0], value: Infinity };
  for (const rate of rates) {
    const { value } = (await follow(method, landscape, rate, options)).end;
    if (value < best.value) best = { rate, value };
  }
  return best.rate;
}

async function follow(
  method: MethodName,
  landscape: Landscape,
  learningRate: number,
  { start, maxSteps, radius, maxProducts }: PathOptions,
  isDrawn = true,
): Promise<Path> {
  const { optimizer, norm } = makeMethod(method, {
    learningRate,
    subproblem: { solver: subproblems.steihaug(), maxProducts, tolerance: 0.03 },
    radius: { initial: radius, max: 1e6, grow: 2 },
    tolerances: { gradient: 1e-6, curvature: 1e-6 },
  });
  let from: Vector = Float64Array.from(start);
  let tried: Vector = from;
  const steps: PathStep[] = [];
  const watched = {
    ...landscape,
    value(w: Vector) {
      tried = w;
      return landscape.value(w);
    },
  };
  let spent = 0;
  const result = await minimize(watched, from, {
    method: optimizer,
    maxIterations: maxSteps,
    checkDeterminism: false,
    async callback(event, parameters) {
      const { loss, accepted, ratio, outcome, products, stepNorm } = event;
      const ellipsoid = norm();
      if (stepNorm !== undefined) {
        steps.push({
          from: pointOf(from),
          value: loss,
          to: pointOf(accepted ? parameters : tried),
          accepted,
          ratio,
          outcome,
          products,
          spent,
          region: isDrawn && ellipsoid ? await regionOf(landscape, from, ellipsoid, event.radius!) : undefined,
        });
      }
      spent = event.counts.backprops;
      from = parameters;
    },
  });
  return {
    method,
    steps,
    end: { at: pointOf(result.x), value: result.value, spent },
    status: result.status,
    message: result.message,
  };
}

async function regionOf(landscape: Landscape, at: Vector, norm: Norm, radius: number): Promise<Region> {
  return {
    gradient: pointOf(await landscape.gradient(at, undefined)),
    curvature: await matrixOf((e) => landscape.hvp(at, e)),
    ellipsoid: await matrixOf((e) => norm.multiply(e)),
    radius,
  };
}

async function matrixOf(multiply: (e: Vector) => Vector | Promise<Vector>): Promise<Matrix2> {
  const [a, b] = await multiply(Float64Array.of(1, 0));
  const [, c] = await multiply(Float64Array.of(0, 1));
  return [a, b, b, c];
}

function pointOf([x, y]: Vector): Point {
  return [x, y];
}
