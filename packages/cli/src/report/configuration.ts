/** What ran, on what: settings that all runs share, those in which the methods differ, every run by itself. */

import { html, type Markup } from "../charts/markup.ts";
import { digits } from "../format.ts";
import { statusText } from "../lines.ts";
import { type Group, type RunFiles, settingsOf } from "../runs.ts";
import { cardTable } from "./card-table.ts";

export function configuration(groups: readonly Group[]): Markup {
  const settings = groups.map(({ runs: [run] }) => {
    const { preparation, ...others } = settingsOf(run);
    return { ...others, ...flattened("optimizer", run.record.optimizer) };
  });
  const keys = [...new Set(settings.flatMap((one) => Object.keys(one)))];
  const texts = settings.map((one) => new Map(keys.map((key) => [key, tell((one as Record<string, unknown>)[key])])));
  const isShared = (key: string) => texts.every((text) => text.get(key) === texts[0].get(key));
  const [shared, differing] = [keys.filter(isShared), keys.filter((key) => !isShared(key))];
  const holders = (key: string) => texts.filter((text) => text.get(key) !== none).length;
  const [common, single] = [differing.filter((key) => holders(key) > 1), differing.filter((key) => holders(key) === 1)];
  const apart = html`<div class="scroll" tabindex="0" role="region" aria-label="Table of settings that differ">
<table><caption>Settings in which the methods differ</caption><thead><tr><th scope="col">setting</th>${groups.map(({ name }) => html`<th scope="col" class="words">${name}</th>`)}</tr></thead>
<tbody>${common.map((key) => html`<tr><th scope="row">${key}</th>${texts.map((text) => html`<td class="words">${text.get(key)}</td>`)}</tr>`)}</tbody></table></div>`;
  const alone = groups.flatMap(({ name }, i) => {
    const own = single.filter((key) => texts[i].get(key) !== none);
    if (own.length === 0) return [];
    return [
      html`<details><summary>Settings of ${name} alone</summary>${definitions(own.map((key) => [key, texts[i].get(key)!]))}</details>`,
    ];
  });
  return html`${common.length > 0 ? apart : undefined}${alone}
<details><summary>${groups.length > 1 ? "Settings that all share" : "Settings"}</summary>${definitions(shared.map((key) => [key, texts[0].get(key)!]))}</details>
${columnsOf(groups)}<details><summary>Versions and machine</summary>${machines(groups)}</details>
<details><summary>Every run</summary>${everyRun(groups)}</details>`;
}

/** Settings in groups as one row each, such as "optimizer.radius.initial". */
const flattened = (prefix: string, settings: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) => {
      const name = `${prefix}.${key}`;
      const isGroup = typeof value === "object" && value !== null && !Array.isArray(value);
      return isGroup ? Object.entries(flattened(name, value)) : [[name, value]];
    }),
  );

/** Of a method that has no such setting. */
const none = "–";

function tell(value: unknown): string {
  if (value === undefined) return none;
  if (typeof value === "number") return String(Number(value.toPrecision(12)));
  return typeof value === "string" ? value : JSON.stringify(value);
}

function definitions(entries: readonly (readonly [string, string])[]): Markup {
  return html`<table class="plain"><tbody>${entries.map(([key, value]) => html`<tr><th scope="row">${key}</th><td class="words">${value}</td></tr>`)}</tbody></table>`;
}

/** If runs differ in these, each combination is listed. */
function machines(groups: readonly Group[]): Markup {
  const records = groups.flatMap(({ runs }) => runs.map(({ record }) => record));
  const seen = new Set(records.map(({ versions, machine }) => JSON.stringify({ ...versions, ...machine })));
  return html`${[...seen].map((text) =>
    definitions(
      Object.entries(JSON.parse(text) as Record<string, unknown>).map(([key, value]) =>
        key === "memoryBytes" ? ["memory", `${(Number(value) / 2 ** 30).toFixed(1)} GiB`] : [key, tell(value)],
      ),
    ),
  )}`;
}

/** What the columns of each table were taken for. */
function columnsOf(groups: readonly Group[]): Markup[] {
  const preparations = groups.flatMap(({ runs: [{ record }] }) => record.config.preparation ?? []);
  const different = [...new Map(preparations.map((one) => [JSON.stringify(one), one])).values()];
  return different.map(({ reading, inputs, dropped, target }) => {
    const entries = [
      [target.name, `target: ${target.task === "classes" ? `classes ${target.classes.join(", ")}` : numbers(target)}`],
      ...inputs.map((input) => [
        input.name,
        input.kind === "category" ? `category: ${input.levels.join(", ")}` : `${input.kind}: ${numbers(input)}`,
      ]),
      ...dropped.map(({ name, because }) => [name, `left out: ${because}`]),
    ] as [string, string][];
    return html`<details><summary>Columns of the table (${reading})</summary>${definitions(entries)}</details>`;
  });
}

const numbers = ({ shift, scale }: { readonly shift: number; readonly scale: number }): string =>
  `mean ${digits(shift, 4)}, deviation ${digits(scale, 4)}`;

function everyRun(groups: readonly Group[]): Markup {
  const numberOf = (value: number | null | undefined) => {
    if (value === undefined) return none;
    return value === null ? "not finite" : digits(value, 4);
  };
  const rows = groups.flatMap(({ name, runs }) => runs.map((run) => ({ name, run })));
  return cardTable(
    [
      { name: "method", of: ({ name }) => name },
      { name: "seed", of: ({ run }) => run.record.config.seed },
      { name: "steps", of: ({ run }) => stepsOf(run) },
      { name: "training loss", of: ({ run: { summary } }) => numberOf(summary?.trainLoss) },
      { name: "test loss", of: ({ run: { summary } }) => numberOf(summary?.testLoss) },
      { name: "test accuracy", of: ({ run: { summary } }) => numberOf(summary?.testAccuracy ?? undefined) },
      { name: "backprops", of: ({ run: { rows } }) => rows.at(-1)?.counts.backprops ?? none },
      {
        name: "status",
        of: ({ run: { summary } }) => (summary ? summary.message || statusText(summary.status) : "unfinished"),
        holds: "words",
      },
      { name: "folder", of: ({ run }) => run.path, holds: "words" },
      { name: "started", of: ({ run }) => day(run.record.started), holds: "words" },
      { name: "command", of: ({ run }) => run.record.command ?? none, holds: "words" },
    ],
    rows,
    { label: "Table of every run" },
  );
}

/** Of all networks, if the run trained several. */
const stepsOf = ({ rows, summary }: RunFiles): number =>
  summary?.table?.evidence?.networks.reduce((sum, { steps }) => sum + steps, 0) ?? rows.at(-1)?.step ?? 0;

/** A moment to the minute. */
export const day = (started: string | undefined): string =>
  started === undefined ? none : `${started.slice(0, 16).replace("T", " ")} UTC`;
