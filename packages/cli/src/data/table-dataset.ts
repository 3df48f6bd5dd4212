/** A table as examples: rows with a target, columns prepared. */
import { ConfigError } from "quadric";
import type { Expected } from "./column-builder.ts";
import type { Examples } from "./datasets.ts";
import { readTable } from "./files.ts";
import { fitPreparation, type Preparation, prepareInputs } from "./preparation.ts";
import { type Column, type ColumnKind, columnKinds, findColumn, type Table } from "./table.ts";
import { fitTarget, type TaskName, targetsOf } from "./target.ts";
import type { LossName } from "./targets.ts";
import { describeTable } from "./understanding.ts";

/** What a user may say about a table; everything else is guessed from it. */
export interface TableFlags {
  /** The column to predict: a name or an index; defaults to the last one that is neither id nor text. */
  readonly target?: string;
  readonly task?: TaskName;
  /** The loss asked for, which may say what the task is. */
  readonly loss?: LossName;
  /** The network asked for. */
  readonly model?: string;
  /** Kinds of columns, such as `zip=category`. */
  readonly columns?: readonly string[];
  /** Columns to leave out. */
  readonly drop?: readonly string[];
  /** The column with the weights of the rows. */
  readonly weights?: string;
  readonly header?: boolean;
  /** Words that mean a missing cell, besides those that always do. */
  readonly missing?: readonly string[];
  readonly decimal?: "." | ",";
  /** That of the run, which is then used as it is. */
  readonly preparation?: Preparation;
}

export interface LoadedTable {
  /** Targets of the rows that have one: numbers, or indices of classes. */
  readonly labels: Float64Array;
  readonly hasClasses: boolean;
  /** Fits the preparation to examples, all by default; that of the run if it was given. */
  prepare(examples?: Int32Array): Preparation;
  examples(preparation: Preparation, which?: Int32Array): Examples;
  /** Those that the preparation was fitted to. */
  trainingExamples(preparation: Preparation, which?: Int32Array): Examples;
  describe(preparation: Preparation): string;
}

export async function loadTable(path: string, flags: TableFlags): Promise<LoadedTable> {
  const { preparation: kept, columns = [], drop = [], header, decimal, missing } = flags;
  const kinds = kept ? expectedKinds(kept) : kindsOf(columns);
  const table = await readTable(path, { header, decimal, kinds, missing, names: kept?.inputs.map(({ name }) => name) });
  if (!kept) for (const name of kinds.keys()) findColumn(table, name);
  const column = kept ? targetColumn(kept, table) : askedTarget(table, flags);
  const target = kept?.target ?? fitTarget(column, flags.task ?? impliedTask(flags));
  const rows = Int32Array.from(Array.from(column.values.keys()).filter((row) => !Number.isNaN(column.values[row])));
  const weighing = flags.weights === undefined ? undefined : weightColumn(table, flags.weights);
  const left = weighing ? [...drop, weighing.name] : drop;
  const rowsOf = (examples: Int32Array | undefined) => (examples ? examples.map((i) => rows[i]) : rows);
  const examplesOf = (preparation: Preparation, which: Int32Array | undefined, trains: boolean): Examples => {
    const taken = rowsOf(which);
    return {
      inputs: prepareInputs(preparation, table, taken, trains),
      targets: { shape: [taken.length], data: targetsOf(preparation.target, column, taken) },
      ...(weighing && { weights: Float64Array.from(taken, (row) => weighing.values[row]) }),
      rows: taken,
    };
  };
  return {
    labels: targetsOf(target, column, rows),
    hasClasses: target.task === "classes",
    prepare: (examples) =>
      kept ?? fitPreparation(table, { target: column.name, task: target.task, rows: rowsOf(examples), drop: left }),
    examples: (preparation, which) => examplesOf(preparation, which, false),
    trainingExamples: (preparation, which) => examplesOf(preparation, which, true),
    describe: (preparation) => describeTable(table, preparation, target.because),
  };
}

function askedTarget(table: Table, { target, drop = [], weights }: TableFlags): Column {
  if (target !== undefined) return findColumn(table, target);
  const left = [...drop, ...(weights === undefined ? [] : [weights])].map((name) => findColumn(table, name));
  const usable = ({ kind }: Column) => kind !== "id" && kind !== "text";
  return table.columns.findLast((column) => usable(column) && !left.includes(column)) ?? findColumn(table, "-1");
}

function weightColumn(table: Table, name: string): Column {
  const column = findColumn(table, name);
  const bad = column.values.findIndex((weight) => !(weight >= 0));
  if (column.levels.length === 0 && bad < 0) return column;
  throw new ConfigError(
    `--weights: every cell of ${JSON.stringify(column.name)} must be a number ≥ 0, got another in row ${bad + 1}.`,
  );
}

/** Cross-entropy is for classes; squares are for numbers, unless the network has an output for each class. */
function impliedTask({ loss, model = "" }: TableFlags): TaskName | undefined {
  if (loss === "cross-entropy") return "classes";
  if (loss === undefined || loss === "bce") return undefined;
  return loss !== "mse" || !/^mlp:.*-(?!1$)\d+$/.test(model) ? "numbers" : undefined;
}

/** The kinds that a preparation was fitted to, so that a later table is read alike. */
export function expectedKinds({ inputs, target }: Preparation): ReadonlyMap<string, Expected> {
  const of = ({ kind, dayFirst }: Expected): Expected => ({ kind, ...(dayFirst !== undefined && { dayFirst }) });
  return new Map([...inputs, target].map((column) => [column.name, of(column)]));
}

function kindsOf(columns: readonly string[]): ReadonlyMap<string, Expected> {
  return new Map(
    columns.map((text) => {
      const at = text.lastIndexOf("=");
      const kind = columnKinds.find((known) => known === text.slice(at + 1));
      if (at > 0 && kind) return [text.slice(0, at), { kind: kind satisfies ColumnKind }];
      throw new ConfigError(
        `--column: must be NAME=KIND, KIND one of ${columnKinds.join(", ")}, got ${JSON.stringify(text)}.`,
      );
    }),
  );
}

function targetColumn({ target: { name } }: Preparation, table: Table) {
  const column = table.columns.find((known) => known.name === name);
  if (column) return column;
  throw new ConfigError(`table: must have the target column ${JSON.stringify(name)}, got none.`);
}
