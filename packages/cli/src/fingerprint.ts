/** The data of a run, known again: by where they lie, and by a hash of all their numbers. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError, type Tensor } from "quadric";
import type { TrainConfig } from "./config.ts";
import { type Dataset, loadDataset } from "./data/datasets.ts";
import type { RunRecord } from "./run-files.ts";

/** 128 bits of SHA-256 over the element types, shapes and numbers of training and test data. */
export function fingerprint({ train, test }: Dataset): string {
  const hash = createHash("sha256");
  const add = ({ shape, data }: Tensor) => {
    hash.update(JSON.stringify([data.constructor.name, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  };
  for (const { inputs, targets } of [train, test]) for (const tensor of [inputs, targets]) add(tensor);
  return hash.digest("hex").slice(0, 32);
}

/** What --data and --data-dir name, wherever the next command is called from. */
export function placed<T extends Partial<Pick<TrainConfig, "data" | "dataDir">>>(options: T): T {
  const { data, dataDir } = options;
  return {
    ...options,
    ...(data !== undefined && existsSync(data) && !isName(data) && { data: resolve(data) }),
    ...(dataDir !== undefined && { dataDir: resolve(dataDir) }),
  };
}

const isName = (data: string): boolean => ["digits", "fashion-mnist", "cifar10"].includes(data);

/**
 * The data of a run.
 *
 * @param moved - where they are now, if not where they were.
 * @throws {ConfigError} if they are not those that it was trained on.
 */
export async function loadRunData(
  { config, fingerprint: expected }: RunRecord,
  moved: Partial<Pick<TrainConfig, "data" | "dataDir">> = {},
): Promise<Dataset> {
  const options = placed({ ...config, ...moved });
  const dataset = await loadDataset(options);
  if (fingerprint(dataset) === expected) return dataset;
  throw new ConfigError(
    `${options.data}: must be the data that the run was trained on, got other numbers. Put them back, or say with --data where they are.`,
  );
}
