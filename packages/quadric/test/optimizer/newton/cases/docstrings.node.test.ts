/** What docstrings of options say of defaults is what the table of defaults has. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cubicDefaults, trustRegionDefaults } from "../../../../src/optimizer/newton/defaults.ts";

const regimes = ["function", "full-batch", "mini-batch"] as const;
const region = (name: "grow" | "shrink" | "eta1" | "eta2") =>
  regimes.map((regime) => trustRegionDefaults(regime, 10)[name]);
const cubic = (name: "grow" | "shrink" | "eta1" | "min") => regimes.map((regime) => cubicDefaults(regime, 10)[name]);

test.each([
  ["radius.ts", "grow", region("grow")],
  ["radius.ts", "shrink", region("shrink")],
  ["options.ts", "eta1", [...region("eta1"), ...cubic("eta1")]],
  ["options.ts", "eta2", region("eta2")],
  ["sigma.ts", "grow", cubic("grow")],
  ["sigma.ts", "shrink", cubic("shrink")],
  ["sigma.ts", "min", cubic("min")],
])("%s: %s", (file, name, values) => {
  const source = readFileSync(new URL(`../../../../src/optimizer/newton/${file}`, import.meta.url), "utf8");
  const [before] = source.split(`  readonly ${name}?: number;`);
  const said = before.slice(before.lastIndexOf("/**")).split("efaults to")[1];
  const numbers = new Set([...said.matchAll(/\d+(\.\d+)?/g)].map(([number]) => Number(number)));
  expect(numbers).toEqual(new Set(values));
});
