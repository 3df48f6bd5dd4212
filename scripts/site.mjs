/**
 * The documentation and the page as one folder that any host can serve, from any path: npm run site [-- FOLDER]
 *
 * FOLDER defaults to ./site. It is checked: every link and every picture leads somewhere, the search finds what people look
 * for, and in Chromium, served from below a sub-path, the home page, a page that it links to and the playground run.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import MiniSearch from "minisearch";
import { chromium } from "playwright";
import { loadConfigFromFile, preview } from "vite";
import { placeholder, relocate } from "./relocatable.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const [folder = join(root, "site")] = process.argv.slice(2);
if (folder.startsWith("-")) throw new Error(`site: the argument must be a folder, got ${folder}.`);
const out = resolve(folder);

function run(...words) {
  const { status } = spawnSync("npx", words, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, DOCS_BASE: placeholder },
  });
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
      const path = join(dirname(page), target);
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
  globalThis.siteBase = "/";
  const { default: json } = await import(pathToFileURL(join(chunks, name)).href);
  const index = MiniSearch.loadJSON(json, { fields: ["title", "titles", "text"], storeFields: ["title", "titles"] });
  const { boostDocument } = config.themeConfig.search.options.miniSearch.searchOptions;
  const found = index.search(question, {
    fuzzy: 0.2,
    prefix: true,
    boost: { title: 4, text: 2, titles: 1 },
    boostDocument,
  });
  return found.slice(0, 3).map(({ id }) => id.slice(1));
}

/** What goes wrong if the site is opened below a sub-path: the home page, a page by its menu, the search, the playground. */
async function troublesBelowSubPath(folder) {
  const server = await preview({
    configFile: false,
    root: dirname(folder),
    base: "/some/sub/path/",
    appType: "mpa",
    build: { outDir: folder },
    preview: { port: 4173, open: false },
  });
  const executablePath = ["/usr/bin/chromium"].find((path) => existsSync(path));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const troubles = [];
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on(
      "response",
      (response) => response.status() >= 400 && troubles.push(`${response.status()}: ${response.url()}`),
    );
    await page.goto(server.resolvedUrls.local[0]);
    await page.locator(".VPNavBarMenuLink", { hasText: "Tutorial" }).click();
    await page.locator("h1#tutorial").waitFor();
    await page.keyboard.press("Control+k");
    await page.locator("#localsearch-input").fill("early stopping");
    await page.locator(".VPLocalSearchBox .result").first().click();
    await page.locator(".VPLocalSearchBox").waitFor({ state: "detached" });
    if (!page.url().includes("/some/sub/path/")) troubles.push(`the search leads to ${page.url()}`);
    await page.locator(".VPNavBarMenuLink", { hasText: "Try it" }).click();
    await page.getByText("All runs are over.").waitFor({ timeout: 60_000 });
  } catch (error) {
    troubles.push(String(error));
  } finally {
    await browser.close();
    await server.close();
  }
  return troubles;
}

rmSync(out, { recursive: true, force: true });
run("typedoc");
run("vitepress", "build", "docs", "--outDir", out);
relocate(out);
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
const troubles = await troublesBelowSubPath(out);
for (const trouble of troubles) console.log(`below a sub-path: ${trouble}`);
console.log(
  `${out}: ${pagesIn(out).length} pages, ${dead.length} dead links, ${troubles.length} troubles below a sub-path`,
);
process.exitCode = dead.length + missed + troubles.length > 0 ? 1 : 0;
