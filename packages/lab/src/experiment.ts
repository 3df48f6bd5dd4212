/**
 * Experiments as data: a JSON file says what runs, by which methods, over which seeds, and holds no logic.
 *
 * A training experiment is methods × seeds, each an ordinary run: the settings of `task`, those of the method over
 * them, and the seed. Whatever a method leaves out is the default of `quadric train`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "quadric";
import { configSchema } from "quadric-cli/internal";
import { z } from "zod";

const count = z.int().positive();
const seeds = z.array(z.int().nonnegative()).min(1).readonly();

/** Settings of `quadric train`, seed and length aside: those are the experiment's. */
const settings = configSchema
  .omit({ scaling: true, seed: true, steps: true, epochs: true, budgetBackprops: true, budgetSeconds: true })
  .partial();

/** Choosing a learning rate: each of the grid is tried for its own budget, the least mean training loss wins. */
const tuning = z.strictObject({
  lr: z.array(z.number().positive()).min(1).readonly(),
  backprops: count,
  seeds,
});

const method = settings.extend({
  /** What tables and pictures call it. */
  label: z.string().min(1),
  /** Of the experiment's seeds, those this method is run with; all if absent. */
  seeds: seeds.optional(),
  tune: tuning.optional(),
});

const common = {
  name: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string(),
  /** Which figure or table of the paper this is. */
  figure: z.string(),
  seeds,
};

const training = z.strictObject({
  ...common,
  kind: z.literal("training"),
  task: settings,
  methods: z.array(method).min(1).readonly(),
  budget: z.strictObject({ backprops: count }),
  report: z.strictObject({
    /** The axis of the overlay on the paper's curves. */
    axis: z.enum(["backprops", "paperBackprops"]).optional(),
    /** Problem of `experiments/paper/paper_curves.csv` to draw. */
    paper: z.string().optional(),
    /** Backprops at which numbers are stated. */
    at: z.array(count).readonly(),
    /** The method that the others are compared with. */
    baseline: z.string(),
  }),
});

const quadratics = z.strictObject({
  ...common,
  kind: z.literal("quadratics"),
  conditions: z.array(z.number().min(1)).readonly(),
  /** Degrees by which the axes of the quadratic are turned. */
  angles: z.array(z.number()).readonly(),
  steps: count,
});

const dominance = z.strictObject({
  ...common,
  kind: z.literal("dominance"),
  task: settings,
  methods: z.array(method).length(1).readonly(),
  /** Steps of training, an even number; the Hessian is taken at the start, in the middle and at the end. */
  steps: count.multipleOf(2),
});

const conditioning = z.strictObject({
  ...common,
  kind: z.literal("conditioning"),
  conditions: z.array(z.number().min(1)).min(1).readonly(),
  /** Degrees by which pairs of axes are turned. */
  angles: z.array(z.number()).min(1).readonly(),
  /** Variables, at least 2. */
  size: count.min(2),
  /** Reached when the suboptimality is this share of the first. */
  target: z.number().positive(),
  budget: z.strictObject({ backprops: count }),
});

const experimentSchema = z.discriminatedUnion("kind", [training, quadratics, dominance, conditioning]);

export type Experiment = z.infer<typeof experimentSchema>;
export type TrainingExperiment = z.infer<typeof training>;
export type QuadraticsExperiment = z.infer<typeof quadratics>;
export type DominanceExperiment = z.infer<typeof dominance>;
export type ConditioningExperiment = z.infer<typeof conditioning>;
export type Method = z.infer<typeof method>;

/** The experiments of the repository. */
const folder = fileURLToPath(new URL("../../../experiments", import.meta.url));

export function experimentNames(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => basename(name, ".json"))
    .sort();
}

/** @param name - of an experiment of the repository, or the path of a JSON file. */
export function readExperiment(name: string): Experiment {
  const path = name.endsWith(".json") ? name : join(folder, `${name}.json`);
  if (!existsSync(path)) {
    const known = experimentNames().join(", ");
    throw new ConfigError(
      `experiment: must be the path of a JSON file or one of ${known}, got ${JSON.stringify(name)}.`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ConfigError(`${path}: must be JSON, ${(error as Error).message}.`);
  }
  const { data, error } = experimentSchema.safeParse(json);
  if (!data) {
    const [{ path: keys, message }] = error.issues;
    throw new ConfigError(`${path}: ${keys.join(".")}: ${message}.`);
  }
  return data;
}
