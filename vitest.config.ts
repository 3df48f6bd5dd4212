import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";
import { digitsOnNode } from "./packages/quadric/test/browser/commands.ts";
import { chromiumOptions } from "./packages/quadric/test/helpers/chromium.ts";
import { sourceOf } from "./packages/quadric/test/helpers/made-up-modules.ts";
import { anywhereTests, browserTests, unitTests } from "./packages/quadric/test/lanes.ts";

const source = (path: string) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

/** Whether those run in Chromium that take minutes there: `npm run soak:browser`. */
const soak = process.env.SOAK_BROWSER !== undefined;

/** Modules that a test makes up, such as the examples of the documents: `import(moduleOf(path, source))`. */
const madeUp = {
  name: "made-up-modules",
  enforce: "pre",
  resolveId: (id: string) => (sourceOf(id) === undefined ? null : id),
  load: (id: string) => sourceOf(id),
} as const;

/** Tests in Chromium, on a page that may share memory between threads. */
const chromium = (name: string, include: readonly string[], gpu?: readonly string[]): TestProjectConfiguration => ({
  extends: true,
  resolve: {
    alias: [
      {
        find: /^.*\/compiler\/backends\/onnx\/node\.ts$/,
        replacement: source("quadric/src/compiler/backends/onnx/web.ts"),
      },
    ],
  },
  server: {
    headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
  },
  // Both find their .wasm files next to their modules, so these must stay where they are.
  optimizeDeps: { exclude: ["onnxruntime-web/wasm", "onnxruntime-web/webgpu"], include: ["@jax-js/jax"] },
  test: {
    name,
    include: [...include],
    isolate: false,
    // A software adapter compiles every kernel of a program anew.
    testTimeout: 300_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      fileParallelism: false,
      commands: { digitsOnNode },
      instances: [{ browser: "chromium" }],
      provider: playwright({ launchOptions: chromiumOptions(gpu) }),
    },
  },
});

// Tests run the sources; what is built and packed has tests of its own (packages/*/test/package.test.ts).
export default defineConfig({
  resolve: {
    alias: [
      { find: /^quadric$/, replacement: source("quadric/src/index.ts") },
      { find: /^quadric-cli\/([a-z]+)$/, replacement: source("cli/src/$1.ts") },
      { find: /^quadric\/([a-z]+)$/, replacement: source("quadric/src/$1.ts") },
    ],
  },
  test: {
    // Biome's rule against focused tests takes our `fit` for one.
    allowOnly: false,
    testTimeout: 60_000,
    onConsoleLog: (log) => !log.includes("you are running TensorFlow.js in Node.js"),
    // Beside Chromium, for two cores: files that wait, for a lock to expire or a cable to be missed, leave theirs idle.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        plugins: [madeUp],
        // Files leave nothing behind, so that modules are loaded once for all of them.
        test: {
          name: "node",
          isolate: false,
          include: ["packages/*/test/**/*.test.ts"],
          exclude: ["packages/*/test/**/*.{alone,browser,webgpu}.test.ts", ...unitTests],
        },
      },
      {
        extends: true,
        test: {
          name: "alone",
          include: ["packages/*/test/**/*.alone.test.ts"],
        },
      },
      {
        extends: true,
        // `npm run test:unit`.
        test: { name: "unit", isolate: false, include: [...unitTests] },
      },
      chromium("browser", ["packages/quadric/test/**/*.browser.test.ts", ...(soak ? anywhereTests : browserTests)]),
      chromium(
        "webgpu",
        [`packages/quadric/test/browser/${soak ? "*" : "gpu"}.webgpu.test.ts`],
        ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
      ),
    ],
  },
});
