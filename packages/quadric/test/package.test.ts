/** The package as others get it: what it depends on, what it exports, what a bundler makes of it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { beforeAll, describe, expect, test } from "vitest";

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const manifest = JSON.parse(readFileSync(at("package.json"), "utf8"));

interface Bundle {
  /** What is loaded at once, without what waits until it is asked for. */
  readonly code: string;
  /** Of all of it. */
  readonly packages: readonly string[];
  /** Files, those that wait included. */
  readonly chunks: number;
}

/** The module of this source, with everything it needs of ours, minified; packages stay imports. */
async function bundle(source: string): Promise<Bundle> {
  const entry = at("test/entry.ts"); // exists here only
  const result = await build({
    configFile: false,
    logLevel: "error",
    plugins: [
      {
        name: "entry",
        enforce: "pre",
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? source : null),
      },
    ],
    build: {
      write: false,
      lib: { entry, fileName: "entry", formats: ["es"] },
      // As in an application; a library of this format would keep its white space, for the sake of annotations.
      rolldownOptions: { external: (id) => /^[@a-z]/.test(id), output: { minify: true } },
    },
  });
  const chunks = (Array.isArray(result) ? result[0] : (result as { output: unknown[] })).output as Chunk[];
  const loaded = new Set(chunks.filter(({ isEntry }) => isEntry));
  // A set takes in what is added while it is walked.
  for (const { imports } of loaded) for (const it of chunks) if (imports.includes(it.fileName)) loaded.add(it);
  const code = [...loaded].map((it) => it.code).join("\n");
  const imports = new Set(chunks.flatMap((it) => [...it.imports, ...it.dynamicImports]));
  for (const { fileName } of chunks) imports.delete(fileName);
  return { code, packages: [...imports], chunks: chunks.length };
}

interface Chunk {
  readonly fileName: string;
  readonly isEntry: boolean;
  readonly code: string;
  readonly imports: readonly string[];
  readonly dynamicImports: readonly string[];
}

const index = JSON.stringify(at("src/index.ts"));

/** The entry points by name, "." first, and what each exports, types included. */
const entries = Object.entries(manifest.exports as Record<string, string | { types: string }>).flatMap(
  ([name, entry]) => {
    if (typeof entry === "string") return [];
    const source = readFileSync(at(entry.types.replace("dist", "src").replace(".d.ts", ".ts")), "utf8");
    const lists = [...source.matchAll(/^export (type )?\{([^}]*)\} from "([^"]+)"/gm)];
    const words = lists.flatMap(([, type = "", list, path]) =>
      list.split(",").flatMap((word) => (word.trim() ? [{ word: type + word.trim(), path }] : [])),
    );
    const exported = words.map(({ word, path }) => `${word.replace("type ", "")} of ${path}`);
    return [{ name, exported, values: words.filter(({ word }) => !word.startsWith("type ")) }];
  },
);

describe("package.json", () => {
  test("has exactly the three dependencies, pinned", () => {
    expect(manifest.dependencies).toEqual({
      "@bufbuild/protobuf": "2.17.0",
      "@jax-js/jax": "0.1.25",
      "onnx-buf": "1.20.0-1",
    });
  });

  test("leaves every platform's package to whoever needs it", () => {
    for (const name of Object.keys(manifest.peerDependencies)) {
      expect(manifest.peerDependenciesMeta[name]).toEqual({ optional: true });
    }
  });

  test("exports nothing from two entry points", () => {
    const names = entries.flatMap(({ exported }) => exported);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    for (const { exported } of entries) expect(exported.length).toBeGreaterThan(0);
  });

  // A name that one caller needs stays where it is used; see docs/decisions/entry-points.md.
  test("has at most 9 entry points, 12 values for equations and 70 for all else", () => {
    expect(entries.length).toBeLessThanOrEqual(9);
    const [equations, others] = [true, false].map((is) =>
      entries.filter(({ name }) => (name === "./equations") === is),
    );
    expect(equations.flatMap(({ values }) => values).length).toBeLessThanOrEqual(12);
    expect(others.flatMap(({ values }) => values).length).toBeLessThanOrEqual(70);
  });

  test("runs nothing on installation", () => {
    expect(manifest.scripts).toBeUndefined();
  });
});

describe("the core, and the other entry points", () => {
  let core: Awaited<ReturnType<typeof bundle>>;
  let beside: Awaited<ReturnType<typeof bundle>>;
  beforeAll(async () => {
    core = await bundle(`export * from ${index}`);
    const names = ["analysis", "data", "equations", "models", "paper"];
    beside = await bundle(names.map((name) => `export * from ${JSON.stringify(at(`src/${name}.ts`))};`).join("\n"));
  });

  test("imports its dependencies and nothing else", () => {
    const names = Object.keys(manifest.dependencies);
    for (const id of [...core.packages, ...beside.packages])
      expect(names.some((name) => id === name || id.startsWith(`${name}/`))).toBe(true);
  });

  test.each(['"node:', "`node:", "onnxruntime", "koffi", "process.", "document.", "navigator."])(
    "does not know of %s",
    (word) => {
      expect(core.code).not.toContain(word);
      expect(beside.code).not.toContain(word);
    },
  );

  // Minified and gzipped, without dependencies; a tenth more than it was when the number was set, so that only a leap
  // fails.
  const size = ({ code }: Bundle) => gzipSync(code).length;

  test("has no more than 132 kB in all, which is one chunk", () => {
    expect(core.chunks).toBe(1);
    expect(size(core)).toBeLessThanOrEqual(132_000);
  });

  test("costs a page that trains at most 101 kB", async () => {
    const names = "fit, minimize, trustRegion, adam, norms, mlp, supervised, losses, jax";
    expect(size(await bundle(`export { ${names} } from ${index}`))).toBeLessThanOrEqual(101_000);
  });

  test("costs a page that only fits curves at most 14 kB, one that fits formulas 20 kB, and no package", async () => {
    const page = await bundle(`export { curveFit, leastSquares } from ${index}`);
    const pageOfFormulas = await bundle(`export { curveFit, formula } from ${index}`);
    expect([...page.packages, ...pageOfFormulas.packages]).toEqual([]);
    expect(size(page)).toBeLessThanOrEqual(14_000);
    expect(size(pageOfFormulas)).toBeLessThanOrEqual(20_000);
  });
});

test("importing one small thing leaves the rest out", async () => {
  const { code } = await bundle(`export { regularizers } from ${index}`);
  expect(gzipSync(code).length).toBeLessThan(1_500);
});
