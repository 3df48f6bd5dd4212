/** What quadric-lab takes from the command, which promises nobody else anything about it. */
import { fileURLToPath } from "node:url";

/** The bin, to be started as a process. */
export const bin: string = fileURLToPath(new URL("../bin/quadric.js", import.meta.url));

export type { Command } from "@commander-js/extra-typings";
export { type Contender, compare } from "./compare/comparison.ts";
export { curveOf, lossOf } from "./compare/curves.ts";
export { comparisonTables } from "./compare/tables.ts";
export { configSchema } from "./config.ts";
export { loadDataset } from "./data/datasets.ts";
export { describeEnvironment, version } from "./environment.ts";
export { digits } from "./format.ts";
export { listenForInterrupts } from "./interrupts.ts";
export { type Io, type Output, tell } from "./io.ts";
export { isFailed, type StepLine, type Summary } from "./lines.ts";
export { readMetrics } from "./metrics.ts";
export { printableLine } from "./printable.ts";
export { type Program, runProcess } from "./program.ts";
export { readRunRecord, readSummary } from "./run-files.ts";
export { holderOf, removeIfEmpty, removeRun } from "./run-folder.ts";
export { placesOf } from "./spectrum.ts";
export { type Estimate, estimate, makeDraws, mean, median, quantile } from "./statistics.ts";
export { compileTask, makeTaskData } from "./task.ts";
export { integer } from "./values.ts";
