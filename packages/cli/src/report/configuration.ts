/** What ran, on what: settings that all runs share, those in which the methods differ, every run by itself. */

import { html, type Markup } from "../charts/markup.ts";
import { digits } from "../format.ts";
import { statusText } from "../lines.ts";
import { type Group, settingsOf } from "../runs.ts";

export function configuration(groups: readonly Group[]): Markup {
  const settings = groups.map(({ runs: [run] }) => ({
    ...settingsOf(run),
    ...flattened("optimizer", run.record.optimizer),
  }));
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
<details><summary>Settings that all share</summary>${definitions(shared.map((key) => [key, texts[0].get(key)!]))}</details>
<details><summary>Versions and machine</summary>${machines(groups)}</details>
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
    definitions(Object.entries(JSON.parse(text) as Record<string, unknown>).map(([key, value]) => [key, tell(value)])),
  )}`;
}

function everyRun(groups: readonly Group[]): Markup {
  const cellOf = (value: number | null | undefined) => {
    if (value === undefined) return "–";
    return value === null ? "not finite" : digits(value, 4);
  };
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of every run">
<table><thead><tr>${["method", "seed", "steps", "training loss", "test loss", "test accuracy", "backprops", "status", "folder", "started", "command"].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${groups.flatMap(({ name, runs }) =>
    runs.map(
      ({ path, record, rows, summary }) => html`
<tr><th scope="row">${name}</th><td>${record.config.seed}</td><td>${rows.at(-1)?.step ?? 0}</td><td>${cellOf(summary?.trainLoss)}</td><td>${cellOf(summary?.testLoss)}</td><td>${summary?.testAccuracy === null ? "–" : cellOf(summary?.testAccuracy)}</td><td>${rows.at(-1)?.counts.backprops ?? 0}</td><td class="words">${summary ? [statusText(summary.status), summary.message].join(". ") : "unfinished"}</td><td class="words">${path}</td><td class="words">${day(record.started)}</td><td class="words">${record.command ?? none}</td></tr>`,
    ),
  )}</tbody></table></div>`;
}

/** A moment to the minute. */
export const day = (started: string | undefined): string =>
  started === undefined ? none : `${started.slice(0, 16).replace("T", " ")} UTC`;
