/**
 * What is done to a table before a network sees it: fixed on the training rows, kept in run.json, applied by column
 * names to any later table.
 *
 *   number, boolean, date   z = standardized, 0 if missing; a second feature is 1 where it was missing in training
 *   category                one feature a level, 1 for the row's level, "missing" for none; of more than 50 levels, what the
 *                           target is where a level is met, and how often it is met
 *   target                  a standardized number, or the index of a class
 */
import { ConfigError, type Tensor } from "quadric";
import { standardization } from "quadric/data";
import { z } from "zod";
import { type CategoryCodes, fitCodes } from "./category-codes.ts";
import { standardizationSchema } from "./standardization.ts";
import { type Column, cellText, findColumn, listNames, type Table } from "./table.ts";
import { fitTarget, type Target, type TaskName, targetSchema, targetsOf } from "./target.ts";

const numberSchema = standardizationSchema.extend({
  name: z.string(),
  kind: z.enum(["number", "boolean", "date"]),
  /** Whether a feature says that the cell is missing. */
  indicator: z.boolean(),
  /** Of dates: whether 3/4/2025 is in April. */
  dayFirst: z.boolean().optional(),
});

const categorySchema = z.strictObject({
  name: z.string(),
  kind: z.literal("category"),
  /** The most frequent first. */
  levels: z.array(z.string()).readonly(),
  other: z.boolean(),
  indicator: z.boolean(),
  /** Of many levels: the features of each, then those of a level that training did not have, and of a missing cell. */
  codes: z.array(z.array(z.number()).readonly()).readonly().optional(),
});
type PreparedCategory = z.infer<typeof categorySchema>;

export const preparationSchema = z.strictObject({
  /** How the file was understood. */
  reading: z.string(),
  inputs: z.array(z.discriminatedUnion("kind", [numberSchema, categorySchema])).readonly(),
  /** Columns that nothing is learnt from. */
  dropped: z.array(z.strictObject({ name: z.string(), because: z.string() })).readonly(),
  target: targetSchema,
});

export type Preparation = z.infer<typeof preparationSchema>;
export type PreparedInput = Preparation["inputs"][number];

export interface PreparationOptions {
  /** The target's name or index; defaults to the last column. */
  readonly target?: string;
  /** Defaults to what the target's values suggest. */
  readonly task?: TaskName;
  /** Training rows; defaults to all. */
  readonly rows?: Int32Array;
  /** Columns to leave out, by name. */
  readonly drop?: readonly string[];
  /** Levels of a category that each get a feature; more are coded by numbers. Defaults to 50. */
  readonly maxLevels?: number;
}

/** @throws {ConfigError} if no column is left to learn from, or the target is not one of the task. */
export function fitPreparation(table: Table, options: PreparationOptions = {}): Preparation {
  const { target: targetName = "-1", task, rows, drop = [], maxLevels = 50 } = options;
  const target = findColumn(table, targetName);
  for (const name of drop) {
    if (findColumn(table, name) === target)
      throw new ConfigError(`table: the target ${listNames([name])} must not be dropped.`);
  }
  const fitted = fitTarget(target, task, rows);
  const goal = goalOf(fitted, target, rows);
  const inputs: PreparedInput[] = [];
  const dropped: { name: string; because: string }[] = [];
  for (const column of table.columns) {
    if (column === target) continue;
    const { name } = column;
    const input = drop.some((given) => findColumn(table, given) === column)
      ? "as asked"
      : prepareColumn(column, rows, maxLevels, goal);
    if (typeof input === "string") dropped.push({ name, because: input });
    else inputs.push(input);
  }
  if (inputs.length === 0) {
    const why = dropped
      .slice(0, 8)
      .map(({ name, because }) => `${listNames([name])} (${because})`)
      .join(", ");
    throw new ConfigError(
      `table: at least one column besides the target must say something, got ${why === "" ? "none" : why}.`,
    );
  }
  return { reading: table.reading, inputs, dropped, target: fitted };
}

/** How a column becomes features, or why it does not. */
function prepareColumn(
  column: Column,
  rows: Int32Array | undefined,
  maxLevels: number,
  goal: Goal,
): PreparedInput | string {
  const { name, kind, note } = column;
  if (kind === "id" || kind === "text") return note === "" ? kind : note;
  const values = rows ? Float64Array.from(rows, (row) => column.values[row]) : column.values;
  const indicator = values.some(Number.isNaN);
  if (kind !== "category") {
    const fitted = standardization.fit(values);
    const { dayFirst } = column;
    if (fitted) return { name, kind, indicator, ...(dayFirst !== undefined && { dayFirst }), ...fitted };
    return values.every(Number.isNaN) ? "no value" : "the same in all rows";
  }
  const counts = new Float64Array(column.levels.length);
  for (const code of values) if (!Number.isNaN(code)) counts[code]++;
  const byCount = Array.from(counts.keys())
    .filter((code) => counts[code] > 0)
    .sort((a, b) => counts[b] - counts[a] || a - b);
  if (byCount.length + Number(indicator) < 2) return byCount.length === 0 ? "no value" : "the same in all rows";
  const levels = byCount.map((code) => column.levels[code]);
  if (levels.length <= maxLevels) return { name, kind, levels, other: false, indicator };
  if (meansOf(goal.target).length <= maxLevels) {
    return { name, kind, levels, other: false, indicator: false, codes: codesFor({ levels }, column, goal).codes };
  }
  return { name, kind, levels: levels.slice(0, maxLevels - 1), other: true, indicator };
}

