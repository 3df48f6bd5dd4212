/**
 * `fit` with `regularize: "evidence"`: any model with a convex loss, its precisions found by the data.
 *
 *   E = n·L, G = n·JᵀJ of the mean loss L      deviation of an output: √(1/β + jᵀH⁻¹j)
 *
 * Groups: a tensor each, of the first matrix over the inputs a row each; the bias of the outputs is free.
 */
import { numpy as np } from "@jax-js/jax";
import { type CompiledObjective, compileObjective } from "../compiler/objective.ts";
import type { Problem } from "../compiler/problem.ts";
import type { EvidenceProblem } from "../evidence/laplace.ts";
import { type Groups, maximizeEvidence, type Posterior } from "../evidence/maximize.ts";
import { variancesOf } from "../evidence/precision.ts";
import { addGram } from "../evidence/products.ts";
import { makeLedger } from "../objective/ledger.ts";
import type { JacobianEvaluation } from "../objective/objective.ts";
import { dot } from "../vector/kernels.ts";
import type { Layout } from "../vector/layout.ts";
import type { TensorTree } from "../vector/tensor.ts";
import type { Vector } from "../vector/vector.ts";
import type { TrainOptions, TrainResult } from "./train.ts";
import { exampleCount } from "./tree.ts";

/** What the evidence says of a fit. */
export interface Evidence {
  /** Of one of the solutions that symmetries make of the parameters. */
  readonly logEvidence: number;
  /** How many parameters the data determine. */
  readonly effectiveParameters: number;
  /** Deviation of the noise where the loss is half a sum of squares; otherwise undefined. */
  readonly noise: number | undefined;
  /** By tensor, "0.weight[2]" for a row of the first matrix: α, and γ of its parameters. */
  readonly groups: readonly { readonly name: string; readonly precision: number; readonly determined: number }[];
  readonly status: Posterior["status"];
  readonly steps: number;
}

export interface EvidenceFit {
  readonly result: TrainResult;
  readonly evidence: Evidence;
  /** Of outputs [n, k] for a batch, in the units of the model: noise, and what is not known of the parameters. */
  deviations(inputs: TensorTree): Promise<Float64Array>;
}

const messages: Readonly<Record<Posterior["status"], string>> = {
  converged: "Neither a step nor another strength of the priors promises more evidence.",
  "max-steps": "The steps were used up before the evidence was at its maximum. More steps may help.",
  stalled: "No step decreased the penalized loss, however short. The loss may not be smooth there.",
};

// biome-ignore lint/suspicious/noExplicitAny: the structure of parameters and batches is the problem's own business.
type AnyProblem = Problem<any, any>;

/** The problem must be `{ model, loss }`, compiled in float64. */
export async function fitByEvidence(
  problem: AnyProblem,
  objective: CompiledObjective<unknown>,
  data: TensorTree,
  { steps: maxSteps = 100 }: Pick<TrainOptions, "steps">,
): Promise<EvidenceFit> {
  const begin = performance.now();
  const n = exampleCount("fit", data);
  const start = Float64Array.from(objective.initial);
  const first = await jacobianAt(objective, start, data);
  const rows = first.residuals.length;
  // Half the squares of the residuals are the loss: then the loss is squared error, of some scale.
  const squares = 0.5 * dot(first.residuals, first.residuals);
  const hasNoise = Math.abs(squares - first.value) <= 1e-9 * Math.abs(first.value);
  const { groups, names } = groupsOf(objective.layout, rows / n);
  const post = await maximizeEvidence(problemOf(objective, data, n, rows, hasNoise), start, groups, {
    alpha: startOf(start, groups),
    beta: (50 * rows) / (n * first.value || 1),
    maxSteps,
  });
  const noise = hasNoise ? 1 / post.beta : 0;
  const isConverged = post.status === "converged";
  return {
    result: {
      parameters: post.theta,
      status: isConverged ? "converged" : post.status === "stalled" ? "stalled" : "max-iterations",
      ...(isConverged && { reason: "loss" }),
      message: messages[post.status],
      choice: { method: "evidence", because: "asked for by regularize", settings: { maxSteps } },
      steps: post.steps,
      epochs: post.steps,
      counts: objective.ledger.counts(),
      monitoring: makeLedger().counts(),
      history: [],
      seconds: (performance.now() - begin) / 1000,
      best: undefined,
    },
    evidence: {
      logEvidence: post.logEvidence,
      effectiveParameters: post.effectiveParameters,
      noise: hasNoise ? Math.sqrt(noise) : undefined,
      groups: names.map((name, g) => ({ name, precision: post.alpha[g], determined: post.gamma[g] })),
      status: post.status,
      steps: post.steps,
    },
    async deviations(inputs) {
      const { jacobian, count } = await outputJacobian(problem, post.theta, inputs);
      const variances = variancesOf(
        post.inverseFactor,
        jacobian,
        jacobian.length / post.theta.length,
        post.theta.length,
      );
      return variances.map((v) => Math.sqrt(noise + count * v));
    },
  };
}

