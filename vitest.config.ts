import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

// Tests run the sources; what is built and packed has tests of its own (packages/*/test/package.test.ts).
export default defineConfig({
  resolve: {
    alias: [
      { find: /^quadric$/, replacement: source("quadric/src/index.ts") },
      { find: /^quadric\/node$/, replacement: source("quadric/src/node.ts") },
    ],
  },
  test: {
    include: ["packages/*/test/**/*.test.ts"],
    // Biome's rule against focused tests takes our `fit` for one.
    allowOnly: false,
    testTimeout: 60_000,
    maxWorkers: 2,
  },
});
