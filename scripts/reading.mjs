/**
 * Reading ease of README and the main pages: npm run reading, and the sentences of more than 35 words in all pages, comments and
 * texts of the programs.
 *
 *   --check            holds all of them to 35 words a sentence, pages and texts to the words of the field, a decision to 700 words
 *   --long             prints the long sentences
 *   --table [COMMIT]   writes the table of CONTRIBUTING.md: COMMIT, which defaults to f072511, and now
 *
 *   Flesch   206.835 − 1.015·words/sentences − 84.6·syllables/words; 60 is plain English, 30 is a scientific paper
 *
 * Prose only: no code, tables, front matter, headings, links or what a script wrote. Syllables are groups of vowels, a silent e left out.
 * Reference: R. Flesch, A new readability yardstick, Journal of Applied Psychology 32 (1948).
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

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

/** What a program says: its strings and templates of a few words or more, and the text between its tags. */
function texts(code, file) {
  const found = [];
  const wordsOf = (node) => {
    if (ts.isJsxText(node)) return node.text;
    if (ts.isJsxElement(node) || ts.isJsxFragment(node)) return node.children.map(wordsOf).join(" ");
    return ts.isJsxExpression(node) ? "code" : "";
  };
  const visit = (node) => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.push(node.text);
    if (ts.isTemplateExpression(node))
      found.push([node.head, ...node.templateSpans.map(({ literal }) => literal)].map(({ text }) => text).join("code"));
    if (ts.isJsxElement(node)) found.push(wordsOf(node));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true));
  // Not markup, style sheets, shell scripts, kernels and lists of names.
  return found
    .filter((text) => (/[.,:;]/.test(text) || text.length < 200) && !/[{}]|<\w+[ >]|;\n/.test(text))
    .join("\n\n");
}

const tracked = (...patterns) =>
  execFileSync("git", ["ls-files", ...patterns], { cwd: root, encoding: "utf8" })
    .trim()
    .split("\n");

/** Words that the field has others for. */
const others = [
  [/\bforet(?:ell|old)s?\b/i, "predict"],
  [/\b(?:tells?|told) apart\b/i, "distinguish"],
  [/\b(?:works?|worked) out\b/i, "compute"],
  [/\b(?:goes|go) on\b/i, "continue"],
  [/\bdearer\b|\bis dear\b/i, "expensive"],
  [/\bmend(?:s|ed)?\b/i, "fix"],
];

const most = 35;
const sources = tracked("packages/*/src/*.ts", "packages/*/src/*.tsx");
const kinds = [
  ["pages", tracked("*.md", ":!packages/cli/data", ":!packages/*/test/**", ":!experiments"), (text) => text],
  ["comments", sources, comments],
  ["texts", sources, texts],
].map(([kind, files, textOf]) => {
  const all = files.map((file) => [file, textOf(readFileSync(root + file, "utf8"), file)]);
  return { kind, all, sentences: all.flatMap(([file, text]) => sentences(text).map((words) => ({ file, words }))) };
});

const longSentences = kinds.flatMap(({ sentences }) =>
  sentences
    .filter(({ words }) => words.length > most)
    .map(({ file, words }) => `${file}: ${words.length} words: ${words.join(" ")}`),
);

/** In pages and texts; of comments the length alone is held. */
const otherWords = () =>
  kinds
    .filter(({ kind }) => kind !== "comments")
    .flatMap(({ kind, all }) =>
      all.flatMap(([file, text]) =>
        others.flatMap(([pattern, usual]) => {
          const found = (kind === "pages" ? prose(text) : text).match(pattern);
          return found ? [`${file}: "${found[0]}" is "${usual}" in this field`] : [];
        }),
      ),
    );

const longDecisions = () =>
  tracked("docs/decisions/*.md")
    .map((file) => [file, readFileSync(root + file, "utf8").split(/\s+/).length])
    .filter(([, words]) => words > 700)
    .map(([file, words]) => `${file}: ${words} words, more than a page of 700`);

const now = (page) => measure(readFileSync(root + page, "utf8"));

/** Undefined if there was no such page. */
function at(commit, page) {
  const options = { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
  try {
    return measure(execFileSync("git", ["show", `${commit}:${page}`], options));
  } catch {
    return undefined;
  }
}

/** Rows of the table of CONTRIBUTING.md: ease before and now, longest sentence before and now. */
const rowsSince = (commit) =>
  pages.map((page) => {
    const [before, after] = [at(commit, page), now(page)];
    const cells = [before?.ease.toFixed(0), after.ease.toFixed(0), before?.longest.length, after.longest.length];
    return `| ${page} | ${cells.map((cell) => cell ?? "–").join(" | ")} |`;
  });

const [argument, commit] = process.argv.slice(2);
if (argument === "--check") {
  const faults = [...longSentences, ...otherWords(), ...longDecisions()];
  for (const fault of faults) console.log(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
} else if (argument === "--long") {
  for (const sentence of longSentences) console.log(sentence);
} else if (argument === "--table") {
  const path = `${root}CONTRIBUTING.md`;
  const rows = rowsSince(commit ?? "f072511");
  const table = /(\| page \| Flesch[^\n]*\n[^\n]*\n)(?:\|[^\n]*\n)+/;
  writeFileSync(
    path,
    readFileSync(path, "utf8").replace(table, (_, head) => `${head}${rows.join("\n")}\n`),
  );
} else {
  console.log(`| page | ease | words a sentence | longest |\n|${" --- |".repeat(4)}`);
  for (const page of pages) {
    const { ease, perSentence, longest } = now(page);
    console.log(`| ${page} | ${ease.toFixed(0)} | ${perSentence.toFixed(1)} | ${longest.length} |`);
  }
  for (const { kind, sentences } of kinds) {
    const found = sentences.filter(({ words }) => words.length > most);
    console.log(`\n${kind}: ${found.length} of ${sentences.length} sentences have more than ${most} words`);
  }
}
