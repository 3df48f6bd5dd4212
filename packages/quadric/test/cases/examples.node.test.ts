/** Every example of a docstring runs and gives what its comment says; packages/cli/test/code-blocks.test.ts compiles it. */
import { expect, test, vi } from "vitest";
import { type Claim, claimsOf, examples, faultOf, fits } from "../helpers/docstrings.ts";
import { moduleOf } from "../helpers/made-up-modules.ts";

test("every example runs and gives what it says", async () => {
  const here = examples.filter(({ runsHere }) => runsHere);
  const faults: string[] = [];
  let name = "";
  const tell = (text: string | undefined) => {
    if (text) faults.push(`${name}: ${text}`);
  };
  vi.stubGlobal("claim", (subject: unknown, claims: readonly Claim[]) => {
    for (const claim of claims) tell(faultOf(subject, claim));
  });
  for (const example of here) {
    name = example.name;
    await import(moduleOf(example.path, example.checked)).catch(({ message }: Error) => tell(message));
  }
  vi.unstubAllGlobals();
  expect(here.length).toBeGreaterThan(30);
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
