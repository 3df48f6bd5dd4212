/**
 * Reading ease of README and the main pages: npm run reading [-- COMMIT], now and as of COMMIT, and the sentences of more than
 * 35 words in all pages and comments. `--check` holds the main pages to 35 words a sentence and decisions to 700 words a page;
 * `--long` prints the long sentences.
 *
 *   Flesch   206.835 − 1.015·words/sentences − 84.6·syllables/words; 60 is plain English, 30 is a scientific paper
 *
 * Prose only: no code, tables, front matter, headings, links or what a script wrote. Syllables are groups of vowels, a silent e left out.
 * Reference: R. Flesch, A new readability yardstick, Journal of Applied Psychology 32 (1948).
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = [
  "README.md",
  ...["tutorial", "quickstart", "how-to-choose", "concepts", "benchmarks", "questions", "troubleshooting"].map(
    (name) => `docs/${name}.md`,
  ),
];

const prose = (markdown) =>
  markdown
    .replace(/^---\n[\s\S]*?\n---\n|<!-- figures -->[\s\S]*?<!-- end of figures -->/g, "")
    .replace(/```[\s\S]*?```|\$\$[\s\S]*?\$\$|<!--[\s\S]*?-->|^ *\|.*$|^#.*$|!\[[^\]]*\]\([^)]*\)/gm, "\n\n")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/`[^`]*`|\$[^$\n]*\$/g, "code")
    .replace(/[*_]/g, "");

/** Paragraphs and items of lists end sentences, too. */
const sentences = (markdown) =>
  prose(markdown)
    .split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.|@\w+) )/)
    .flatMap((block) => block.replace(/\s+/g, " ").split(/(?<=[.!?:;])\s+(?=[A-Z"“`(]|code)/))
    .map((sentence) => sentence.match(/[\p{L}\p{N}][\p{L}\p{N}'’.,-]*/gu) ?? [])
    .filter((words) => words.length > 2);

function syllables(word) {
  const letters = word
    .toLowerCase()
    .replace(/[^a-z]/g, "")
    .replace(/(?<=[a-z]{2}[^aeiouyl])e$/, "");
  return Math.max(1, letters.match(/[aeiouy]+/g)?.length ?? 1);
}

function measure(markdown) {
  const all = sentences(markdown);
  const words = all.flat();
  const perSentence = words.length / all.length;
  const perWord = words.reduce((sum, word) => sum + syllables(word), 0) / words.length;
  const longest = all.reduce((a, b) => (b.length > a.length ? b : a), []);
  return { ease: 206.835 - 1.015 * perSentence - 84.6 * perWord, perSentence, longest };
}

/** Prose of comments: no examples, no displayed formulas. */
const comments = (code) =>
  [...code.matchAll(/\/\*\*?([\s\S]*?)\*\/|((?:^[ \t]*\/\/.*\n)+)/gm)]
    .map(([, block, lines]) => (block ?? lines).replace(/^[ \t]*(?:\*|\/\/) ?/gm, ""))
    .map((text) => text.replace(/@example[\s\S]*?(?=\n@|$)/g, "").replace(/^ {2,}\S.*$/gm, "\n"))
    .join("\n\n");

const tracked = (...patterns) =>
  execFileSync("git", ["ls-files", ...patterns], { cwd: root, encoding: "utf8" })
    .trim()
    .split("\n");

/** The sentences of more than 35 words, and how many there are in all. */
function long(files, textOf = (text) => text) {
  const all = files.flatMap((file) =>
    sentences(textOf(readFileSync(root + file, "utf8"))).map((words) => ({ file, words })),
  );
  return { found: all.filter(({ words }) => words.length > 35), all: all.length };
}

const decisions = tracked("docs/decisions/*.md");
const kinds = () => [
  ["pages", long(tracked("*.md", ":!packages/cli/data", ":!packages/*/test/**", ":!experiments"))],
  ["comments", long(tracked("packages/*/src/*.ts", "packages/*/src/*.tsx"), comments)],
];

const [argument] = process.argv.slice(2);
const now = pages.map((page) => ({ page, ...measure(readFileSync(root + page, "utf8")) }));
if (argument === "--check") {
  const { found } = long(pages);
  for (const { file, words } of found) console.log(`${file}: ${words.length} words: ${words.join(" ")}`);
  const lengths = decisions.map((file) => [file, readFileSync(root + file, "utf8").split(/\s+/).length]);
  const tooLong = lengths.filter(([, words]) => words > 700);
  for (const [file, words] of tooLong) console.log(`${file}: ${words} words, more than a page of 700`);
  process.exitCode = found.length + tooLong.length > 0 ? 1 : 0;
} else if (argument === "--long") {
  for (const { file, words } of kinds().flatMap(([, { found }]) => found))
    console.log(`${file}: ${words.length}: ${words.join(" ")}`);
} else {
  const cells = ({ ease, perSentence, longest }) =>
    `${ease.toFixed(0)} | ${perSentence.toFixed(1)} | ${longest.length}`;
  const head = argument ? ` | ease, ${argument} | words a sentence | longest` : "";
  console.log(`| page | ease | words a sentence | longest${head} |\n|${" --- |".repeat(argument ? 7 : 4)}`);
  for (const one of now) {
    let before = "";
    if (argument) {
      try {
        before = ` | ${cells(measure(execFileSync("git", ["show", `${argument}:${one.page}`], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })))}`;
      } catch {
        before = " | – | – | –";
      }
    }
    console.log(`| ${one.page} | ${cells(one)}${before} |`);
  }
  for (const [kind, { found, all }] of kinds())
    console.log(`\n${kind}: ${found.length} of ${all} sentences have more than 35 words`);
}
