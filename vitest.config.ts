import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

/** Debian's package; elsewhere Playwright's own, which `npx playwright install chromium` fetches. */
const executablePath = ["/usr/bin/chromium"].find((path) => existsSync(path));

/** Tests in Chromium, on a page that may share memory between threads. */
const chromium = (name: string, include: string, gpu: readonly string[]): TestProjectConfiguration => ({
  extends: true,
  server: {
    headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
  },
  // Both find their .wasm files next to their modules, so these must stay where they are.
  optimizeDeps: { exclude: ["onnxruntime-web/wasm", "onnxruntime-web/webgpu"], include: ["@jax-js/jax"] },
  test: {
    name,
    include: [`packages/*/test/**/*.${include}.test.ts`],
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      instances: [{ browser: "chromium" }],
      provider: playwright({
        launchOptions: {
          executablePath,
          args: [
            "--no-sandbox",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            ...gpu,
          ],
        },
      }),
    },
  },
});

// Tests run the sources; what is built and packed has tests of its own (packages/*/test/package.test.ts).
export default defineConfig({
  resolve: {
    alias: [
      { find: /^quadric$/, replacement: source("quadric/src/index.ts") },
      { find: /^quadric\/node$/, replacement: source("quadric/src/node.ts") },
      { find: /^quadric\/web$/, replacement: source("quadric/src/web.ts") },
    ],
  },
  test: {
    // Biome's rule against focused tests takes our `fit` for one.
    allowOnly: false,
    testTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          include: ["packages/*/test/**/*.test.ts"],
          exclude: ["packages/*/test/**/*.{browser,webgpu}.test.ts"],
        },
      },
      chromium("browser", "{browser,platform}", ["--disable-gpu"]),
      chromium("webgpu", "webgpu", ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]),
    ],
  },
});
