/** What a report of runs on tables opens with: the two curves, what the result is worth, and what it has learnt. */
import type { Picture } from "../charts/chart.ts";
import { html, type Markup } from "../charts/markup.ts";
import type { TableResult } from "../committee/result.ts";
import { comparison, scoreRows } from "../committee/words.ts";
import type { Group, RunFiles } from "../runs.ts";
import type { Section } from "./page.ts";
import { dependencePictures, importancePicture, learningOf, learningPicture } from "./table-pictures.ts";

/** Whether the networks of a run were trained one after the other, each with a part held out. */
export const isCommittee = ({ rows }: RunFiles): boolean => rows.some(({ network }) => network !== undefined);

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
    title: `Learning${of}`,
    note: "Each network is trained without one part of the training rows, and ends where its loss on that part is least. The training loss has the penalty, the held-out loss has not; at most eight networks are drawn.",
    pictures: present([learningPicture(learningOf(rows), suffix)]),
  };
  const table = summary?.table;
  if (!table || !config.preparation) return [learning];
  return [
    learning,
    {
      title: `What it is worth${of}`,
      note: comparison(table),
      table: scores(table),
      pictures: [],
    },
    {
      title: `What counts${of}`,
      note: `On ${table.test ? "test rows" : "the training rows, since none were kept for testing"}. Importance: how much the error rises when the values of a column are shuffled among the rows. Below: the mean prediction when a column has the same value in every row (partial dependence), for the three most important columns.`,
      pictures: present([importancePicture(table, suffix), ...dependencePictures(table, config.preparation, suffix)]),
    },
  ];
}

function scores(table: TableResult): Markup {
  const [head, ...rows] = scoreRows(table);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of scores">
<table><thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}

const present = (pictures: readonly (Picture | undefined)[]): Picture[] =>
  pictures.filter((picture) => picture !== undefined);
