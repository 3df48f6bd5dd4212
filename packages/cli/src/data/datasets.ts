/** Data sets by name or path: digits, fashion-mnist, cifar10, an IDX or CIFAR-10 folder, a table. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError, type Tensor } from "quadric";
import { parseIdx, rows } from "quadric/data";
import { suggestion } from "../suggestion.ts";
import { parseCifar10 } from "./cifar10.ts";
import { readFile } from "./files.ts";
import type { Preparation } from "./preparation.ts";
import { splitRows } from "./split-rows.ts";
import { type LoadedTable, loadTable, type TableFlags } from "./table-dataset.ts";
import { countClasses } from "./targets.ts";

/** Examples as a file has them: the first axis of both tensors counts examples. */
export interface Examples {
  readonly inputs: Tensor;
  /** Class labels or numbers, [n]. */
  readonly targets: Tensor;
  /** Of a table: the weight of each example if they have weights, and the row of the file that it is, from 0. */
  readonly weights?: Float64Array;
  readonly rows?: Int32Array;
}

export interface Dataset {
  readonly train: Examples;
  readonly test: Examples;
  /** Of a table: what its columns become, and what was understood, in lines for people. */
  readonly table?: { readonly preparation: Preparation; readonly understood: string };
}

export interface DatasetOptions extends TableFlags {
  /** "digits", "fashion-mnist", "cifar10", or the path of a folder or table. */
  readonly data: string;
  /** The folder of a named data set. */
  readonly dataDir?: string;
  /** The share of the examples kept for testing if the data have no test files, in [0, 1). */
  readonly testFraction: number;
  /** A table to test on, instead of a share of the data. */
  readonly testData?: string;
  /** Training examples to use, the first so many; defaults to all. */
  readonly examples?: number;
}

const digitsFolder = fileURLToPath(new URL("../../data/digits", import.meta.url));
const fashionMnistFolder = "/usr/share/datasets/fashion-mnist";

/**
 * Examples to evaluate on: those kept for testing; all of them if `all` is true and the data have no test files, since
 * then nobody has trained on them.
 */
export async function loadExamples(options: DatasetOptions, all: boolean): Promise<Examples> {
  if (isTable(options)) {
    const table = await loadTable(options.data, options);
    if (options.testData !== undefined && !all) return (await besideTest(table, options.testData)).test;
    return all ? table.examples(table.prepare()) : splitTable(table, options.testFraction).test;
  }
  const { train, test } = loadFiles(options);
  return test ?? (all ? train : split(train, options.testFraction).test);
}

export async function loadDataset(options: DatasetOptions): Promise<Dataset> {
  if (isTable(options)) {
    const { examples, data, testFraction, testData } = options;
    const table = await loadTable(data, options);
    const dataset = testData === undefined ? splitTable(table, testFraction) : await besideTest(table, testData);
    return { ...dataset, train: first(dataset.train, examples) };
  }
  const files = loadFiles(options);
  const { train, test } = files.test ? { ...files, test: files.test } : split(files.train, options.testFraction);
  return { train: first(train, options.examples), test };
}

function first(examples: Examples, count: number | undefined): Examples {
  const { inputs, targets, weights, rows } = examples;
  const n = targets.shape[0];
  if (count === undefined) return examples;
  if (count > n) throw new ConfigError(`--examples: must be at most the ${n} training examples, got ${count}.`);
  const part = ({ shape, data }: Tensor): Tensor => ({
    shape: [count, ...shape.slice(1)],
    data: data.subarray(0, (data.length / n) * count),
  });
  return {
    inputs: part(inputs),
    targets: part(targets),
    ...(weights && { weights: weights.subarray(0, count) }),
    ...(rows && { rows: rows.subarray(0, count) }),
  };
}

/** Images to predict from: an IDX file. */
export function readImages(path: string): Tensor {
  return readFile(path, (bytes) => requireFinite(parseIdx(bytes)));
}

const named = ["digits", "fashion-mnist", "cifar10"];

function isTable({ data }: DatasetOptions): boolean {
  return !named.includes(data) && kindOf(data) === "file";
}

/** Preparation is fitted on the training rows alone, unless the run has one. */
function splitTable(table: LoadedTable, testFraction: number): Dataset {
  const { train, test } = splitRows(table.labels, table.hasClasses, testFraction);
  const preparation = table.prepare(train);
  return {
    train: table.trainingExamples(preparation, train),
    test: table.examples(preparation, test),
    table: { preparation, understood: table.describe(preparation) },
  };
}

/** All of a table to train on, and another to test on. */
async function besideTest(table: LoadedTable, path: string): Promise<Dataset> {
  const preparation = table.prepare();
  const test = await loadTable(path, { preparation });
  return {
    train: table.trainingExamples(preparation),
    test: test.examples(preparation),
    table: { preparation, understood: table.describe(preparation) },
  };
}

/** Some data sets come with their test examples, others leave the split to us. */
interface Files {
  readonly train: Examples;
  readonly test?: Examples;
}