async function jacobianAt(
  objective: CompiledObjective<unknown>,
  w: Vector,
  data: TensorTree,
): Promise<JacobianEvaluation> {
  const evaluation = await objective.jacobian?.(w, data);
  if (evaluation && "jacobian" in evaluation) return evaluation;
  throw new TypeError(
    "fit: evidence needs a problem { model, loss, params } with a loss that is convex in the outputs.",
  );
}

function problemOf(
  objective: CompiledObjective<unknown>,
  data: TensorTree,
  n: number,
  rows: number,
  hasNoise: boolean,
): EvidenceProblem {
  const d = objective.layout.size;
  return {
    size: d,
    observations: rows,
    hasNoise,
    cost: (rows * d * d) / 2,
    value: async (theta) => n * (await objective.value(theta, data)).value,
    async curvature(theta) {
      const { value, jacobian, residuals } = await jacobianAt(objective, theta, data);
      const gradient = new Float64Array(d);
      const columns = new Float64Array(rows * d);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < d; j++) {
          gradient[j] += n * jacobian[i * d + j] * residuals[i];
          columns[j * rows + i] = Math.sqrt(n) * jacobian[i * d + j];
        }
      }
      const gram = new Float64Array(d * d);
      addGram(columns, rows, d, gram);
      return { value: n * value, gradient, gram };
    },
  };
}

/** @param outputs - of an example. */
function groupsOf({ tensors, size }: Layout, outputs: number): { groups: Groups; names: readonly string[] } {
  const of = new Int32Array(size);
  const names: string[] = [];
  const matrix = tensors.find(({ shape }) => shape.length === 2);
  const last = tensors.at(-1)!;
  for (const tensor of tensors) {
    const { name, shape, offset, size: length } = tensor;
    if (tensor === last && shape.length === 1 && length === outputs && tensors.length > 1) {
      of.fill(-1, offset, offset + length);
    } else if (tensor === matrix) {
      const width = shape[1];
      for (let row = 0; row < shape[0]; row++) {
        of.fill(names.length, offset + row * width, offset + (row + 1) * width);
        names.push(`${name}[${row}]`);
      }
    } else {
      of.fill(names.length, offset, offset + length);
      names.push(name);
    }
  }
  return { groups: { of, count: names.length }, names };
}

/** α that a start of this size would have been drawn with; 1 where it is zero. */
function startOf(start: Float64Array, { of, count }: Groups): Float64Array {
  const squares = new Float64Array(count);
  const sizes = new Float64Array(count);
  of.forEach((g, i) => {
    if (g < 0) return;
    squares[g] += start[i] ** 2;
    sizes[g]++;
  });
  return squares.map((square, g) => (square > 0 ? sizes[g] / square : 1));
}

/** ∂z/∂θ by rows, divided by √count, as the curvature of half the mean square of the outputs has it. */
async function outputJacobian(problem: AnyProblem, theta: Float64Array, inputs: TensorTree) {
  const { model, params } = problem as Extract<AnyProblem, { model: unknown }>;
  const loss = (outputs: np.Array) =>
    np
      .square(outputs.reshape([outputs.shape[0], -1]))
      .sum(-1)
      .mul(0.5);
  const objective = (await compileObjective({ model, loss, params } as AnyProblem, {
    dtype: "float64",
  })) as CompiledObjective<unknown>;
  try {
    const { jacobian } = await jacobianAt(objective, theta, inputs);
    return { jacobian: Float64Array.from(jacobian), count: exampleCount("predict", inputs) };
  } finally {
    objective.dispose();
  }
}
