/** From folders of runs to a report: what is drawn of them, and in which order. */
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { ConfigError } from "quadric";
import { type Experiment, readExperiment } from "../experiments/experiment.ts";
import type { Picture } from "./chart.ts";
import type { Axis } from "./curves.ts";
import type { ReportPage, Section } from "./page.ts";
import { readPaperCurves } from "./paper-curves.ts";
import { reconstructions } from "./reconstructions.ts";
import { costPicture, coursePictures, lossQuantity } from "./run-pictures.ts";
import { type Group, groupRuns, readRuns } from "./runs.ts";
import { spectrumPictures, spectrumTable } from "./spectrum-pictures.ts";

export interface ReportOptions {
  /** Defaults to the title of the experiment, else the names of the folders. */
  readonly title?: string;
  /** Told of what had to be left out. */
  readonly warn: (message: string) => void;
}

export async function makeReport(folders: readonly string[], { title, warn }: ReportOptions): Promise<ReportPage> {
  const runs = folders.flatMap(readRuns);
  if (runs.length === 0) throw new ConfigError(`${folders.join(", ")}: must hold runs, got none.`);
  const experiment = experimentOf(folders);
  const groups = inOrderOf(experiment, groupRuns(runs));
  return {
    title: title ?? experiment?.title ?? namesOf(folders),
    lead: leadOf(groups, experiment),
    groups,
    sections: [lossSection(groups, experiment), accuracySection(groups), courseSection(groups), ...curvature(groups)],
    reconstructions: await reconstructions(groups, warn),
  };
}

function namesOf(folders: readonly string[]): string {
  const names = folders.map((folder) => basename(resolve(folder)));
  return names.length <= 3 ? names.join(", ") : `${names[0]} and ${names.length - 1} other folders`;
}

/** The experiment that wrote the folder, where there is one. */
function experimentOf(folders: readonly string[]): Experiment | undefined {
  const path = folders.length === 1 ? join(folders[0], "experiment.json") : "";
  return existsSync(path) ? readExperiment(path) : undefined;
}

/** Methods as the experiment lists them; others behind. */
function inOrderOf(experiment: Experiment | undefined, groups: readonly Group[]): Group[] {
  const labels = experiment?.kind === "training" ? experiment.methods.map(({ label }) => label) : [];
  const rank = ({ runs: [{ record }] }: Group) =>
    (labels.indexOf(record.label ?? "") + labels.length + 1) % (labels.length + 1);
  return groups.toSorted((a, b) => rank(a) - rank(b));
}

function leadOf(groups: readonly Group[], experiment: Experiment | undefined): string {
  const runs = groups.flatMap((group) => group.runs);
  const distinct = (of: "data" | "model") => [...new Set(runs.map(({ record }) => basename(record.config[of])))];
  const number = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  const lead = `${number(runs.length, "run")} of ${number(groups.length, "method")} on ${distinct("data").join(", ")}: ${distinct("model").join(", ")}.`;
  return experiment ? `${lead} Reproduces ${experiment.figure}.` : lead;
}

function lossSection(groups: readonly Group[], experiment: Experiment | undefined): Section {
  const quantity = lossQuantity(groups);
  const axes: readonly Axis[] = ["backprops", "epochs", "seconds"];
  const problem = experiment?.kind === "training" ? experiment.report.paper : undefined;
  const paper = problem === undefined ? [] : readPaperCurves(problem);
  const source =
    quantity === "trainLoss"
      ? "Loss on all training data, evaluated along each run; evaluations cost neither backprops nor seconds."
      : "Loss of the batch of each step, where the step started.";
  return {
    title: "Loss",
    note: `${source} Lines are means over the seeds of natural logarithms, bands their 95 % intervals (Student's), from the first value of all seeds to the end of the shortest run. Nothing is smoothed; for drawing, each pixel column keeps its least and largest value. A gap is a loss that is not finite or not positive.${paper.length > 0 ? " Dashed: the paper's mean curves, digitised from its figure." : ""}`,
    pictures: present([
      paper.length > 0 ? costPicture(groups, quantity, "paperBackprops", paper) : undefined,
      ...axes.map((axis) => costPicture(groups, quantity, axis)),
    ]),
  };
}

/** Along the runs, where they were evaluated on test data. */
function accuracySection(groups: readonly Group[]): Section {
  return {
    title: "Test data",
    note: "Means over the seeds, bands their 95 % intervals.",
    pictures:
      lossQuantity(groups) === "trainLoss"
        ? present([costPicture(groups, "testLoss", "backprops"), costPicture(groups, "testAccuracy", "backprops")])
        : [],
  };
}

function courseSection(groups: readonly Group[]): Section {
  return {
    title: "Along the run",
    note: "Second-order methods only. Steps of all seeds in bins: lines are medians, bands reach from the least to the largest value of a bin.",
    pictures: coursePictures(groups),
  };
}

function curvature(groups: readonly Group[]): Section[] {
  return groups.flatMap(({ name, runs }, i) =>
    runs.flatMap(({ spectrum, record }): Section[] => {
      if (!spectrum) return [];
      const { seed } = record.config;
      return [
        {
          title: `Curvature: ${name}, seed ${seed}`,
          table: spectrumTable(spectrum),
          pictures: spectrumPictures(spectrum, `${i + 1}-${seed}`),
        },
      ];
    }),
  );
}

const present = (pictures: readonly (Picture | undefined)[]): Picture[] =>
  pictures.filter((picture) => picture !== undefined);
