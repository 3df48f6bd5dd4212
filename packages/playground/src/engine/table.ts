/** A table of numbers as a task: which columns it has, and a network that predicts one of them from the others. */
import { ConfigError, losses, mlp, supervised, type Tensor } from "quadric";
import { parseCsv, rows, type Standardization, standardization, stratifiedSplit } from "quadric/data";
import { accuracy, classesOf, rootMeanSquare } from "./measures.ts";
import type { Task } from "./tasks.ts";

export interface TableSummary {
  readonly rows: number;
  readonly columns: readonly string[];
}

/** Fewer examples teach nothing; more features than this make a page wait. */
const [leastRows, mostColumns] = [10, 500];

/** A column of at most this many different whole numbers is one of classes. */
const mostClasses = 20;

const hiddenUnits = 32;

/** @throws {ConfigError} if the bytes are not a table of numbers, or one too short or too wide. */
export function summarize(bytes: Uint8Array): TableSummary {
  const { names, values } = parseCsv(bytes);
  const [n, width] = values.shape;
  if (n < leastRows) throw new ConfigError(`csv: a file must have at least ${leastRows} lines of numbers, got ${n}.`);
  if (width < 2 || width > mostColumns) {
    throw new ConfigError(`csv: a file must have 2 to ${mostColumns} columns, got ${width}.`);
  }
  return { rows: n, columns: names };
}

/** One example in five is kept for testing; inputs, and a target that is a quantity, are standardized on the others. */
export function tableTask(bytes: Uint8Array, target: number, seed: number): Task {
  const { names, values } = parseCsv(bytes);
  const [n, columns] = values.shape;
  const width = columns - 1;
  const features = { shape: [n, width], data: (values.data as Float64Array).filter((_, k) => k % columns !== target) };
  const column = { shape: [n], data: (values.data as Float64Array).filter((_, k) => k % columns === target) };
  const targetName = names[target];
  const classes = classesIn(column);
  const { train, test } = stratifiedSplit(classes ? column.data : new Uint8Array(n), Math.round(n / 5), seed);
  const inputs = standardized(features, train);
  const batchSize = Math.min(512, train.length);
  const part = (y: Tensor, indices: Int32Array) => ({ x: rows(inputs.tensor, indices), y: rows(y, indices) });

  if (classes) {
    const labels: Tensor = { shape: [n], data: Int32Array.from(column.data, (value) => classes.indexOf(value)) };
    const sight = part(labels, test);
    const truth = sight.y.data as Int32Array;
    return {
      problem: supervised(mlp([width, hiddenUnits, classes.length]), losses.crossEntropy, { seed }),
      data: part(labels, train),
      heldOut: sight,
      batchSize,
      scene: { kind: "classes", truth, names: classes.map(String), name: targetName },
      sight,
      picture({ data }) {
        const values = classesOf(data, classes.length);
        return { values, measure: accuracy(values, truth) };
      },
    };
  }
  const {
    tensor: y,
    columns: [unit],
  } = standardized({ shape: [n, 1], data: column.data }, train);
  const truth = Float32Array.from(test, (i) => column.data[i]);
  return {
    problem: supervised(mlp([width, hiddenUnits, 1]), losses.squaredError, { seed }),
    data: part(y, train),
    heldOut: part(y, test),
    batchSize,
    scene: { kind: "numbers", truth, name: targetName },
    sight: part(y, test),
    picture({ data }) {
      const values = Float32Array.from(data, (z) => (unit ? standardization.invert(unit, z) : column.data[train[0]]));
      return { values, measure: rootMeanSquare(values, truth) };
    },
  };
}

/** The different values of a column, ascending, if it names classes. */
function classesIn({ data }: Tensor): number[] | undefined {
  const different = new Set<number>();
  for (const value of data) {
    if (!Number.isInteger(value) || different.size > mostClasses) return undefined;
    different.add(value);
  }
  return different.size >= 2 && different.size <= mostClasses ? [...different].sort((a, b) => a - b) : undefined;
}

interface Standardized {
  readonly tensor: Tensor;
  /** Undefined for columns of one value, which become 0. */
  readonly columns: readonly (Standardization | undefined)[];
}

/** Column by column, as the training rows suggest. */
function standardized({ shape, data }: Tensor, train: Int32Array): Standardized {
  const width = shape[1];
  const columns = Array.from({ length: width }, (_, j) =>
    standardization.fit(Float64Array.from(train, (i) => data[i * width + j])),
  );
  const scaled = Float32Array.from(data, (value, k) => {
    const column = columns[k % width];
    return column ? standardization.apply(column, value) : 0;
  });
  return { tensor: { shape, data: scaled }, columns };
}
