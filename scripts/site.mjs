/**
 * The documentation and the page as one folder that any host can serve: npm run site [-- FOLDER]
 *
 * FOLDER defaults to ./site; SITE_BASE=/quadric/ builds for a folder of a host instead of its root. The folder is checked: every
 * link and every picture leads somewhere, and the search finds what people look for.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import MiniSearch from "minisearch";
import { loadConfigFromFile } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = resolve(process.argv[2] ?? join(root, "site"));
const base = process.env.SITE_BASE ?? "/";

function run(...words) {
  const { status } = spawnSync("npx", words, { cwd: root, stdio: "inherit", env: { ...process.env, DOCS_BASE: base } });
  if (status !== 0) throw new Error(`${words.join(" ")}: failed.`);
}

const pagesIn = (folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".html"));

/** Links of the site that lead nowhere, with the page they stand on. */
function deadLinks(folder) {
  const text = new Map(pagesIn(folder).map((page) => [page, readFileSync(join(folder, page), "utf8")]));
  const fileOf = (path) =>
    [path, `${path}.html`, join(path, "index.html")].find(
      (name) => /\.\w+$/.test(name) && existsSync(join(folder, name)),
    );
  return [...text].flatMap(([page, html]) =>
    [...html.matchAll(/ (?:href|src)="([^"]*)"/g)].flatMap(([, link]) => {
      const [target, anchor] = link.replaceAll("&amp;", "&").split("#");
      if (/^[a-z]+:/.test(target)) return [];
      const path = target.startsWith(base) ? target.slice(base.length) : join(dirname(page), target);
      const file = target === "" ? page : fileOf(decodeURIComponent(path.split("?")[0]) || "index.html");
      if (file === undefined) return [`${page}: ${link}`];
      const isThere = !anchor || !text.has(file) || text.get(file).includes(` id="${decodeURIComponent(anchor)}"`);
      return isThere || file.startsWith("play/") ? [] : [`${page}: ${link}`];
    }),
  );
}

/** What people look for, and the pages of which one should be among the first three found. */
const questions = {
  install: ["quickstart"],
  predict: ["predicting"],
  regression: ["tables", "curve-fitting", "glossary"],
  "early stopping": ["glossary", "questions", "tables", "troubleshooting"],
  PINN: ["equations", "tutorial", "glossary"],
};

const { config } = await loadConfigFromFile(
  { command: "build", mode: "production" },
  join(root, "docs/.vitepress/config.ts"),
);

/** The first pages for a question, by the index and the options of the site's own search. */
async function search(folder, question) {
  const chunks = join(folder, "assets/chunks");
  const name = readdirSync(chunks).find((file) => file.startsWith("@localSearchIndexroot"));
  const { default: json } = await import(pathToFileURL(join(chunks, name)).href);
  const index = MiniSearch.loadJSON(json, { fields: ["title", "titles", "text"], storeFields: ["title", "titles"] });
  const { boostDocument } = config.themeConfig.search.options.miniSearch.searchOptions;
  const found = index.search(question, {
    fuzzy: 0.2,
    prefix: true,
    boost: { title: 4, text: 2, titles: 1 },
    boostDocument,
  });
  return found.slice(0, 3).map(({ id }) => id.slice(base.length));
}

rmSync(out, { recursive: true, force: true });
run("typedoc");
run("vitepress", "build", "docs", "--outDir", out);
run("vite", "build", "packages/playground", "--outDir", join(out, "play"), "--emptyOutDir");

const dead = deadLinks(out);
for (const link of dead) console.log(`dead link: ${link}`);
let missed = 0;
for (const [question, pages] of Object.entries(questions)) {
  const found = await search(out, question);
  const isFound = found.some((id) =>
    pages.some((page) => id === page || id.startsWith(`${page}#`) || id.startsWith(`${page}.html`)),
  );
  missed += Number(!isFound);
  console.log(`${isFound ? "finds" : "misses"} "${question}": ${found.join(", ")}`);
}
console.log(`${out}: ${pagesIn(out).length} pages, ${dead.length} dead links`);
process.exitCode = dead.length + missed > 0 ? 1 : 0;
