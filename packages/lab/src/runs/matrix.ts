/** The runs of a training experiment: methods × seeds, each with its folder, and how far it is. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { ConfigError } from "quadric";
import { configSchema, readRunRecord, readSummary } from "quadric-cli/internal";
import type { Method, TrainingExperiment } from "../experiment.ts";

export interface PlannedRun {
  readonly label: string;
  readonly seed: number;
  readonly folder: string;
  /** The flags of `quadric train`, by the keys of run.json. */
  readonly flags: Readonly<Record<string, unknown>>;
}

interface Plan extends Pick<TrainingExperiment, "task" | "methods" | "seeds"> {
  readonly length: { readonly budgetBackprops: number } | { readonly steps: number };
}

/** Seeds in the outer loop, so that an experiment cut short has the same seeds of every method. */
export function planRuns({ task, methods, seeds, length }: Plan, folder: string): PlannedRun[] {
  requireFolders(methods);
  return seeds.flatMap((seed) =>
    methods
      .filter((method) => !method.seeds || method.seeds.includes(seed))
      .map((method) => ({
        label: method.label,
        seed,
        folder: join(folder, slug(method.label), String(seed)),
        flags: flagsOf(task, method, { ...length, seed }),
      })),
  );
}

/** Each method has a folder of its own, named after its label. */
function requireFolders(methods: Plan["methods"]): void {
  const labels = new Map<string, string>();
  for (const { label } of methods) {
    const name = slug(label);
    if (name === "")
      throw new ConfigError(`method: label must hold a letter or a digit, got ${JSON.stringify(label)}.`);
    const other = labels.get(name);
    if (other !== undefined) {
      throw new ConfigError(`methods: labels must differ in letters or digits, got ${JSON.stringify([other, label])}.`);
    }
    labels.set(name, label);
  }
}

function flagsOf(task: TrainingExperiment["task"], { label, seeds, tune, ...settings }: Method, rest: object) {
  return { ...task, ...settings, ...rest };
}

/** A name for a folder: "TR Adagrad, Δ₀ = 1" becomes "tr-adagrad-1". */
export function slug(label: string): string {
  return label
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
}

/** @throws {ConfigError} if its folder holds a run with other settings. */
export function isFinished(run: PlannedRun): boolean {
  if (!hasBegun(run)) return false;
  requireSame(run);
  return readSummary(run.folder) !== undefined;
}

export function hasBegun({ folder }: PlannedRun): boolean {
  return existsSync(join(folder, "run.json"));
}

/**
 * The command line that takes an unfinished run to its end, from its last checkpoint if it has begun. Nobody may be at
 * work on it.
 */
export function commandFor(run: PlannedRun): string[] {
  const { folder, label, flags } = run;
  if (hasBegun(run)) return ["resume", folder];
  const pairs = Object.entries({ ...flags, label, out: folder }).filter(([, value]) => value !== undefined);
  return ["train", ...pairs.flatMap(([key, value]) => [spelled(key), String(value)])];
}

const spelled = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Settings that change no number. */
const irrelevant: readonly string[] = ["dataDir", "checkpointEvery", "scaling"];

/** A folder left by another version of an experiment is no part of this one. */
function requireSame({ folder, flags }: PlannedRun): void {
  const config: Readonly<Record<string, unknown>> = readRunRecord(folder).config;
  for (const [key, schema] of Object.entries(configSchema.shape)) {
    const wanted = flags[key];
    const isFree = wanted === undefined && !schema.safeParse(undefined).success;
    // Where data lie differs between machines; the fingerprint in run.json says which they are.
    const isSame =
      key === "data" ? basename(`${config[key]}`) === basename(`${wanted}`) : isDeepStrictEqual(config[key], wanted);
    if (isFree || irrelevant.includes(key) || isSame) continue;
    throw new ConfigError(
      `${folder}: must hold a run with ${key} ${wanted ?? "unset"}, got ${config[key] ?? "none"}. Give another --out.`,
    );
  }
}
