/** What a report of runs on tables opens with: the two curves, what the result is worth, and what it has learnt. */
import type { Picture } from "../charts/chart.ts";
import { html, type Markup } from "../charts/markup.ts";
import type { Calibration } from "../committee/calibration.ts";
import type { EvidenceResult, TableResult } from "../committee/result.ts";
import { comparison, scoreRows } from "../committee/words.ts";
import { digits } from "../format.ts";
import type { Group, RunFiles } from "../runs.ts";
import type { Section } from "./page.ts";
import {
  calibrationPicture,
  dependencePictures,
  importancePicture,
  learningOf,
  learningPicture,
  relevancePicture,
} from "./table-pictures.ts";

/** Whether the networks of a run were trained one after the other, so that their steps make no one curve. */
export const isCommittee = ({ rows, record }: RunFiles): boolean =>
  record.config.regularize === "evidence" || rows.some(({ network }) => network !== undefined);

export function tableSections(groups: readonly Group[]): Section[] {
  const runs = groups.flatMap(({ name, runs }, i) => runs.map((run) => ({ run, name, i })));
  const committees = runs.filter(({ run }) => isCommittee(run));
  return committees.flatMap(({ run, name, i }) => {
    const { config } = run.record;
    const [of, suffix] =
      committees.length > 1 ? [`: ${name}, seed ${config.seed}`, `-${i + 1}-${config.seed}`] : ["", ""];
    return sectionsOf(run, of, suffix);
  });
}

function sectionsOf({ rows, summary, record: { config } }: RunFiles, of: string, suffix: string): Section[] {
  const learning: Section = {
    title: `How did the networks learn?${of}`,
    note: "Each network is trained without one part of the training rows, and ends where its loss on that part is least. The training loss includes the penalty, the held-out loss does not. At most eight networks are drawn.",
    pictures: present([learningPicture(learningOf(rows), suffix)]),
  };
  const table = summary?.table;
  const opening = rows.some(({ network }) => network !== undefined) ? [learning] : [];
  if (!table || !config.preparation) return opening;
  const { evidence, calibration } = table;
  return [
    ...opening,
    {
      title: `How good are the predictions?${of}`,
      note: comparison(table),
      table: scores(table),
      pictures: [],
    },
    ...(calibration
      ? [
          {
            title: `Can the uncertainty be trusted?${of}`,
            note: sureNote(calibration),
            pictures: present([calibrationPicture(calibration, suffix)]),
          },
        ]
      : []),
    ...(evidence
      ? [
          {
            title: `Which networks were chosen?${of}`,
            note: `By evidence: ${evidence.because}. Effective parameters are those that the data determine. Networks of weight 0 are not part of the mean.`,
            table: networks(evidence),
            pictures: present([relevancePicture(evidence, suffix)]),
          },
        ]
      : []),
    {
      title: `Which columns matter?${of}`,
      note: `On ${table.test ? "test rows" : "the training rows, since none were kept for testing"}. Importance: how much the error rises if the values of a column are shuffled among the rows. Below: the mean prediction if a column has the same value in every row (partial dependence), for the three most important columns.${evidence && !table.classes ? " Bands: the mean interval of 90 % of new rows." : ""}`,
      pictures: present([importancePicture(table, suffix), ...dependencePictures(table, config.preparation, suffix)]),
    },
  ];
}

function sureNote(calibration: Calibration): string {
  return "coverage" in calibration
    ? "An interval of 80 % should hold 80 % of the targets. Below the dashed line intervals are too narrow, above it too wide."
    : "How often the predicted class is right, by the probability that it was given, in ten bins. Below the dashed line the probabilities are too high, above it too low.";
}

function networks({ networks: tried }: EvidenceResult): Markup {
  const head = ["hidden units", "log evidence", "effective parameters", "steps", "weight"];
  const rows = tried.map(({ width, logEvidence, effectiveParameters, steps, weight }) => [
    width === 0 ? "linear" : width,
    digits(logEvidence, 4),
    digits(effectiveParameters, 3),
    steps,
    digits(weight, 2),
  ]);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of networks">
<table><thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}

function scores(table: TableResult): Markup {
  const [head, ...rows] = scoreRows(table);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of scores">
<table><thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}

const present = (pictures: readonly (Picture | undefined)[]): Picture[] =>
  pictures.filter((picture) => picture !== undefined);
