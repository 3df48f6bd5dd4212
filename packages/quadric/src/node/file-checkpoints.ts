/**
 * Checkpoints as files: one pair a checkpoint, numbered by its step.
 *
 *   step-00000120.safetensors   the vectors
 *   step-00000120.json          { version, sha256: { tensors, state }, state: everything else }
 *
 * The JSON is written last, atomically as the tensors are, so a pair is whole or it does not count; the checksums tell
 * a pair that was damaged later. A pair says nothing of where its tensors lie: both names come from the step.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { requireInteger } from "../check.ts";
import { readSafetensors, writeSafetensors } from "../data/safetensors.ts";
import { ConfigError } from "../errors.ts";
import type { CheckpointStore, TrainingState } from "../training/checkpoint.ts";
import type { Vector } from "../vector/vector.ts";
import { writeFileAtomic } from "./atomic-file.ts";

/** Version of the files; the state inside has another version. */
const version = 1;

export interface FileCheckpointsOptions {
  /** Newest checkpoints kept, an integer ≥ 1; the newest best one is kept besides. Defaults to 2. */
  readonly keep?: number;
  /** Names the run that the folder belongs to: checkpoints of another one are refused. Defaults to any. */
  readonly run?: string;
  /** Called with every damaged checkpoint that `load` skipped; defaults to a warning on standard error. */
  readonly onDamaged?: (message: string) => void;
}

/** JSON has no ±Infinity, NaN and −0: they are strings. */
type JsonNumber = number | string;

interface CheckpointFile {
  readonly version: number;
  readonly run?: string;
  readonly sha256: { readonly tensors: string; readonly state: string };
  readonly state: Omit<TrainingState, "vectors" | "scalars"> & {
    readonly scalars: Readonly<Record<string, JsonNumber>>;
  };
}

export interface FileCheckpoints extends CheckpointStore {
  /**
   * Every checkpoint kept in the folder, oldest first.
   *
   * @throws {ConfigError} if one is damaged.
   */
  all(): Generator<TrainingState>;
}

/** A store in a folder, made when first saved to. One process at a time. */
export function fileCheckpoints(
  folder: string,
  { keep = 2, run, onDamaged = (message) => console.warn(message) }: FileCheckpointsOptions = {},
): FileCheckpoints {
  requireInteger("fileCheckpoints", "keep", keep, 1);
  return {
    async save({ vectors, scalars, ...rest }) {
      mkdirSync(folder, { recursive: true });
      const tensors = writeSafetensors(
        new Map(Object.entries(vectors).map(([name, data]) => [name, { shape: [data.length], data }])),
      );
      const numbers = Object.entries(scalars).map(([name, x]) => [name, toJson(x)] as const);
      const state = { ...rest, scalars: Object.fromEntries(numbers) };
      const sha256 = { tensors: hash(tensors), state: hash(JSON.stringify(state)) };
      const path = pathOf(folder, rest.step);
      writeFileAtomic(`${path}.safetensors`, tensors);
      writeFileAtomic(
        `${path}.json`,
        JSON.stringify({ version, run, sha256, state } satisfies CheckpointFile, null, 2),
      );
      prune(folder, keep, rest.step);
    },

    async load() {
      requireFiles(folder);
      const damaged: string[] = [];
      for (const step of stepsIn(folder)) {
        try {
          const state = read(pathOf(folder, step), run);
          for (const message of damaged) onDamaged(`checkpoint: passed over a damaged one. ${message}`);
          return state;
        } catch (error) {
          if (!(error instanceof DamagedError)) throw error;
          damaged.push(`${pathOf(folder, step)}: ${error.message}`);
        }
      }
      if (damaged.length === 0) return undefined;
      throw new ConfigError(`checkpoint: one must be whole, got only damaged ones. ${damaged.join(" ")}`);
    },

    *all() {
      requireFiles(folder);
      for (const step of stepsIn(folder).reverse()) {
        const path = pathOf(folder, step);
        try {
          yield read(path, run);
        } catch (error) {
          if (!(error instanceof DamagedError)) throw error;
          throw new ConfigError(`checkpoint: must be whole, got a damaged one. ${path}: ${error.message}`);
        }
      }
    },
  };
}

