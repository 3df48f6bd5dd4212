/** From folders of runs to a report: what is drawn of them, and in which order. */
import { basename, resolve } from "node:path";
import { ConfigError } from "quadric";
import type { Picture } from "../charts/chart.ts";
import type { Axis } from "../compare/curves.ts";
import { type Group, groupRuns, readRuns } from "../runs.ts";
import type { ReportPage, Section } from "./page.ts";
import { reconstructions } from "./reconstructions.ts";
import { areTogether, costPicture, coursePictures, lossQuantity, type References } from "./run-pictures.ts";
import { spectrumPictures, spectrumTable } from "./spectrum-pictures.ts";
import { isCommittee, tableSections } from "./table-sections.ts";

export interface ReportOptions {
  /** Defaults to the names of the folders. */
  readonly title?: string;
  /** A sentence about what the runs are for; none by default. */
  readonly purpose?: string;
  /** Labels of methods in the order to show them, others after them; defaults to the order of the folders. */
  readonly order?: readonly string[];
  /** Published curves to draw with those of the runs; none by default. */
  readonly references?: References;
  /** Called with what had to be left out. */
  readonly warn: (message: string) => void;
}

export async function makeReport(
  folders: readonly string[],
  { title = namesOf(folders), purpose, order = [], references, warn }: ReportOptions,
): Promise<ReportPage> {
  const runs = folders.flatMap((folder) => readRuns(folder, warn));
  if (runs.length === 0) throw new ConfigError(`${folders.join(", ")}: must hold runs, got none.`);
  const rank = ({ runs: [{ record }] }: Group) =>
    (order.indexOf(record.label ?? "") + order.length + 1) % (order.length + 1);
  const groups = groupRuns(runs).toSorted((a, b) => rank(a) - rank(b));
  // The steps of one network after those of another make no curve.
  const areCommittees = groups.every(({ runs }) => runs.every(isCommittee));
  return {
    title,
    lead: [leadOf(groups), purpose].filter(Boolean).join(" "),
    groups,
    opening: tableSections(groups),
    sections: [
      ...(areCommittees ? [] : [lossSection(groups, references)]),
      courseSection(groups),
      ...curvature(groups),
    ],
    reconstructions: await reconstructions(groups, warn),
  };
}

function namesOf(folders: readonly string[]): string {
  const names = folders.map((folder) => basename(resolve(folder)));
  return names.length <= 3 ? names.join(", ") : `${names[0]} and ${names.length - 1} other folders`;
}

function leadOf(groups: readonly Group[]): string {
  const runs = groups.flatMap((group) => group.runs);
  const distinct = (of: "data" | "model") => [...new Set(runs.map(({ record }) => basename(record.config[of])))];
  const number = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  return `${number(runs.length, "run")} of ${number(groups.length, "method")} on ${distinct("data").join(", ")}: ${distinct("model").join(", ")}.`;
}

function lossSection(groups: readonly Group[], references: References | undefined): Section {
  const quantity = lossQuantity(groups);
  const axes: readonly Axis[] = ["backprops", "epochs", "seconds"];
  const source =
    quantity === "trainLoss"
      ? `Loss on all training data${areTogether(groups) ? ", dashed on test data" : ""}, evaluated along each run; evaluations count neither as backprops nor as seconds.`
      : "Loss of the batch of each step, at its start.";
  return {
    title: "Loss",
    note: `${source}${areSeeds(groups) ? " Lines are geometric means over the seeds, up to the end of the shortest run; bands are their 95 % intervals (Student's)." : ""} Nothing is smoothed. A gap is a loss that is not finite or not positive.${references ? ` Dashed: ${references.source}.` : ""}`,
    pictures: present([
      references && costPicture(groups, quantity, references.axis, references),
      ...axes.map((axis) => costPicture(groups, quantity, axis)),
      ...(quantity === "trainLoss" && !areTogether(groups) ? [costPicture(groups, "testLoss", "backprops")] : []),
      ...(quantity === "trainLoss" ? [costPicture(groups, "testAccuracy", "backprops")] : []),
    ]),
  };
}

/** Whether there is anything to take means over. */
const areSeeds = (groups: readonly Group[]): boolean => groups.some(({ runs }) => runs.length > 1);

function courseSection(groups: readonly Group[]): Section {
  return {
    title: "Along the run",
    note: "Second-order methods only. Lines are medians over bins of steps, bands reach from the least to the largest value. Of runs of more than 2,048 steps every second, fourth, … step stands for those that follow it in medians and shares.",
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
