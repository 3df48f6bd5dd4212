/** The tests of one folder on its mutated sources: what scripts/mutation.mjs runs, with QUADRIC_MUTANTS telling which. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commonTokens } from "@stryker-mutator/api/plugin";
import { createInstrumenter } from "@stryker-mutator/instrumenter";
import { createInjector } from "typed-inject";
import { mergeConfig } from "vitest/config";
import config from "../vitest.config.ts";

const { folder, list, runner } = JSON.parse(process.env.QUADRIC_MUTANTS);
const source = `packages/quadric/src/${folder}`;
const silent = new Proxy({}, { get: (_, name) => (name.startsWith("is") ? () => false : () => undefined) });
const instrumenter = createInjector()
  .provideValue(commonTokens.logger, silent)
  .provideValue(commonTokens.getLogger, () => silent)
  .provideValue(commonTokens.options, {})
  .injectFunction(createInstrumenter);
const inputs = readdirSync(source, { recursive: true })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => ({ name: `${source}/${file}`, content: readFileSync(`${source}/${file}`, "utf8"), mutate: true }));
const { files, mutants } = await instrumenter.instrument(inputs, {
  plugins: null,
  ignorers: [],
  excludedMutations: [],
});

/** The text between two places; lines and columns from 0. */
function between(text, start, end) {
  const lines = text.split("\n").slice(start.line, end.line + 1);
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column);
  lines[0] = lines[0].slice(start.column);
  return lines.join(" ");
}

const described = mutants.map(({ id, fileName, location: { start, end }, replacement, mutatorName }) => ({
  id,
  file: fileName.slice(source.length + 1),
  place: `${start.line + 1}:${start.column + 1}`,
  kind: mutatorName,
  original: between(inputs.find(({ name }) => name === fileName).content, start, end),
  replacement,
}));
writeFileSync(list, JSON.stringify(described));

const mutated = new Map(files.map(({ name, content }) => [join(process.cwd(), name), content]));
const { projects: _, ...test } = config.test;
export default mergeConfig(
  { ...config, test },
  {
    plugins: [{ name: "mutants", enforce: "pre", transform: (_, id) => mutated.get(id) ?? null }],
    test: {
      include: [`packages/quadric/test/${folder}/**/*.test.ts`],
      exclude: [`packages/quadric/test/**/*.{slow,node}.test.ts`],
      isolate: false,
      fileParallelism: false,
      maxWorkers: 1,
      pool: "threads",
      bail: 1,
      ...(runner && { runner: "./scripts/mutation-runner.mjs", testTimeout: 0 }),
    },
  },
);
