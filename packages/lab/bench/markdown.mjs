/** What the tables of the docs are written with. */
import { readFileSync, writeFileSync } from "node:fs";

/** Two digits. */
export const show = (x) =>
  x === 0
    ? "0"
    : Number.isFinite(x)
      ? x >= 1e-3 && x < 1e5
        ? String(Number(x.toPrecision(2)))
        : x.toExponential(1)
      : "–";

/** Lines of Markdown, the last one empty. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ""];
}

/** What stands between the two marks of this name on a page of docs/ becomes `lines`. */
export function replaceBetween(path, name, lines) {
  const page = new URL(`../../../docs/${path}`, import.meta.url);
  const [begin, end] = [`<!-- bench: ${name} -->`, `<!-- end of ${name} -->`];
  const text = readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`docs/${path} must have the marks ${begin} and ${end}.`);
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${lines.join("\n")}\n${text.slice(to)}`);
}
