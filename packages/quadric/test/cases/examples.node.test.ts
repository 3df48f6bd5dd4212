/** Every example of a docstring runs and gives what its comment says; packages/cli/test/code-blocks.test.ts compiles it. */
import { runnerImport } from "vite";
import { expect, test } from "vitest";
import { type Claim, claimsOf, examples, faultOf, fits } from "../helpers/docstrings.ts";

test("every example runs and gives what it says", async () => {
  const here = new Map(examples.filter(({ runsHere }) => runsHere).map((example) => [example.path, example]));
  const faults: string[] = [];
  let name = "";
  const tell = (text: string | undefined) => {
    if (text) faults.push(`${name}: ${text}`);
  };
  Object.assign(globalThis, {
    claim: (subject: unknown, claims: readonly Claim[]) => {
      for (const claim of claims) tell(faultOf(subject, claim));
    },
    begin: (path: string) => {
      name = here.get(path)!.name;
    },
    fail: (error: Error) => tell(error.message),
  });
  // One module that imports them one after the other, so that the library is loaded once.
  const all = "all-examples.ts";
  const imports = [...here.keys()].map((path) => {
    const quoted = JSON.stringify(path);
    return `begin(${quoted}); try { await import(${quoted}); } catch (error) { fail(error); }`;
  });
  const source = (id: string) => (id === all ? imports.join("\n") : here.get(id)?.checked);
  await runnerImport(all, {
    configFile: false,
    logLevel: "error",
    plugins: [{ name: "examples", resolveId: (id) => (source(id) === undefined ? null : id), load: source }],
  });
  expect(here.size).toBeGreaterThan(30);
  expect(faults).toEqual([]);
});

test("comments are read", () => {
  expect(claimsOf("// => [2.236, 2.236]: the gradient")).toEqual([{ text: "[2.236, 2.236]" }]);
  expect(claimsOf('// => step [-2], outcome "boundary", 1 product')).toEqual([
    { name: "step", text: "[-2]" },
    { name: "outcome", text: '"boundary"' },
    { name: "products", text: "1" },
  ]);
  expect(fits(Float64Array.of(1.00004), "[1.0000]")).toBe(true);
  expect(fits(Float64Array.of(1.0002), "[1.000]")).toBe(true);
  expect(fits(Float64Array.of(1.0002), "[1.0000]")).toBe(false);
});
