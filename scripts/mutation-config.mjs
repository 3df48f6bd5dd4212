/**
 * The tests of one folder on its mutated sources: what scripts/mutation.mjs runs, with QUADRIC_MUTANTS telling which.
 */
import { writeFileSync } from "node:fs";
import { mergeConfig } from "vitest/config";
import config from "../vitest.config.ts";
import { mutantsOf } from "./mutants.mjs";

const { folder, list, runner } = JSON.parse(process.env.QUADRIC_MUTANTS);
const { mutants, mutated } = await mutantsOf(folder);
writeFileSync(list, JSON.stringify(mutants));

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