/** What is predicted, in the rows that are trained on. */
interface Goal {
  readonly target: Target;
  readonly column: Column;
  readonly rows: Int32Array;
}

/** The rows that have a target. */
function goalOf(target: Target, column: Column, rows: Int32Array | undefined): Goal {
  const all = rows ?? Int32Array.from(column.values.keys());
  return { target, column, rows: all.filter((row) => !Number.isNaN(column.values[row])) };
}

/** Names of what the codes of a category are means of. */
const meansOf = (target: Target): readonly string[] =>
  target.task === "numbers" ? [target.name] : target.classes.length === 2 ? target.classes.slice(1) : target.classes;

function codesFor(
  input: Pick<PreparedCategory, "levels">,
  column: Column,
  { target, column: of, rows }: Goal,
): CategoryCodes {
  const values = targetsOf(target, of, rows);
  const ys =
    target.task === "numbers"
      ? [values.map((y) => standardization.apply(target, y))]
      : meansOf(target).map((name) => values.map((place) => Number(target.classes[place] === name)));
  const placeOf = placing(input.levels, column);
  return fitCodes(Int32Array.from(rows, placeOf), input.levels.length + 2, ys);
}

/** The place of a row's level; after the levels one for those that training did not have, and one for a missing cell. */
function placing(levels: readonly string[], column: Column): (row: number) => number {
  const places = new Map(levels.map((level, place) => [level, place]));
  const known = new Map<number, number>();
  return (row) => {
    const value = column.values[row];
    if (Number.isNaN(value)) return levels.length + 1;
    let place = known.get(value);
    if (place === undefined) {
      place = places.get(cellText(column, value)) ?? levels.length;
      known.set(value, place);
    }
    return place;
  };
}

/** The features of a level of a category. */
export function levelFeatures(input: PreparedCategory, place: number): readonly number[] {
  const { codes, levels, other, indicator } = input;
  return codes
    ? codes[place]
    : Array.from({ length: levels.length + Number(other) + Number(indicator) }, (_, k) => Number(k === place));
}

/** Names of the features, and of the column that each comes from. */
export function featuresOf({
  inputs,
  target,
}: Pick<Preparation, "inputs" | "target">): { name: string; column: string }[] {
  return inputs.flatMap((input) => {
    const { name: column, kind, indicator } = input;
    const names =
      kind !== "category"
        ? [column]
        : input.codes
          ? [...meansOf(target).map((of) => `mean ${of} of ${column}`), `rows of ${column}`]
          : [...input.levels, ...(input.other ? ["other"] : [])].map((l) => `${column}=${l}`);
    return [...names, ...(indicator ? [`${column}=missing`] : [])].map((name) => ({ name, column }));
  });
}

/**
 * The features of rows, float32 [n, features].
 *
 * @param trains - whether the rows are those of training, whose codes of categories leave their own target out.
 * @throws {ConfigError} if a column is missing, by name. Columns that were not there in training are ignored.
 */
export function prepareInputs(preparation: Preparation, table: Table, rows?: Int32Array, trains = false): Tensor {
  const { inputs, target } = preparation;
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  const absent = inputs.map(({ name }) => name).filter((name) => !byName.has(name));
  if (absent.length > 0) {
    const found = listNames(table.columns.map(({ name }) => name));
    throw new ConfigError(`table: must have the column ${listNames(absent)}, got ${found}.`);
  }
  const n = rows?.length ?? table.rows;
  const width = featuresOf(preparation).length;
  const data = new Float32Array(n * width);
  let at = 0;
  for (const input of inputs) {
    const column = byName.get(input.name)!;
    const count = featuresOf({ inputs: [input], target }).length;
    if (trains && input.kind === "category" && input.codes) {
      const { training } = codesFor(input, column, goalOf(target, byName.get(target.name)!, rows));
      for (let i = 0; i < n; i++) data.set(training.subarray(i * count, (i + 1) * count), i * width + at);
    } else {
      const fill = input.kind === "category" ? coded(input, column) : standardized(input, column);
      for (let i = 0; i < n; i++) fill(data, i * width + at, rows ? rows[i] : i);
    }
    at += count;
  }
  return { shape: [n, width], data };
}

type Fill = (data: Float32Array, at: number, row: number) => void;

function standardized(input: z.infer<typeof numberSchema>, { values, levels }: Column): Fill {
  if (levels.length > 0) {
    throw new ConfigError(
      `table: column ${JSON.stringify(input.name)} must be numbers, got words such as ${JSON.stringify(levels[0])}.`,
    );
  }
  return (data, at, row) => {
    const z = standardization.apply(input, values[row]);
    if (!Number.isNaN(z)) data[at] = z;
    else if (input.indicator) data[at + 1] = 1;
  };
}

function coded({ levels, codes, other, indicator }: PreparedCategory, column: Column): Fill {
  const placeOf = placing(levels, column);
  if (codes) return (data, at, row) => data.set(codes[placeOf(row)], at);
  // Without a feature, a level that training did not have and a missing cell are zeros.
  const after = [
    ...(other ? [levels.length] : [Number.NaN]),
    ...(indicator ? [levels.length + Number(other)] : [Number.NaN]),
  ];
  return (data, at, row) => {
    const place = placeOf(row);
    const feature = place < levels.length ? place : after[place - levels.length];
    if (!Number.isNaN(feature)) data[at + feature] = 1;
  };
}
