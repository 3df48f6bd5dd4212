/**
 * The documents' TypeScript is compiled and run; the examples of docstrings, which run elsewhere, are compiled with it. A block marked `ts` is a whole module; `ts browser`, `ts mpi` and the
 * like need another place than this process and are compiled only.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test, vi } from "vitest";
import { examples } from "../../quadric/test/helpers/docstrings.ts";
import { moduleOf } from "../../quadric/test/helpers/made-up-modules.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const documents = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

interface Block {
  readonly name: string;
  /** Where the module would lie: a path in the repository at which there is no file. */
  readonly path: string;
  readonly source: string;
  readonly place: string;
}

function blocksOf(document: string): Block[] {
  const text = readFileSync(join(root, document), "utf8");
  return [...text.matchAll(/^```ts(?: (\w+))?\n([\s\S]*?)^```$/gm)].map(([, place = "here", source], i) => ({
    name: `${document}, block ${i + 1}`,
    path: join(root, "examples", `${document.replace(/\W/g, "-")}-${i + 1}.ts`),
    source,
    place,
  }));
}

const blocks = documents.flatMap(blocksOf);

test("every block compiles, and so does every example of a docstring", () => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const all = [...blocks, ...examples];
  const sources = new Map(all.map(({ path, source }) => [path, source]));
  const { readFile, fileExists } = host;
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  // What is shown need not be used.
  const program = ts.createProgram([...sources.keys()], { ...options, noUnusedLocals: false }, host);
  const faults = all.flatMap(({ path, name }) => {
    const file = program.getSourceFile(path)!;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText, start = 0 }) =>
        `${name}: ${path}:${file.getLineAndCharacterOfPosition(start).line + 1} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    );
  });
  expect(faults).toEqual([]);
});

describe("every block that can run here does", () => {
  test.each(blocks.filter(({ place }) => place === "here"))("$name", async ({ path, source }) => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    await import(moduleOf(path, source));
    log.mockRestore();
  });
});
