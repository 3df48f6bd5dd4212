/** The page: one HTML file that needs nothing else, runs no script and asks no network for anything. */

import type { Picture } from "../charts/chart.ts";
import { html, type Markup, raw } from "../charts/markup.ts";
import { version } from "../environment.ts";
import { digits } from "../format.ts";
import type { Group } from "../runs.ts";
import { configuration, day } from "./configuration.ts";
import { finalTable } from "./final-table.ts";
import { pageStyle } from "./page-style.ts";
import type { Reconstruction } from "./reconstructions.ts";

export interface Section {
  readonly title: string;
  readonly note?: string | undefined;
  readonly table?: Markup;
  readonly pictures: readonly Picture[];
}

export interface ReportPage {
  readonly title: string;
  /** One sentence below it. */
  readonly lead: string;
  readonly groups: readonly Group[];
  /** Before the table of final values. */
  readonly opening: readonly Section[];
  readonly sections: readonly Section[];
  readonly reconstructions: readonly Reconstruction[];
}

/** Nothing but what stands in the page itself: its own style sheet and images written into it. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** Widths at which pictures are drawn: for a page, and for a phone. */
const widths = { wide: 600, narrow: 340 } as const;

export function renderPage({ title, lead, groups, opening, sections, reconstructions }: ReportPage): string {
  const { markup } = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${raw(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<style>${raw(pageStyle)}</style></head>
<body><main>
<h1>${title}</h1>
<p>${lead}</p>
${typed(groups)}
${opening.filter(hasContent).map(section)}
<section><h2>Final values</h2>${finalTable(groups)}</section>
${sections.filter(hasContent).map(section)}
${reconstructions.length > 0 ? reconstructed(reconstructions) : undefined}
<section><h2>Configuration</h2>${configuration(groups)}</section>
<p class="note">Written by quadric ${version}.</p>
</main></body></html>
`;
  return markup;
}

/** What was typed, if it fits on a screen; that of every run stands in the table of all runs. */
function typed(groups: readonly Group[]): Markup | undefined {
  const records = groups.flatMap(({ runs }) => runs.map(({ record }) => record));
  const commands = [...new Set(records.flatMap(({ command }) => (command === undefined ? [] : [command])))];
  const days = [...new Set(records.flatMap(({ started }) => (started === undefined ? [] : [day(started)])))].sort();
  if (commands.length === 0 || days.length === 0) return undefined;
  const when = days.length === 1 ? days[0] : `${days[0]} to ${days[days.length - 1]}`;
  const shown = commands.slice(0, mostCommands);
  const others = commands.length - shown.length;
  return html`<p class="note">${when}</p>
<pre class="commands">${shown.map((command) => `${command}\n`)}${others > 0 ? `and ${others} more: see “Every run”\n` : undefined}</pre>`;
}

const mostCommands = 4;

const hasContent = ({ pictures, table }: Section): boolean => pictures.length > 0 || table !== undefined;

function section({ title, note, table, pictures }: Section): Markup {
  return html`<section><h2>${title}</h2>${note ? html`<p class="note">${note}</p>` : undefined}${table}
<div class="figures">${pictures.map(figure)}</div></section>`;
}

function figure(picture: Picture): Markup {
  const sizes = Object.entries(widths) as [keyof typeof widths, number][];
  return html`<figure><h3>${picture.title}</h3>${sizes.map(
    ([size, width]) => html`<div class="${size}">${accessible(picture, size, width)}</div>`,
  )}${picture.caption ? html`<figcaption>${picture.caption}</figcaption>` : undefined}</figure>`;
}

/** The picture with its title and description for those who do not see it. */
function accessible({ name, title, description, draw }: Picture, size: string, width: number): Markup {
  const id = `${name}-${size}`;
  const words = html`<title id="${id}-title">${title}</title><desc id="${id}-desc">${description}</desc>`;
  const start = html`<svg role="img" aria-labelledby="${id}-title ${id}-desc" `;
  const svg = draw(width).replace(/^<svg /, "");
  const end = svg.indexOf(">") + 1;
  return raw(start.markup + svg.slice(0, end) + words.markup + svg.slice(end));
}

function reconstructed(pictures: readonly Reconstruction[]): Markup {
  return html`<section><h2>Reconstructions</h2>
<p class="note">The first images of the test data: originals above, what the autoencoder makes of them below.</p>
<div class="figures">${pictures.map(({ name, seed, images, png, width, height, error }) => {
    const words = `${images} test images above, their reconstructions by ${name} below; mean squared error of a pixel ${digits(error, 3)}.`;
    return html`<figure><h3>${name}</h3><img class="pixels" alt="${words}" width="${3 * width}" height="${3 * height}" src="data:image/png;base64,${Buffer.from(png).toString("base64")}"><figcaption>Seed ${seed}; mean squared error of a pixel ${digits(error, 3)}.</figcaption></figure>`;
  })}</div></section>`;
}
