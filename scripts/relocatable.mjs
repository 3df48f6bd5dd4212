/**
 * Makes a site of VitePress one that works from any folder of any host: relocate(folder) after a build with base `placeholder`.
 *
 * Links in pages and styles become relative. Scripts need an absolute path: the first script of each page finds it from the
 * address of the page and the page's depth, as `siteBase`, and strings with the placeholder are replaced when they are read.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { parseAst } from "vite";

export const placeholder = "/__site__/";

/** Ranges of the strings, and of the parts of templates, that hold the placeholder. */
function* stringsOf(node) {
  if (node === null || typeof node !== "object") return;
  if (node.type === "Literal" && typeof node.value === "string" && node.value.includes(placeholder)) yield node;
  if (node.type === "TemplateElement" && node.value.raw.includes(placeholder)) yield node;
  for (const child of Object.values(node)) yield* stringsOf(child);
}

function relocateScript(text) {
  let [moved, from] = ["", 0];
  for (const { type, start, end } of stringsOf(parseAst(text))) {
    const raw = text.slice(start, end);
    const now =
      type === "Literal"
        ? `(${raw}.replaceAll(${JSON.stringify(placeholder)},globalThis.siteBase))`
        : raw.replaceAll(placeholder, `\${globalThis.siteBase}`);
    moved += text.slice(from, start) + now;
    from = end;
  }
  return moved + text.slice(from);
}

function relocatePage(text, name) {
  const up = "../".repeat(name.split("/").length - 1) || "./";
  const find = `<script>globalThis.siteBase=new URL(${JSON.stringify(up)},location.href).pathname</script>`;
  return text
    .replace(/<script[^>]*>(?=[^<])[\s\S]*?<\/script>/g, (script) => {
      const [open, close] = [script.indexOf(">") + 1, script.lastIndexOf("<")];
      return [script.slice(0, open), relocateScript(script.slice(open, close)), script.slice(close)].join("");
    })
    .replaceAll(`="${placeholder}`, `="${up}`)
    .replace(/<head>/, `<head>${find}`);
}

export function relocate(folder) {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const file = join(folder, name);
    const change = {
      ".html": (text) => relocatePage(text, name),
      ".css": (text) => text.replaceAll(`${placeholder}assets/`, "./"),
      ".js": relocateScript,
    }[extname(name)];
    const text = change && readFileSync(file, "utf8");
    if (text?.includes(placeholder)) writeFileSync(file, change(text));
  }
}
