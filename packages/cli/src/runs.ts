/** Runs as a report takes them: read from their folders and gathered by method. */
import { basename, join } from "node:path";
import type { Summary } from "./lines.ts";
import { type Row, readMetrics } from "./metrics.ts";
import { findRunFolders, type RunRecord, readRunRecord, readSummary } from "./run-files.ts";
import { readSpectrum, type SpectrumFile } from "./spectrum.ts";

export interface RunFiles {
  readonly path: string;
  readonly record: RunRecord;
  readonly rows: readonly Row[];
  /** Undefined while the run is unfinished. */
  readonly summary: Summary | undefined;
  /** What `quadric spectrum` found, if it was asked. */
  readonly spectrum: SpectrumFile | undefined;
}

/** Runs that differ in their seeds alone. */
export interface Group {
  /** Label of the method, else the optimizer's name; with the settings that distinguish it if that is ambiguous. */
  readonly name: string;
  readonly runs: readonly RunFiles[];
}

/** @param warn - called with what is lost or damaged in the metrics of a run. */
export function readRuns(folder: string, warn: (message: string) => void): RunFiles[] {
  return findRunFolders(folder).map((path) => {
    const record = readRunRecord(path);
    const summary = readSummary(path, record);
    const { rows, damage } = readMetrics(path, summary?.steps);
    if (damage) warn(`${join(path, "metrics.jsonl")}: ${damage}`);
    return { path, record, rows, summary, spectrum: readSpectrum(path) };
  });
}

/** Settings that decide what a run computes, its seed apart. */
export function settingsOf({ record: { config } }: RunFiles): Readonly<Record<string, unknown>> {
  const { seed, dataDir, threads, checkpointEvery, keepCheckpoints, evaluateEvery, scaling, ...settings } = config;
  return { ...settings, data: basename(settings.data) };
}

export function groupRuns(runs: readonly RunFiles[]): Group[] {
  const byMethod = new Map<string, RunFiles[]>();
  for (const run of runs) {
    const key = JSON.stringify([baseName(run), settingsOf(run)]);
    byMethod.set(key, [...(byMethod.get(key) ?? []), run]);
  }
  const groups = [...byMethod.values()];
  return groups.map((runs) => {
    const name = baseName(runs[0]);
    const namesakes = groups.filter((others) => baseName(others[0]) === name).map(([first]) => settingsOf(first));
    const differing = Object.entries(settingsOf(runs[0])).filter(
      ([key, value]) => !namesakes.every((settings) => settings[key] === value),
    );
    const apart = differing.map(([key, value]) => `${key} ${value}`).join(", ");
    return { name: apart === "" ? name : `${name} (${apart})`, runs };
  });
}

const baseName = ({ record: { label, config } }: RunFiles): string => label ?? config.optimizer;
