/** What is in the folder of a run, read and checked (run-folder.ts writes it). */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, type Tensor } from "quadric";
import { readSafetensors, writeSafetensors } from "quadric/data";
import { z } from "zod";
import { configSchema, limitsSchema, type TrainConfig } from "./config.ts";
import type { Summary } from "./lines.ts";
import { parseModel } from "./model.ts";

/** Version of the folder's layout; raised when older readers would misread a newer folder. */
export const format = 2;

const recordSchema = z.strictObject({
  format: z.literal(format),
  /** What comparisons call the method; absent, they call it by its optimizer. */
  label: z.string().optional(),
  /** What was typed, and when, in UTC; absent of a run that another program started. */
  command: z.string().optional(),
  started: z.iso.datetime().optional(),
  /** Every setting, defaults included. */
  config: configSchema,
  /** The limits that the run began with, if it was given more steps later (extension.ts). */
  begun: limitsSchema.optional(),
  /** The data the run is trained and tested on (fingerprint.ts). */
  fingerprint: z.string().regex(/^[0-9a-f]{32}$/),
  /** The method that runs, and why. */
  choice: z.strictObject({ method: z.string(), because: z.string() }),
  /** Its settings, defaults included. */
  optimizer: z.record(z.string(), z.unknown()),
  versions: z.record(z.string(), z.string()),
  machine: z.record(z.string(), z.union([z.string(), z.number()])),
});

export type RunRecord = z.infer<typeof recordSchema>;

const numberOrNull = z.number().nullable();

const summarySchema = z.looseObject({
  type: z.literal("result"),
  status: z.string(),
  message: z.string(),
  steps: z.int().nonnegative(),
  epochs: z.number(),
  trainLoss: numberOrNull,
  testLoss: numberOrNull.optional(),
  testAccuracy: numberOrNull,
  counts: z.record(z.string(), z.number()),
  seconds: z.number(),
  run: z.string(),
  sha256: z.string(),
});

export const runFiles = ["run.json", "metrics.jsonl", "parameters.safetensors", "summary.json"] as const;
const others = ["spectrum.json", "lock"];

/** JSON of a run is short; what is longer than this is none. */
const mostBytes = 2 ** 26;

export function readRunRecord(folder: string): RunRecord {
  requirePlain(folder);
  const json = readJson(folder, "run.json");
  if (json.format !== format) {
    throw new ConfigError(
      `${folder}: run.json must have format ${format}, got ${json.format}: another version wrote it.`,
    );
  }
  const path = join(folder, "run.json");
  const record = checked(recordSchema, json, path);
  try {
    requireScaling(record.config);
  } catch (error) {
    throw asConfigError(path, error);
  }
  return record;
}

/** One number for all features of the model, or one for each, and none that would be divided by is 0. */
function requireScaling({ model, scaling }: TrainConfig): void {
  const { inputs } = parseModel(model);
  for (const [name, value] of Object.entries(scaling)) {
    if (typeof value !== "number" && value.length !== inputs) {
      throw new ConfigError(`scaling.${name} must have ${inputs} numbers, one for each feature, got ${value.length}.`);
    }
    const isZero = name === "scale" && (typeof value === "number" ? value === 0 : value.includes(0));
    if (isZero) throw new ConfigError("scaling.scale must not be 0, got 0.");
  }
}

/** Says of the other files of a folder that they belong to its run.json: a hash of all that decides its numbers. */
export function identityOf({ config, begun, choice, optimizer, fingerprint }: Omit<RunRecord, "format">): string {
  const { data, dataDir, threads, checkpointEvery, keepCheckpoints, evaluateEvery, ...rest } = config;
  const { steps, epochs, budgetBackprops, budgetSeconds, ...others } = rest;
  const settings = begun ? { ...others, ...begun } : rest;
  return hashOf({ settings, choice, optimizer, fingerprint });
}

/** Of a value as JSON, in which undefined counts for nothing. */
const hashOf = (value: unknown): string => sha256(JSON.stringify(value, inOrder)).slice(0, 32);
const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** Objects with their keys in alphabetical order, for JSON that depends on nothing else. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The summary of a finished run, undefined of another. */
export function readSummary(folder: string, record: RunRecord = readRunRecord(folder)): Summary | undefined {
  const path = join(folder, "summary.json");
  if (!existsSync(path)) return undefined;
  const { run, sha256, ...summary } = checked(summarySchema, readJson(folder, "summary.json"), path);
  requireOf(record, { run, sha256, expected: hashOf(summary) }, path);
  return summary as unknown as Summary;
}