function loadFiles({ data, dataDir }: DatasetOptions): Files {
  switch (data) {
    case "digits":
      return readIdxFolder(digitsFolder);
    case "fashion-mnist": {
      const folder = dataDir ?? fashionMnistFolder;
      if (kindOf(folder) === "folder") return readIdxFolder(folder);
      throw new ConfigError(
        `fashion-mnist: its four IDX files must lie in ${folder}, got no such folder. Install the Debian package dataset-fashion-mnist, or name their folder with --data-dir.`,
      );
    }
    case "cifar10":
      if (dataDir !== undefined) return readCifar10Folder(dataDir);
      throw new ConfigError("cifar10: the folder of its binary version must be given, got no --data-dir.");
  }
  switch (kindOf(data)) {
    case "folder":
      return listFolder(data).includes("data_batch_1.bin") ? readCifar10Folder(data) : readIdxFolder(data);
    default:
      throw new ConfigError(
        `--data: must be ${named.join(", ")}, a folder of IDX files or a table, got ${JSON.stringify(data)}, and there is no such file.${suggestion(data, named)}`,
      );
  }
}

/** `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and the same with `t10k`, plain or gzipped. */
function readIdxFolder(folder: string): Files {
  const names = listFolder(folder);
  const read = (part: string): Examples | undefined => {
    const [images, labels] = ["images", "labels"].map((kind) =>
      names.find((name) => new RegExp(`^${part}-${kind}[-.]idx\\d(-\\w+)?(\\.gz)?$`).test(name)),
    );
    if (!images && !labels) return undefined;
    if (!images || !labels) {
      throw new ConfigError(`${folder}: ${part}-images and ${part}-labels must both be there, got only one of them.`);
    }
    const inputs = readFile(join(folder, images), (bytes) => requireFinite(parseIdx(bytes)));
    const targets = readFile(join(folder, labels), (bytes) => {
      const tensor = requireFinite(parseIdx(bytes));
      if (tensor.shape.length === 1 && tensor.shape[0] === inputs.shape[0]) return tensor;
      throw new ConfigError(`labels must have shape [${inputs.shape[0]}] as the images do, got [${tensor.shape}].`);
    });
    return { inputs, targets };
  };
  const train = read("train");
  if (!train) {
    throw new ConfigError(`${folder}: must hold train-images-idx3-ubyte and train-labels-idx1-ubyte, got neither.`);
  }
  return { train, test: read("t10k") };
}

function readCifar10Folder(folder: string): Files {
  const names = listFolder(folder);
  const batches = names.filter((name) => /^data_batch_\d+\.bin$/.test(name)).sort();
  if (batches.length === 0)
    throw new ConfigError(`${folder}: must hold data_batch_1.bin to data_batch_5.bin, got none.`);
  const read = (name: string): Examples => {
    const { images, labels } = readFile(join(folder, name), parseCifar10);
    return { inputs: images, targets: labels };
  };
  const parts = batches.map(read);
  const train = { inputs: concatenate(parts.map((p) => p.inputs)), targets: concatenate(parts.map((p) => p.targets)) };
  return { train, test: names.includes("test_batch.bin") ? read("test_batch.bin") : undefined };
}

function requireFinite(tensor: Tensor): Tensor {
  const { shape, data } = tensor;
  if (data instanceof Uint8Array) return tensor;
  const bad = data.findIndex((x) => !Number.isFinite(x));
  if (bad < 0) return tensor;
  const example = Math.floor((bad * shape[0]) / data.length);
  throw new ConfigError(`numbers must be finite, got ${data[bad]} in example ${example} (from 0).`);
}

/** Tensors of the same class and trailing shape, one after the other. */
function concatenate(tensors: readonly Tensor[]): Tensor {
  const [{ shape, data }] = tensors;
  const length = tensors.reduce((sum, tensor) => sum + tensor.data.length, 0);
  const joined = new (data.constructor as new (length: number) => typeof data)(length);
  let at = 0;
  for (const tensor of tensors) {
    joined.set(tensor.data, at);
    at += tensor.data.length;
  }
  return { shape: [tensors.reduce((sum, tensor) => sum + tensor.shape[0], 0), ...shape.slice(1)], data: joined };
}

function split({ inputs, targets }: Examples, testFraction: number): Dataset {
  const { train, test } = splitRows(targets.data, countClasses(targets) !== undefined, testFraction);
  const take = (indices: Int32Array): Examples => ({ inputs: rows(inputs, indices), targets: rows(targets, indices) });
  return { train: take(train), test: take(test) };
}

function kindOf(path: string): "folder" | "file" | "missing" {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return "missing";
  return stats.isDirectory() ? "folder" : "file";
}

function listFolder(path: string): readonly string[] {
  if (kindOf(path) !== "folder") throw new ConfigError(`${path}: must be a folder, got ${kindOf(path)}.`);
  return readdirSync(path);
}
