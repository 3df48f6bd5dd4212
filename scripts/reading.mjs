/**
 * Reading ease of README and the main pages: npm run reading [-- COMMIT], now and as of COMMIT; `--check` holds sentences to 35 words.
 *
 *   Flesch   206.835 − 1.015·words/sentences − 84.6·syllables/words; 60 is plain English, 30 is a scientific paper
 *
 * Prose only: no code, tables, front matter, headings or links. Syllables are groups of vowels, a silent e left out.
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
    .replace(/^---\n[\s\S]*?\n---\n/, "")
    .replace(/```[\s\S]*?```|\$\$[\s\S]*?\$\$|<!--[\s\S]*?-->|^\|.*$|^#.*$|!\[[^\]]*\]\([^)]*\)/gm, "\n\n")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/`[^`]*`|\$[^$\n]*\$/g, "code")
    .replace(/[*_]/g, "");

/** Paragraphs and items of lists end sentences, too. */
export const sentences = (markdown) =>
  prose(markdown)
    .split(/\n\s*\n|\n(?=[-*] )/)
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

const [argument] = process.argv.slice(2);
const now = pages.map((page) => ({ page, ...measure(readFileSync(root + page, "utf8")) }));
if (argument === "--check") {
  const long = now.filter(({ longest }) => longest.length > 35);
  for (const { page, longest } of long) console.log(`${page}: ${longest.length} words: ${longest.join(" ")}`);
  process.exitCode = long.length > 0 ? 1 : 0;
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
}
