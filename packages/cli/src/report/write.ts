/** A report as files: the page and its pictures, or the numbers of its runs for other programs. */
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "quadric/node";
import { writePictures } from "../charts/pictures.ts";
import type { Group } from "../runs.ts";
import { metricsCsv } from "./metrics-csv.ts";
import { type ReportPage, renderPage } from "./page.ts";
import { eventRecords } from "./tensorboard.ts";

/** @param pictures - a folder for all pictures as SVG and PNG. */
export function writeReport(page: ReportPage, { out, pictures }: { out: string; pictures: string | undefined }): void {
  writeFileAtomic(out, renderPage(page));
  if (pictures === undefined) return;
  writePictures(
    pictures,
    [...page.opening, ...page.sections].flatMap((section) => section.pictures),
  );
  page.reconstructions.forEach(({ png }, i) => {
    writeFileAtomic(join(pictures, `reconstructions-${i + 1}.png`), png);
  });
}

export function writeCsv(groups: readonly Group[], out: string): void {
  writeParts(out, metricsCsv(groups));
}

/** A folder below `out` for each run, as TensorBoard looks for them. */
export function writeEvents(groups: readonly Group[], out: string): void {
  for (const { name, runs } of groups) {
    for (const run of runs) {
      const { started, config } = run.record;
      const folder = join(out, `${name.replace(/[^\p{L}\p{N}._=-]+/gu, "-")}-seed-${config.seed}`);
      const seconds = started === undefined ? 0 : Math.floor(Date.parse(started) / 1000);
      writeParts(join(folder, `events.out.tfevents.${seconds}.quadric`), eventRecords(run));
    }
  }
}

/** A file of any length: written next to its place, and moved there when it is whole. */
function writeParts(path: string, parts: Iterable<string | Uint8Array>): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, "w");
  try {
    for (const part of parts) writeSync(file, typeof part === "string" ? Buffer.from(part) : part);
    closeSync(file);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