/** Removes what is neither among the `keep` newest nor the newest best; what comes after `last` was abandoned. */
function prune(folder: string, keep: number, last: number): void {
  const steps = stepsIn(folder).filter((step) => step <= last);
  const kept = new Set([...steps.slice(0, keep), steps.find((step) => isBest(pathOf(folder, step)))]);
  // In the order of names the JSON of a pair goes first: tensors without it are no checkpoint.
  for (const name of readdirSync(folder).sort()) {
    const [, digits, unfinished] = /^step-(\d{8,})\.(?:json|safetensors)(\.\d+\.tmp)?$/.exec(name) ?? [];
    if (digits && (unfinished || !kept.has(Number(digits)))) rmSync(join(folder, name), { force: true });
  }
}

function isBest(path: string): boolean {
  try {
    return parse(readFileSync(`${path}.json`, "utf8")).state.best;
  } catch {
    return false;
  }
}

/** A checkpoint that cannot be used, though one before it may. */
class DamagedError extends Error {}

function read(path: string, run: string | undefined): TrainingState {
  const { version: found, run: foundRun, sha256, state } = parse(readFile(`${path}.json`).toString());
  if (found !== version) {
    throw new ConfigError(
      `${path}.json: must have version ${version}, got ${found}: another version of quadric wrote it.`,
    );
  }
  if (run !== undefined && foundRun !== run)
    throw new ConfigError(`${path}.json: must be of this run, got a checkpoint of another one.`);
  if (hash(JSON.stringify(state) ?? "") !== sha256?.state)
    throw new DamagedError("its JSON does not fit its checksum.");
  if (!existsSync(`${path}.safetensors`)) throw new DamagedError("its tensors are missing.");
  const bytes = readFile(`${path}.safetensors`);
  if (hash(bytes) !== sha256.tensors) throw new DamagedError("its tensors do not fit their checksum.");
  const vectors = [...readSafetensors(bytes).tensors].map(([name, { data }]) => [name, data as Vector] as const);
  const scalars = Object.entries(state?.scalars ?? {}).map(([name, x]) => [name, Number(x)] as const);
  const parameters = vectors.find(([name]) => name === "parameters")?.[1];
  // Checksums are no secret: a file may fit them and still be no state.
  if (!Number.isInteger(state?.step) || scalars.length === 0 || parameters?.length !== state.size) {
    throw new DamagedError("it lacks what a state consists of.");
  }
  return { ...state, scalars: Object.fromEntries(scalars), vectors: Object.fromEntries(vectors) };
}

/** What the file system or the engine cannot read is damaged, too. */
function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new DamagedError(`it cannot be read, ${(error as Error).message}.`);
  }
}

/** A link would lead out of the folder, a pipe or a device would be waited for. */
function requireFiles(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.name.startsWith("step-") || entry.isFile()) continue;
    throw new ConfigError(`${join(folder, entry.name)}: must be a file, got something else.`);
  }
}

function parse(text: string): CheckpointFile {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw new DamagedError("its JSON is not JSON.");
  }
  if (typeof file !== "object" || file === null) throw new DamagedError("its JSON is not an object.");
  return file as CheckpointFile;
}

/** The steps that have a JSON file, newest first. */
function stepsIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).map((name) => /^step-(\d{8,})\.json$/.exec(name)?.[1]);
  return names.flatMap((digits) => (digits ? [Number(digits)] : [])).sort((a, b) => b - a);
}

const pathOf = (folder: string, step: number): string => join(folder, `step-${String(step).padStart(8, "0")}`);

const hash = (content: Uint8Array | string): string => createHash("sha256").update(content).digest("hex");

function toJson(x: number): JsonNumber {
  if (Object.is(x, -0)) return "-0";
  return Number.isFinite(x) ? x : String(x);
}
