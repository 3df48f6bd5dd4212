/**
 * The curvature of a trained network, bare and preconditioned by the norm of the optimizer.
 *
 *   B = ∇²L(w)      B̃ = A^{-1/2} B A^{-1/2}
 */
import { type Layout, type LinearOperator, makeBatches, type Norm, norms, type TensorTree } from "quadric";
import { estimates, operators, spectrum } from "quadric/analysis";
import type { MethodName } from "../methods.ts";
import type { Trained } from "./race.ts";

export interface CurvatureRequest {
  readonly method: MethodName | "start";
}

export interface CurvatureView {
  readonly min: number;
  readonly max: number;
  /** Largest magnitude over the mean one, whatever the scale: 1 if the loss is as steep in all directions. */
  readonly spread: number;
  /** Share of the spectrum below zero by more than a thousandth of its largest magnitude. */
  readonly negative: number;
  readonly density: { readonly x: Float64Array; readonly density: Float64Array };
  /** Shares of Σ|B_ij| on the diagonal and within the blocks of a tensor each. */
  readonly dominance: number;
  readonly blocks: number;
  /** log₁₀ |B_ij| of some rows and columns, spread evenly; row by row, `side`² numbers. */
  readonly image: Float32Array;
  readonly side: number;
}

export interface CurvatureReport {
  readonly size: number;
  readonly products: number;
  readonly bare: CurvatureView;
  /** Absent for a network that was trained in the Euclidean norm, or without a region. */
  readonly preconditioned?: CurvatureView;
  /** Which norm that is. */
  readonly ellipsoid?: string;
}

/** Up to this size the whole matrix is computed, one product a parameter; of larger ones some columns. */
const denseSize = 400;
const sampledColumns = 64;
const examples = 512;

/** A look that the accounts of the run do not see. */
export function curvatureOf(trained: Trained): Promise<CurvatureReport> {
  return trained.objective.ledger.aside(() => reportOn(trained));
}

async function reportOn({ objective, task, parameters, norm }: Trained): Promise<CurvatureReport> {
  const batches = makeBatches(task.data, { batchSize: Math.min(examples, task.batchSize), seed: 0 });
  const [batch] = batches.full() as Iterable<TensorTree>;
  const linearization = await objective.linearize(parameters, batch, "hessian");
  let products = 0;
  const curvature: LinearOperator = {
    ...linearization.curvature,
    multiply(v) {
      products++;
      return linearization.curvature.multiply(v);
    },
  };
  try {
    const ellipsoid = norm ?? firstEllipsoid(linearization.gradient, parameters === objective.initial);
    const isDense = curvature.size <= denseSize;
    const hessian = isDense ? operators.dense(await operators.assemble(curvature), curvature.size) : curvature;
    const groups = objective.layout;
    const isEuclidean = ellipsoid === undefined || ellipsoid.name === "euclidean";
    const bare = await viewOf(hessian, groups);
    const preconditioned = isEuclidean ? undefined : await viewOf(operators.whitened(hessian, ellipsoid), groups);
    return {
      size: curvature.size,
      products,
      bare,
      preconditioned,
      ellipsoid: isEuclidean ? undefined : ellipsoid.name,
    };
  } finally {
    linearization.dispose();
  }
}

/** At the start there is no norm yet; RMSProp's after the first gradient takes its place. */
function firstEllipsoid(gradient: Float32Array | Float64Array, isStart: boolean): Norm | undefined {
  if (!isStart) return undefined;
  const norm = norms.rmsprop();
  norm.update(gradient);
  return norm;
}

async function viewOf(operator: LinearOperator, groups: Layout): Promise<CurvatureView> {
  const isDense = operator.size <= denseSize;
  const found = await spectrum(operator, { probes: 2, steps: isDense ? 80 : 30 });
  const { min, max, nodes, weights } = found;
  const largest = Math.max(Math.abs(min.value), Math.abs(max.value));
  const mean = weights.reduce((sum, weight, i) => sum + weight * Math.abs(nodes[i]), 0);
  const floor = -1e-3 * largest;
  const { diagonal, blocks } = await estimates.dominance(operator, {
    groups,
    columns: isDense ? operator.size : sampledColumns,
  });
  return {
    min: min.value,
    max: max.value,
    spread: largest / mean,
    negative: weights.reduce((sum, weight, i) => (nodes[i] < floor ? sum + weight : sum), 0),
    density: estimates.density(found),
    dominance: diagonal,
    blocks: blocks!,
    ...(await imageOf(operator)),
  };
}

/** log₁₀ |B_ij| over rows and columns spread evenly over the parameters. */
async function imageOf(operator: LinearOperator): Promise<{ image: Float32Array; side: number }> {
  const { size, dtype } = operator;
  const side = Math.min(size, sampledColumns);
  const chosen = Array.from({ length: side }, (_, k) => Math.floor(((k + 0.5) * size) / side));
  const image = new Float32Array(side * side);
  for (const [k, column] of chosen.entries()) {
    const e = dtype === "float32" ? new Float32Array(size) : new Float64Array(size);
    e[column] = 1;
    const product = await operator.multiply(e);
    for (const [j, row] of chosen.entries()) image[j * side + k] = Math.log10(Math.abs(product[row]) + 1e-30);
  }
  return { image, side };
}
