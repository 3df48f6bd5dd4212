/** A table of methods or runs. On a phone each row is a card: its name, and below it a line for each column. */
import { type Content, html, type Markup } from "../charts/markup.ts";

export interface CardColumn<Row> {
  readonly name: string;
  of(row: Row): Content;
  /** Words stand at the left and wrap, numbers at the right; defaults to numbers. */
  readonly holds?: "words" | "numbers";
}

/** @param columns - the first names the row. */
export function cardTable<Row>(
  columns: readonly [CardColumn<Row>, ...CardColumn<Row>[]],
  rows: readonly Row[],
  { label, caption }: { readonly label: string; readonly caption?: string | undefined },
): Markup {
  const [first, ...others] = columns;
  const kind = ({ holds }: CardColumn<Row>) => (holds === "words" ? "words" : "number");
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
<table class="cards">${caption === undefined ? undefined : html`<caption>${caption}</caption>`}
<thead><tr><th scope="col">${first.name}</th>${others.map((column) => html`<th scope="col" class="${kind(column)}">${column.name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`
<tr><th scope="row">${first.of(row)}</th>${others.map((column) => html`<td class="${kind(column)}" data-name="${column.name}"><div>${column.of(row)}</div></td>`)}</tr>`,
  )}
</tbody></table></div>`;
}
