/**
 * Which columns of a file a formula is about: a name in it that is a header is that column, and x is the one that --x
 * names.
 */
import { ConfigError, type Formula, formula } from "quadric";
import { nearest, suggestion } from "../suggestion.ts";

export interface Columns {
  /** Of equal length, by name, in the order of the file; NaN where a cell is empty. */
  readonly numbers: ReadonlyMap<string, Float64Array>;
  /** Names of columns that are not numbers. */
  readonly words: readonly string[];
  /** What a reader should know of a column, by its name. */
  readonly notes: ReadonlyMap<string, string>;
  /** How the file was understood. */
  readonly reading: string;
}

export interface ColumnFlags {
  readonly x?: string;
  readonly y?: string;
  readonly sigma?: string;
}

export interface FitData {
  readonly model: Formula;
  /** By the names of the formula's variables. */
  readonly x: Readonly<Record<string, Float64Array>>;
  readonly y: Float64Array;
  readonly sigma?: Float64Array;
  /** What they are called in the file. */
  readonly names: { readonly x: readonly string[]; readonly y: string; readonly sigma?: string };
  /** How the file was understood. */
  readonly reading: string;
  /** What a reader should know of the columns; none is empty. */
  readonly notes: readonly string[];
}

/** @throws {ConfigError} if a column is not there, or if it is not clear which one is meant. */
export function fitData(text: string, columns: Columns, flags: ColumnFlags): FitData {
  const { numbers, words } = columns;
  const headers = [...numbers.keys()];
  const model = formula(text, { variables: headers.includes("x") ? headers : [...headers, "x"] });
  const { result, variables, parameters } = model;
  const word = [...parameters, flags.x, flags.y, flags.sigma].find((name) => words.includes(name ?? ""));
  if (word !== undefined) throw new ConfigError(`fit: the column ${tick(word)} must hold numbers, got words.`);

  const xName = flags.x === undefined ? undefined : find("--x", flags.x, headers);
  if (xName !== undefined && !variables.includes("x") && !variables.includes(xName)) {
    throw new ConfigError(`fit: the formula must use x or ${tick(xName)}, got ${JSON.stringify(model.text)}.`);
  }
  const named = variables.filter((name) => headers.includes(name) && !(name === "x" && xName !== undefined));
  const sigmaName = flags.sigma === undefined ? undefined : find("--sigma", flags.sigma, headers);
  // y = … is as general as x; any other left side is a column.
  const left = result === undefined || (result === "y" && !headers.includes("y")) ? undefined : result;
  const yGiven = flags.y === undefined ? left && find("the left side", left, headers) : find("--y", flags.y, headers);
  const isTaken = (name: string) => named.includes(name) || name === sigmaName || name === yGiven;
  const xColumn = xName ?? headers.find((name) => !isTaken(name));
  const needsX = variables.includes("x") && !named.includes("x");
  const used = needsX && xColumn !== undefined ? [...named, xColumn] : named;
  if (variables.length === 0) {
    throw new ConfigError(
      `fit: the formula must use x or a column of the file (${list(headers)}), got only the parameters ${parameters.join(", ")}.`,
    );
  }
  const after = headers.indexOf(used[used.length - 1]) + 1;
  const rest = [...headers.slice(after), ...headers.slice(0, after)].filter(
    (name) => !used.includes(name) && name !== sigmaName,
  );
  const y = yGiven ?? (rest.includes("y") ? "y" : rest[0]);
  if (y === undefined)
    throw new ConfigError("fit: a column must be left to be explained, got a formula that uses all.");
  if (used.includes(y)) throw new ConfigError(`fit: the formula must not use the column to be explained, ${tick(y)}.`);

  const columnOf = (name: string) => numbers.get(named.includes(name) ? name : xColumn!)!;
  const all = [
    ...variables.map(columnOf),
    numbers.get(y)!,
    ...(sigmaName === undefined ? [] : [numbers.get(sigmaName)!]),
  ];
  const whole = Array.from(all[0].keys()).filter((row) => all.every((column) => Number.isFinite(column[row])));
  const take = (column: Float64Array) => Float64Array.from(whole, (row) => column[row]);
  const others = headers.filter((name) => !used.includes(name) && name !== y && name !== sigmaName);
  return {
    model,
    x: Object.fromEntries(variables.map((name) => [name, take(columnOf(name))])),
    y: take(numbers.get(y)!),
    ...(sigmaName !== undefined && { sigma: take(numbers.get(sigmaName)!) }),
    names: { x: used, y, ...(sigmaName !== undefined && { sigma: sigmaName }) },
    reading: columns.reading,
    notes: [
      ...[...used, y].flatMap((name) => {
        const note = columns.notes.get(name);
        return note ? [`${name}: ${note}.`] : [];
      }),
      ...leftOut(all[0].length - whole.length),
      ...notesOn(parameters, headers, others, flags),
    ],
  };
}

function leftOut(count: number): string[] {
  return count === 0 ? [] : [`${count} ${count === 1 ? "row is" : "rows are"} left out: a cell is empty or no number.`];
}

function notesOn(
  parameters: readonly string[],
  headers: readonly string[],
  others: readonly string[],
  { y, sigma }: ColumnFlags,
): string[] {
  const notes = parameters.flatMap((name) => {
    const same = headers.find((header) => header.toLowerCase() === name.toLowerCase());
    const near = same ?? (/^\p{L}{4,}$/u.test(name) ? nearest(name, headers) : undefined);
    return near === undefined ? [] : [`${name} is a parameter; the column is called ${tick(near)}.`];
  });
  const errors = others.find((name) => /^(sigma|σ|err|error|std|sd|unc|dy|y_?err)/i.test(name));
  if (errors !== undefined && sigma === undefined) {
    notes.push(
      `The column ${tick(errors)} is not used; --sigma ${JSON.stringify(errors)} takes it as the standard errors.`,
    );
  } else if (others.length > 0 && y === undefined) {
    notes.push(`Not used: ${list(others)}. --x and --y choose columns.`);
  }
  return notes;
}

function find(flag: string, name: string, headers: readonly string[]): string {
  if (headers.includes(name)) return name;
  const byIndex = /^-?\d+$/.test(name) ? headers.at(Number(name)) : undefined;
  if (byIndex !== undefined) return byIndex;
  throw new ConfigError(
    `${flag}: must be one of the columns ${list(headers)}, got ${JSON.stringify(name)}.${suggestion(name, headers)}`,
  );
}

const tick = (name: string): string => JSON.stringify(name);

function list(names: readonly string[]): string {
  const shown = names.slice(0, 8).map(tick).join(", ");
  return names.length > 8 ? `${shown}, …` : shown;
}
