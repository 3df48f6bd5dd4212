/**
 * What is predicted: numbers, or classes by name.
 *
 *   numbers   z = (y − shift) / scale on the way in, y = shift + scale·z on the way out
 *   classes   the index of a name
 */
import { ConfigError } from "quadric";
import { standardization } from "quadric/data";
import { z } from "zod";
import { standardizationSchema } from "./standardization.ts";
import { type Column, cellText, columnKinds, listNames } from "./table.ts";

export const taskNames = ["numbers", "classes"] as const;
export type TaskName = (typeof taskNames)[number];

const common = {
  name: z.string(),
  kind: z.enum(columnKinds),
  because: z.string(),
  dayFirst: z.boolean().optional(),
};
const numbersSchema = standardizationSchema.extend({ ...common, task: z.literal("numbers") });
const classesSchema = z.strictObject({
  ...common,
  task: z.literal("classes"),
  classes: z.array(z.string()).min(2).readonly(),
});

export const targetSchema = z.discriminatedUnion("task", [numbersSchema, classesSchema]);
export type Target = z.infer<typeof targetSchema>;

/** More classes than this are rather an id. */
const mostClasses = 1000;
/** Integers of a column with such a name are codes of classes. */
const classLike = /^(class|label|species|digit)(e?s|_?(id|code|name))?$/i;
const mostCodes = 30;

/** The task that a column suggests, and why. */
export function suggestTask(column: Column): { readonly task: TaskName; readonly because: string } {
  const { kind, values, name } = column;
  if (kind === "boolean") return { task: "classes", because: "true or false" };
  if (kind === "date") return { task: "numbers", because: "dates" };
  const count = countValues(values, mostCodes);
  if (levelsOf(column)) return { task: "classes", because: "words" };
  if (count === 2) return { task: "classes", because: "two values" };
  const areIntegers = values.every((value) => Number.isNaN(value) || Number.isInteger(value));
  if (areIntegers && count <= mostCodes && classLike.test(name)) {
    return { task: "classes", because: `integers called ${JSON.stringify(name)}` };
  }
  return {
    task: "numbers",
    because: areIntegers && count <= mostCodes ? `${count} integers` : "numbers",
  };
}

const levelsOf = ({ levels }: Column): boolean => levels.length > 0;

/** The number of different values, limit + 1 if there are more. */
function countValues(values: Float64Array, limit: number): number {
  const different = new Set<number>();
  for (const value of values) {
    if (!Number.isNaN(value)) different.add(value);
    if (different.size > limit) break;
  }
  return different.size;
}

/** @throws {ConfigError} if the column has fewer than two values, or is not of the task. */
export function fitTarget(column: Column, asked: TaskName | undefined, rows?: Int32Array): Target {
  const { name, kind, levels, dayFirst } = column;
  const about = { name, kind, ...(dayFirst !== undefined && { dayFirst }) };
  const where = `target ${JSON.stringify(name)}`;
  const { task, because } = asked ? { task: asked, because: "as asked" } : suggestTask(column);
  if (kind === "id" || kind === "text") {
    throw new ConfigError(
      `${where}: must be numbers or words that repeat, got ${kind} (${column.note}). Name another with --target, or say what it is with --column.`,
    );
  }
  const values = rows ? Float64Array.from(rows, (row) => column.values[row]) : column.values;
  if (task === "numbers") {
    if (levels.length > 0) {
      throw new ConfigError(
        `${where}: must be numbers for --task numbers, got words such as ${listNames(levels.slice(0, 1))}.`,
      );
    }
    const fitted = standardization.fit(values, { of: "targets" });
    if (fitted) return { ...about, task, because, ...fitted };
  } else {
    // All rows: a class of which no example is trained on is still one of them.
    const codes = [...new Set(column.values.filter((value) => !Number.isNaN(value)))].sort((a, b) => a - b);
    if (codes.length > mostClasses || (codes.length > 10 && codes.length * 2 > column.values.length)) {
      throw new ConfigError(
        `${where}: must repeat to be classes, got ${codes.length} in ${column.values.length} rows. For numbers: --task numbers.`,
      );
    }
    const names = codes.map((code) => cellText(column, code));
    if (levels.length > 0) names.sort();
    if (names.length > 1) return { ...about, task, because, classes: names };
  }
  throw new ConfigError(`${where}: must have at least two different values, got ${values.length} rows of the same.`);
}

/** The target of rows, float64 [n]: numbers in the file's units or indices of classes; NaN where it is missing. */
export function targetsOf(target: Target, column: Column, rows?: Int32Array): Float64Array {
  const { values } = column;
  const taken = rows ? Float64Array.from(rows, (row) => values[row]) : values;
  if (target.task === "numbers") return taken;
  const places = new Map(target.classes.map((name, place) => [name, place]));
  const known = new Map<number, number>();
  return taken.map((value) => {
    if (Number.isNaN(value)) return value;
    let place = known.get(value);
    if (place === undefined) {
      const name = cellText(column, value);
      place = places.get(name);
      if (place === undefined) {
        throw new ConfigError(
          `target ${JSON.stringify(target.name)}: must be one of ${listNames(target.classes)}, got ${JSON.stringify(name)}.`,
        );
      }
      known.set(value, place);
    }
    return place;
  });
}