/** run.json: what was run. */
export function recordFile(record: RunRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** summary.json: the summary, whose it is, and a checksum of it. */
export function summaryFile(summary: Summary, run: string): string {
  return `${JSON.stringify({ ...summary, run, sha256: hashOf(JSON.parse(JSON.stringify(summary))) }, null, 2)}\n`;
}

/** parameters.safetensors: the same of the parameters. */
export function parametersFile(parameters: ReadonlyMap<string, Tensor>, run: string): Uint8Array {
  return writeSafetensors(parameters, { run, sha256: checksumOf(parameters) });
}

const checksumOf = (tensors: ReadonlyMap<string, Tensor>): string =>
  hashOf(
    [...tensors]
      .map(([name, { shape, data }]) => ({
        name,
        shape,
        sha256: sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  );

/** The parameters of a finished run. */
export function readParameters(folder: string, record: RunRecord): ReadonlyMap<string, Tensor> {
  const path = join(folder, "parameters.safetensors");
  if (!existsSync(path)) throw new ConfigError(`${folder}: must hold a finished run, got no parameters.safetensors.`);
  try {
    const { tensors, metadata } = readSafetensors(readFileSync(path));
    requireOf(record, { ...metadata, expected: checksumOf(tensors) }, path);
    for (const [name, { data }] of tensors) {
      const bad = data.findIndex((x) => !Number.isFinite(x));
      if (bad >= 0) throw new ConfigError(`tensor "${name}" must be finite, got ${data[bad]} at position ${bad}.`);
    }
    return tensors;
  } catch (error) {
    throw asConfigError(path, error);
  }
}

function requireOf(
  record: RunRecord,
  { run, sha256, expected }: { run?: string; sha256?: string; expected: string },
  path: string,
): void {
  if (run !== identityOf(record)) {
    throw new ConfigError(`${path}: must belong to the run.json beside it, got that of another run.`);
  }
  if (sha256 !== expected) throw new ConfigError(`${path}: must fit its checksum, got other content.`);
}

/** Every run folder at or below a path, in natural order. */
export function findRunFolders(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new ConfigError(`${path}: must be a folder, got none.`);
  }
  if (existsSync(join(path, "run.json"))) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort(new Intl.Collator("en", { numeric: true }).compare)
    .flatMap((name) => findRunFolders(join(path, name)));
}

/** A link would lead out of the folder, a pipe or a device would be waited for: only files and folders are read. */
export function requirePlain(folder: string): void {
  for (const name of [...runFiles, ...others, "checkpoints"]) {
    const path = join(folder, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    const isFolder = name === "checkpoints";
    if (!stats || (isFolder ? stats.isDirectory() : stats.isFile())) continue;
    throw new ConfigError(`${path}: must be a ${isFolder ? "folder" : "file"}, got something else.`);
  }
}

function readJson(folder: string, name: string): Record<string, unknown> {
  const path = join(folder, name);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new ConfigError(`${folder}: must be the folder of a run, got one without ${name}.`);
  if (stats.size > mostBytes) {
    throw new ConfigError(`${path}: must have at most ${mostBytes} bytes, got ${stats.size}.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw asConfigError(path, error);
  }
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new ConfigError(`${path}: must be a JSON object, got something else.`);
}

function checked<T>(schema: z.ZodType<T>, json: unknown, path: string): T {
  const { data, error } = schema.safeParse(json);
  if (!error) return data;
  const [{ path: keys, message }] = error.issues;
  throw new ConfigError(`${path}: ${keys.join(".")}: ${message}.`);
}

/** What the file system or a parser says about a user's path, in one line; other errors as they are. */
export function asConfigError(where: string, error: unknown): unknown {
  if (error instanceof ConfigError) return new ConfigError(`${where}: ${error.message}`);
  const { code, message } = error as NodeJS.ErrnoException;
  return code ? new ConfigError(`${where}: cannot be used, ${message}.`) : error;
}
