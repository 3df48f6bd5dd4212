/**
 * What is done to a table before a network sees it: fixed on the training rows, kept in run.json, applied by column
 * names to any later table.
 *
 *   number, boolean, date   z = standardized, 0 if missing; a second feature is 1 where it was missing in training
 *   category                one feature a level, 1 for the row's level; "other" for rare ones, "missing" for none
 *   target                  a standardized number, or the index of a class
 */
import { ConfigError, type Tensor } from "quadric";
import { standardization } from "quadric/data";
import { z } from "zod";
import { standardizationSchema } from "./standardization.ts";
import { type Column, cellText, findColumn, listNames, type Table } from "./table.ts";
import { fitTarget, type TaskName, targetSchema } from "./target.ts";

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
});

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
  /** One-hot features of a category at most; rarer levels share one. Defaults to 50. */
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
  const inputs: PreparedInput[] = [];
  const dropped: { name: string; because: string }[] = [];
  for (const column of table.columns) {
    if (column === target) continue;
    const { name } = column;
    const input = drop.some((given) => findColumn(table, given) === column)
      ? "as asked"
      : prepareColumn(column, rows, maxLevels);
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
  return { reading: table.reading, inputs, dropped, target: fitTarget(target, task, rows) };
}

/** How a column becomes features, or why it does not. */
function prepareColumn(column: Column, rows: Int32Array | undefined, maxLevels: number): PreparedInput | string {
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
  const other = byCount.length > maxLevels;
  const kept = other ? byCount.slice(0, maxLevels - 1) : byCount;
  return { name, kind, levels: kept.map((code) => column.levels[code]), other, indicator };
}

/** Names of the features, and of the column that each comes from. */
export function featuresOf({ inputs }: Pick<Preparation, "inputs">): { name: string; column: string }[] {
  return inputs.flatMap((input) => {
    const { name: column, kind, indicator } = input;
    const names =
      kind === "category"
        ? [...input.levels, ...(input.other ? ["other"] : [])].map((l) => `${column}=${l}`)
        : [column];
    return [...names, ...(indicator ? [`${column}=missing`] : [])].map((name) => ({ name, column }));
  });
}

/**
 * The features of rows, float32 [n, features].
 *
 * @throws {ConfigError} if a column is missing, by name. Columns that were not there in training are ignored.
 */
export function prepareInputs({ inputs }: Pick<Preparation, "inputs">, table: Table, rows?: Int32Array): Tensor {
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  const absent = inputs.map(({ name }) => name).filter((name) => !byName.has(name));
  if (absent.length > 0) {
    const found = listNames(table.columns.map(({ name }) => name));
    throw new ConfigError(`table: must have the column ${listNames(absent)}, got ${found}.`);
  }
  const n = rows?.length ?? table.rows;
  const width = featuresOf({ inputs }).length;
  const data = new Float32Array(n * width);
  let at = 0;
  for (const input of inputs) {
    const column = byName.get(input.name)!;
    const fill = input.kind === "category" ? oneHot(input, column) : standardized(input, column);
    for (let i = 0; i < n; i++) fill(data, i * width + at, rows ? rows[i] : i);
    at += featuresOf({ inputs: [input] }).length;
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

function oneHot({ levels, other, indicator }: z.infer<typeof categorySchema>, column: Column): Fill {
  const places = new Map(levels.map((level, place) => [level, place]));
  const beyond = other ? levels.length : -1;
  const known = new Map<number, number>();
  return (data, at, row) => {
    const value = column.values[row];
    if (Number.isNaN(value)) {
      if (indicator) data[at + levels.length + Number(other)] = 1;
      return;
    }
    let place = known.get(value);
    if (place === undefined) {
      place = places.get(cellText(column, value)) ?? beyond;
      known.set(value, place);
    }
    if (place >= 0) data[at + place] = 1;
  };
}
