/**
 * Curvature along a run: what `quadric spectrum` measures and keeps as spectrum.json.
 *
 *   of B                    λ_min, λ_max, spectral density, δ = Σ|B_ii| / Σ|B_ij|
 *   of A^{-1/2}BA^{-1/2}    the same as the method saw it: in the norm its checkpoint holds
 *   condition               λ_max / λ_min if both are positive; undefined if B is not definite
 *   spread                  max|λ| / mean|λ|, which every B has: 1 for a multiple of the identity
 *
 * References: [Kohler2020, experiment on diagonal dominance], [UbaruChenSaad2017], [Ghorbani2019].
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CompiledObjective,
  ConfigError,
  type CurvatureKind,
  type LinearOperator,
  type Norm,
  norms,
  type TensorTree,
  type TrainingState,
  type Vector,
} from "quadric";
import { estimates, operators, optimizerAt, spectrum } from "quadric/analysis";
import { fileCheckpoints } from "quadric/node";
import { z } from "zod";
import { curvatureNames, type TrainConfig } from "./config.ts";
import { makeOptimizer } from "./optimizers.ts";

/** JSON has no NaN: null is a number that could not be had. */
const number = z.number().nullable();

const viewSchema = z.strictObject({
  min: number,
  max: number,
  condition: number,
  spread: number,
  dominance: number,
  /** The spectral density: eigenvalue estimates, ascending, and the share of the spectrum each stands for. */
  nodes: z.array(z.number()),
  weights: z.array(z.number()),
  outcome: z.enum(["complete", "nonfinite"]),
  products: z.int(),
});

const pointSchema = z.strictObject({
  /** Steps taken when the parameters were these; 0 is the start. */
  step: z.int().nonnegative(),
  /** Of the examples looked at. */
  loss: number,
  gradientNorm: number,
  plain: viewSchema,
  /** In the norm of the method; null if it has none, or if it is Euclidean. */
  preconditioned: viewSchema.nullable(),
});

const settingsSchema = z.strictObject({
  curvature: z.enum(curvatureNames),
  examples: z.int().positive(),
  probes: z.int().positive(),
  products: z.int().positive(),
  columns: z.int().positive(),
  seed: z.int().nonnegative(),
});

const fileSchema = z.strictObject({
  format: z.literal(1),
  settings: settingsSchema,
  /** Name of the norm that `preconditioned` is in. */
  norm: z.string().nullable(),
  points: z.array(pointSchema),
});

export type SpectrumView = z.infer<typeof viewSchema>;
export type SpectrumPoint = z.infer<typeof pointSchema>;
export type SpectrumSettings = z.infer<typeof settingsSchema>;
export type SpectrumFile = z.infer<typeof fileSchema>;

/** What `quadric spectrum` left in a run folder; undefined if it was never asked. */
export function readSpectrum(folder: string): SpectrumFile | undefined {
  const path = join(folder, "spectrum.json");
  if (!existsSync(path)) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new ConfigError(`${path}: must be JSON, got something else.`);
  }
  const { data, error } = fileSchema.safeParse(json);
  if (data) return data;
  const [{ path: keys, message }] = error.issues;
  throw new ConfigError(`${path}: ${keys.join(".")}: ${message}.`);
}

/** A point of a run: where it stood, and in which norm. */
export interface Place {
  readonly step: number;
  readonly parameters: Vector;
  readonly norm: Norm | undefined;
}

/** The last checkpoint; with `all` the start and every one kept. */
export async function* placesOf(
  run: string,
  config: TrainConfig,
  objective: CompiledObjective,
  all: boolean,
): AsyncGenerator<Place> {
  const folder = join(run, "checkpoints");
  const optimizer = makeOptimizer(config.optimizer, config);
  const placeOf = (saved: TrainingState): Place => {
    const { parameters, norm } = optimizerAt(saved, optimizer, objective);
    return { step: saved.step, parameters, norm };
  };
  const last = await fileCheckpoints(folder).load();
  if (!all) {
    if (!last) throw new ConfigError(`${run}: must hold a checkpoint, got none.`);
    yield placeOf(last);
    return;
  }
  const batches = { batchSize: config.batchSize, examples: last?.examples ?? config.batchSize };
  const { norm } = optimizer.start(objective, objective.initial, { batches });
  yield { step: 0, parameters: objective.initial, norm };
  for (const saved of fileCheckpoints(folder).all()) yield placeOf(saved);
}

/** Curvature of the loss of one batch at one point. */
export async function measure(
  objective: CompiledObjective,
  { step, parameters, norm }: Place,
  batch: TensorTree,
  settings: SpectrumSettings,
): Promise<SpectrumPoint> {
  const linearization = await objective.linearize(parameters, batch, settings.curvature satisfies CurvatureKind);
  try {
    const { value, gradient, curvature } = linearization;
    // The norm of a method is fed before its first step, and so has seen nothing at the start of a run.
    if (step === 0) norm?.update(gradient);
    return {
      step,
      loss: finite(value),
      gradientNorm: finite(norms.euclidean().norm(gradient)),
      plain: await view(curvature, settings),
      preconditioned:
        norm && norm.name !== "euclidean" ? await view(operators.whitened(curvature, norm), settings) : null,
    };
  } finally {
    linearization.dispose();
  }
}

async function view(
  operator: LinearOperator,
  { probes, products, columns, seed }: SpectrumSettings,
): Promise<SpectrumView> {
  const { min, max, nodes, weights, outcome, ...found } = await spectrum(operator, { probes, steps: products, seed });
  const dominance = await estimates.dominance(operator, { columns, seed });
  const magnitude = nodes.reduce((sum, node, i) => sum + weights[i] * Math.abs(node), 0);
  return {
    min: finite(min.value),
    max: finite(max.value),
    condition: min.value > 0 ? finite(max.value / min.value) : null,
    spread: finite(Math.max(Math.abs(min.value), Math.abs(max.value)) / magnitude),
    dominance: finite(dominance.diagonal),
    nodes: Array.from(nodes),
    weights: Array.from(weights),
    outcome,
    products: found.products + dominance.products,
  };
}

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);
