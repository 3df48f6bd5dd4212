/**
 * The documents' TypeScript is compiled and run. A block marked `ts` is a whole module; `ts browser`, `ts mpi` and the
 * like need another place than this process and are compiled only.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { runnerImport } from "vite";
import { describe, expect, test, vi } from "vitest";

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

test("every block compiles", () => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const sources = new Map(blocks.map(({ path, source }) => [path, source]));
  const { readFile, fileExists } = host;
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  // Reading a result and not using it is fine in a document.
  const lenient = { ...options, noUnusedLocals: false };
  const program = ts.createProgram([...sources.keys()], lenient, host);
  const faults = [...sources.keys()].flatMap((path) => {
    const file = program.getSourceFile(path)!;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText, start = 0 }) =>
        `${path}:${file.getLineAndCharacterOfPosition(start).line + 1} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    );
  });
  expect(faults).toEqual([]);
});

describe("every block that can run here does", () => {
  test.each(blocks.filter(({ place }) => place === "here"))("$name", async ({ path, source }) => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const at = (entry: string) => join(root, "packages/quadric/src", entry);
    await runnerImport(path, {
      configFile: false,
      logLevel: "error",
      resolve: {
        alias: [
          { find: /^quadric$/, replacement: at("index.ts") },
          { find: /^quadric\/(\w+)$/, replacement: at("$1.ts") },
        ],
      },
      plugins: [
        { name: "block", resolveId: (id) => (id === path ? id : null), load: (id) => (id === path ? source : null) },
      ],
    });
    log.mockRestore();
  });
});
