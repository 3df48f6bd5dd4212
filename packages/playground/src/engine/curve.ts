/** A formula fitted to columns of a table, and everything that there is to draw of it. */
import { ConfigError, curveFit, formula, type Status } from "quadric";
import { parseCsv } from "quadric/data";

/** Columns of numbers, as the table has them. */
export interface CurveTable {
  readonly rows: number;
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
}

export interface CurveTableSummary {
  readonly rows: number;
  readonly names: readonly string[];
}

export interface CurveRequest {
  readonly text: string;
  /** Columns by number: what x stands for, what is explained, and its standard errors, −1 for none. */
  readonly x: number;
  readonly y: number;
  readonly sigma: number;
  /** Start values that are given, by name; the others are guessed. */
  readonly start: Readonly<Record<string, number>>;
}

/** One parameter as the table shows it. */
export interface FittedParameter {
  readonly name: string;
  readonly value: number;
  /** NaN at a bound, Infinity if the data do not determine it. */
  readonly error: number;
}

export type Triple = readonly [x: number, low: number, high: number];
export type Pair = readonly [x: number, y: number];

export interface CurveReport {
  /** The formula as it was understood, and as an expression of JavaScript. */
  readonly text: string;
  readonly javascript: string;
  readonly variables: readonly string[];
  readonly labels: { readonly x: string; readonly y: string };
  readonly points: number;
  readonly isConverged: boolean;
  readonly status: Status;
  readonly message: string;
  readonly notes: readonly string[];
  readonly parameters: readonly FittedParameter[];
  readonly covariance: readonly (readonly number[])[];
  readonly chiSquared: number;
  readonly degreesOfFreedom: number;
  readonly rSquared: number;
  /** Some of them, if there are very many. */
  readonly data: readonly Pair[];
  readonly bars: readonly Triple[];
  readonly residuals: readonly Pair[];
  readonly curve: readonly Pair[];
  readonly band: readonly Triple[];
  /** Columns that the formula uses, by the names of its variables, and y, for the code; undefined if they are long. */
  readonly values?: {
    readonly x: Readonly<Record<string, readonly number[]>>;
    readonly y: readonly number[];
    readonly sigma?: readonly number[];
  };
}

const [leastRows, mostColumns] = [2, 500];
const mostDrawn = 1500;
const mostInCode = 200;
const steps = 240;

/** Cells apart by commas and numbers with points, whatever a spreadsheet made of them. */
function plainCsv(text: string): string {
  const apart = text.includes("\t") ? "\t" : ";";
  if (!text.includes(apart)) return text;
  const points = text.replaceAll(/(\d),(\d)/g, "$1.$2");
  return points.replaceAll(",", " ").replaceAll(apart, ",");
}

/** @throws {ConfigError} if the bytes are not a table of numbers. */
export function curveTable(bytes: Uint8Array): CurveTable {
  const text = plainCsv(new TextDecoder().decode(bytes));
  const { names, values } = parseCsv(new TextEncoder().encode(text));
  const [rows, width] = values.shape;
  if (rows < leastRows)
    throw new ConfigError(`csv: a file must have at least ${leastRows} lines of numbers, got ${rows}.`);
  if (width < 2 || width > mostColumns) {
    throw new ConfigError(`csv: a file must have 2 to ${mostColumns} columns, got ${width}.`);
  }
  const columns = names.map((_, j) =>
    Float64Array.from({ length: rows }, (_, i) => Number(values.data[i * width + j])),
  );
  return { rows, names, columns };
}

export async function fitCurve(table: CurveTable, request: CurveRequest): Promise<CurveReport> {
  const { names, columns, rows } = table;
  const y = columns[request.y];
  const others = names.filter((_, j) => j !== request.y && j !== request.sigma);
  const model = formula(request.text, { variables: others.includes("x") ? others : [...others, "x"] });
  if (model.variables.length === 0) {
    throw new ConfigError(`formula: must use x or a column, got only the parameters ${model.parameters.join(", ")}.`);
  }
  const columnOf = (name: string) => columns[name === "x" ? request.x : names.indexOf(name)];
  const x = Object.fromEntries(model.variables.map((name) => [name, columnOf(name)]));
  const sigma = request.sigma < 0 ? undefined : columns[request.sigma];
  if (sigma?.some((value) => !(value > 0))) throw new ConfigError("The standard errors must all be > 0.");
  if (rows < model.parameters.length) {
    throw new ConfigError(`${model.parameters.length} parameters need at least as many rows, got ${rows}.`);
  }
  const start = Object.fromEntries(Object.entries(request.start).filter(([name]) => model.parameters.includes(name)));
  const result = await curveFit(model, x, y, { start, ...(sigma && { sigma }) });

  const isPlane = model.variables.length === 1;
  const fitted = y.map((value, i) => value + result.residuals[i]);
  const at = isPlane ? columnOf(model.variables[0]) : fitted;
  const every = Math.ceil(rows / mostDrawn);
  const drawn = Array.from({ length: Math.ceil(rows / every) }, (_, i) => i * every);
  const [low, high] = [at.reduce((a, b) => Math.min(a, b)), at.reduce((a, b) => Math.max(a, b))];
  const even = Array.from({ length: steps + 1 }, (_, k) => low + ((high - low) * k) / steps);
  // Also where the data are, since they may lie close together where the curve bends.
  const grid = Float64Array.from(new Set([...even, ...drawn.map((i) => at[i])])).sort();
  const curve = isPlane ? result.predict({ [model.variables[0]]: grid }, { band: "confidence" }) : undefined;
  const label = (name: string) => (name === "x" ? names[request.x] : name);
  return {
    text: model.text,
    javascript: model.javascript(),
    variables: model.variables,
    labels: { x: isPlane ? label(model.variables[0]) : `${names[request.y]} by the formula`, y: names[request.y] },
    points: rows,
    isConverged: result.status === "converged",
    status: result.status,
    message: result.message,
    notes: result.notes.map(({ message }) => message),
    parameters: model.parameters.map((name) => ({
      name,
      value: result.parameters[name],
      error: result.standardErrors[name],
    })),
    covariance: result.covariance,
    chiSquared: result.chiSquared,
    degreesOfFreedom: result.degreesOfFreedom,
    rSquared: 1 - result.chiSquared / totalOf(y, sigma),
    data: drawn.map((i) => [at[i], y[i]]),
    bars: sigma ? drawn.map((i) => [at[i], y[i] - sigma[i], y[i] + sigma[i]]) : [],
    residuals: drawn.map((i) => [at[i], -result.residuals[i]]),
    curve: Array.from(grid, (x, k) => [x, curve ? curve.values[k] : x]),
    band: curve ? Array.from(grid, (x, k) => [x, curve.lower[k], curve.upper[k]]) : [],
    ...(rows <= mostInCode && {
      values: {
        x: Object.fromEntries(Object.entries(x).map(([name, column]) => [name, Array.from(column)])),
        y: Array.from(y),
        ...(sigma && { sigma: Array.from(sigma) }),
      },
    }),
  };
}

/** Σ wᵢ(yᵢ − ȳ)², w = 1/σ². */
function totalOf(y: Float64Array, sigma: Float64Array | undefined): number {
  const weight = (i: number) => (sigma ? sigma[i] ** -2 : 1);
  const sum = (term: (value: number) => number) => y.reduce((total, value, i) => total + weight(i) * term(value), 0);
  const mean = sum((value) => value) / sum(() => 1);
  return sum((value) => (value - mean) ** 2);
}
