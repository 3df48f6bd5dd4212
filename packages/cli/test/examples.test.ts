/**
 * The examples do what they say. Each runs as `npm run example` runs it; what it prints is what is tested. Those that
 * package.test.ts runs are run here if nothing can be installed.
 */
import type { SolveOptions, Term } from "quadric/equations";
import { test, vi } from "vitest";
import { further, isInstallable, packed } from "./examples.ts";

let steps = Infinity;
vi.mock("quadric/equations", async (original) => {
  const actual = await original<typeof import("quadric/equations")>();
  const solve = (terms: readonly Term[], { maxIterations = 1000, ...options }: SolveOptions) =>
    actual.solve(terms, { ...options, maxIterations: Math.min(steps, maxIterations) });
  return { ...actual, solve };
});

test.each(isInstallable() ? further : [...packed, ...further])(
  "$name $claim",
  async ({ name, check, steps: enough = Infinity }) => {
    steps = enough;
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    try {
      await import(`../../../examples/${name}.ts`);
      check(log.mock.calls.map(([line]) => line).join("\n"));
    } finally {
      log.mockRestore();
    }
  },
);
