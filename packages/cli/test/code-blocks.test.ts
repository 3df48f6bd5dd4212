/**
 * The documents' TypeScript and the examples of the main functions are compiled and run. A block marked `ts` is a whole
 * module; `ts browser`, `ts mpi` and the like need another place than this process and are compiled only.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
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

/**
 * Sources with functions whose examples are run, as in an editor's tooltip: names that they do not define are those of
 * `setting`.
 */
const sources = [
  ...["training/minimize.ts", "training/least-squares.ts", "training/fit.ts"],
  ...["optimizer/auto.ts", "optimizer/newton/trust-region.ts", "optimizer/newton/cubic-regularization.ts"],
  ...["optimizer/lbfgs/ssbroyden.ts", "optimizer/gauss-newton/gauss-newton.ts"],
  ...["optimizer/first-order/first-order.ts", "optimizer/first-order/cdat.ts"],
].map((file) => `packages/quadric/src/${file}`);

const setting = `
import { numpy as np } from "@jax-js/jax";
import { adam, auto, cdat, cubicRegularization, fit, gaussNewton, minimize, minimizeLeastSquares, norms } from "quadric";
import { ssbroyden, steepestDescent, trustRegion, type Closures, type ResidualClosures } from "quadric";
type Two = { x: np.Array; y: np.Array };
const data = { x: { shape: [2], data: Float32Array.of(1, 2) }, y: { shape: [2], data: Float32Array.of(2, 4) } };
const problem = {
  loss: ({ a }: { a: np.Array }, { x, y }: Two) => np.square(a.mul(x).sub(y)),
  params: { a: np.array(0) },
};
const f = (x: np.Array) => np.sum(np.square(x));
const residuals = (x: np.Array) => x;
const [x0, start] = [np.array([1, 2]), np.array([1, 2])];
`;

function examplesOf(source: string): Block[] {
  const text = readFileSync(join(root, source), "utf8");
  return [...text.matchAll(/^ \* @example\n((?: \* .*\n)+)/gm)].map(([, lines], i) => ({
    name: `${basename(source)}, example ${i + 1}`,
    path: join(root, "examples", `${source.replace(/\W/g, "-")}-${i + 1}.ts`),
    source: `${setting}{\n${lines.replaceAll(/^ \* /gm, "")}}\n`,
    place: "here",
  }));
}

const blocks = [...documents.flatMap(blocksOf), ...sources.flatMap(examplesOf)];

test("every source has its example", () => {
  expect(sources.filter((source) => examplesOf(source).length === 0)).toEqual([]);
});

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
