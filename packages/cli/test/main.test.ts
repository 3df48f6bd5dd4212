/** What a command loads before it knows what is asked of it. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The packages that a module and what it imports at once bring along; ours are followed to their sources. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return new Set();
  seen.add(file);
  const names = readFileSync(file, "utf8").matchAll(/^(?:import|export) (?!type )(?:[^"=(;]*? from )?"([^"]+)";$/gm);
  return new Set(
    [...names].flatMap(([, name]) => {
      const own = /^quadric(-cli)?(?:\/(\w+))?$/.exec(name);
      if (own) return [...packagesOf(at(`${own[1] ? "cli" : "quadric"}/src/${own[2] ?? "index"}.ts`), seen)];
      return name.startsWith(".") ? [...packagesOf(resolve(dirname(file), name), seen)] : [name];
    }),
  );
}

test.each(["cli", "lab"])("%s starts without what draws pictures, which takes as long to load as the rest", (name) => {
  const packages = packagesOf(at(`${name}/src/main.ts`));
  expect(packages).toContain("zod");
  for (const drawing of ["@observablehq/plot", "linkedom", "@resvg/resvg-js"]) expect(packages).not.toContain(drawing);
});
