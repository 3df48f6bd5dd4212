/** The tests that judge mutants: those of the mathematics, which are fast and need no build and no process. */
import { mergeConfig } from "vitest/config";
import config from "./vitest.config.ts";

const { projects: _, ...test } = config.test!;

export default mergeConfig(
  { ...config, test },
  { test: { include: ["packages/quadric/test/{subproblem,norm,optimizer}/*.test.ts"] } },
);
