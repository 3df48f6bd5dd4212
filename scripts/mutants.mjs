/** The mutants that Stryker makes of a folder of the library, all of them in its sources behind switches. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commonTokens } from "@stryker-mutator/api/plugin";
import { createInstrumenter } from "@stryker-mutator/instrumenter";
import { createInjector } from "typed-inject";

const sourceOf = (folder) => `packages/quadric/src/${folder}`;

/** The sources of a folder, with their paths in it. */
function inputsOf(folder) {
  const names = readdirSync(sourceOf(folder), { recursive: true }).filter((file) => file.endsWith(".ts"));
  return names.map((file) => ({ file, content: readFileSync(join(sourceOf(folder), file), "utf8") }));
}

/** A digest of every source without its lines of comment, by which one tells whether it has changed. */
export function digestsOf(folder) {
  const code = (content) => content.replace(/^\s*(\/\*|\*|\/\/).*\n/gm, "");
  const digest = (content) => createHash("sha256").update(code(content)).digest("hex").slice(0, 12);
  return Object.fromEntries(inputsOf(folder).map(({ file, content }) => [file, digest(content)]));
}

/** The mutants, and by path the sources that have them all. */
export async function mutantsOf(folder) {
  const inputs = inputsOf(folder);
  const silent = new Proxy({}, { get: (_, name) => (name.startsWith("is") ? () => false : () => undefined) });
  const instrumenter = createInjector()
    .provideValue(commonTokens.logger, silent)
    .provideValue(commonTokens.getLogger, () => silent)
    .provideValue(commonTokens.options, {})
    .injectFunction(createInstrumenter);
  const { files, mutants } = await instrumenter.instrument(
    inputs.map(({ file, content }) => ({ name: join(sourceOf(folder), file), content, mutate: true })),
    { plugins: null, ignorers: [], excludedMutations: [] },
  );
  const contents = new Map(inputs.map(({ file, content }) => [file, content]));
  return {
    mutants: mutants.map(({ id, fileName, location: { start, end }, replacement, mutatorName }) => {
      const file = fileName.slice(sourceOf(folder).length + 1);
      return {
        ...{ id, file, place: `${start.line + 1}:${start.column + 1}`, kind: mutatorName },
        ...{ original: between(contents.get(file), start, end), replacement },
      };
    }),
    mutated: new Map(files.map(({ name, content }) => [join(process.cwd(), name), content])),
  };
}

/** The text between two places; lines and columns from 0. */
function between(text, start, end) {
  const lines = text.split("\n").slice(start.line, end.line + 1);
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column);
  lines[0] = lines[0].slice(start.column);
  return lines.join(" ");
}
