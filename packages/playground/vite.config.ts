import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const library = fileURLToPath(new URL("../quadric/src", import.meta.url));

/** A static folder that works from any path; the library comes from its sources. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  resolve: {
    alias: [
      { find: /^quadric$/, replacement: `${library}/index.ts` },
      { find: /^quadric\/([a-z]+)$/, replacement: `${library}/$1.ts` },
    ],
    dedupe: ["preact"],
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  // Nothing inlined: the page's policy lets scripts fetch from its own folder only.
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
});
