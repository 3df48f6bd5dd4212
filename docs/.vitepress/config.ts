import { posix } from "node:path";
import { defineConfig, type MarkdownOptions } from "vitepress";

const repository = "https://github.com/quadric-js/quadric/blob/main/";

/** A link to a file of the repository outside this folder leads to the code host. */
const linksToRepository: NonNullable<MarkdownOptions["config"]> = (md) => {
  md.core.ruler.push("links-to-repository", ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === "link_open" ? (token.attrGet("href") ?? "") : "";
      const path = posix.join("docs", posix.dirname(env.relativePath), href);
      if (href.startsWith("../") && !path.startsWith("docs/")) token.attrSet("href", repository + path);
    }
  });
};

/** An ellipse, turned. */
const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cellipse cx='16' cy='16' rx='14' ry='6' transform='rotate(-35 16 16)' fill='none' stroke='%230067a5' stroke-width='4'/%3E%3C/svg%3E";

/** Names of headings as the code host has them, so that links lead to them in both places. */
const slugify = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

/** The documentation as a site: the same files as on the code host, with the API pages that typedoc wrote to docs/api. */
export default defineConfig({
  title: "quadric",
  description: "Second-order training for JavaScript and TypeScript: no learning rate.",
  base: process.env.DOCS_BASE ?? "/",
  head: [["link", { rel: "icon", href: icon }]],
  // The index of the local search is one file.
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  markdown: { math: true, attrs: { disable: true }, anchor: { slugify }, config: linksToRepository },
  themeConfig: {
    search: {
      provider: "local",
      // Pages that explain come before those that list.
      options: { miniSearch: { searchOptions: { boostDocument: (id) => (/\/(api|decisions)\//.test(id) ? 0.2 : 1) } } },
    },
    outline: [2, 3],
    socialLinks: [{ icon: "github", link: "https://github.com/quadric-js/quadric" }],
    nav: [
      { text: "Tutorial", link: "/tutorial" },
      { text: "How to choose", link: "/how-to-choose" },
      { text: "Benchmarks", link: "/benchmarks" },
      { text: "API", link: "/api/" },
      { text: "Try it", link: "/play/", target: "_self" },
    ],
    sidebar: [
      {
        text: "Start",
        items: [
          { text: "Tutorial", link: "/tutorial" },
          { text: "Quickstart", link: "/quickstart" },
          { text: "Predicting after training", link: "/predicting" },
          { text: "How to choose", link: "/how-to-choose" },
          { text: "Concepts", link: "/concepts" },
          { text: "Troubleshooting", link: "/troubleshooting" },
          { text: "Questions", link: "/questions" },
          { text: "Glossary", link: "/glossary" },
        ],
      },
      {
        text: "Problems",
        items: [
          { text: "Curve fitting", link: "/curve-fitting" },
          { text: "Tables", link: "/tables" },
          { text: "Evidence", link: "/evidence" },
          { text: "Differential equations", link: "/equations" },
          { text: "TensorFlow.js models", link: "/tensorflow-js" },
        ],
      },
      {
        text: "Coming from",
        items: [
          { text: "TensorFlow.js", link: "/coming-from-tensorflow-js" },
          { text: "PyTorch", link: "/coming-from-pytorch" },
          { text: "optax", link: "/coming-from-optax" },
          { text: "scipy", link: "/coming-from-scipy" },
        ],
      },
      {
        text: "Use",
        items: [
          { text: "Command line", link: "/cli" },
          { text: "Reports and spectra", link: "/report" },
          { text: "Browser", link: "/browser" },
          { text: "Playground", link: "/playground" },
          { text: "ONNX files", link: "/onnx-export" },
          { text: "Safetensors and PyTorch weights", link: "/safetensors" },
          { text: "Many machines", link: "/many-machines" },
          { text: "Extending", link: "/extending" },
        ],
      },
      {
        text: "Reference",
        items: [
          {
            text: "API",
            link: "/api/",
            collapsed: true,
            items: ["", "models", "equations", "data", "analysis", "node", "web", "tfjs", "paper"].map((name) => ({
              text: name === "" ? "quadric" : `quadric/${name}`,
              link: `/api/${name || "index"}/`,
            })),
          },
          { text: "Statuses", link: "/statuses" },
          { text: "Files", link: "/files" },
          { text: "Compiler", link: "/compiler" },
        ],
      },
      {
        text: "Inside",
        collapsed: true,
        items: [
          { text: "Architecture", link: "/architecture" },
          { text: "Which method is the default", link: "/decisions/defaults" },
          { text: "Explicit Gauss–Newton", link: "/decisions/explicit-gauss-newton" },
          { text: "Convergence", link: "/decisions/convergence" },
          { text: "Curve fitting", link: "/decisions/curve-fitting" },
          { text: "Equations", link: "/decisions/equations" },
          { text: "Learning rate from curvature", link: "/decisions/learning-rate-from-curvature" },
          { text: "Curvature on a quarter of a batch", link: "/decisions/curvature-on-part-of-a-batch" },
          { text: "Norm with full batches", link: "/decisions/full-batch-norm" },
          { text: "Shapes of losses", link: "/decisions/loss-shapes" },
          { text: "Limited-memory preconditioner", link: "/decisions/preconditioner" },
          { text: "Radius with full batches", link: "/decisions/radius" },
          { text: "Own derivatives", link: "/decisions/own-derivatives" },
          { text: "A WebAssembly backend", link: "/decisions/wasm-backend" },
          { text: "Rejected steps of a compiled solve", link: "/decisions/fused-solve" },
          { text: "Convolutions", link: "/decisions/convolutions" },
          { text: "Literals", link: "/decisions/literals" },
          { text: "Categories of many levels", link: "/decisions/categories" },
          { text: "Entry points", link: "/decisions/entry-points" },
          { text: "Networks for tables by evidence", link: "/decisions/evidence" },
        ],
      },
      {
        text: "Evidence",
        items: [
          { text: "Benchmarks", link: "/benchmarks" },
          { text: "Benchmarks, full tables", link: "/benchmark-tables" },
          { text: "Ablations", link: "/ablations" },
          { text: "Results", link: "/results" },
          { text: "Paper map", link: "/paper-map" },
          { text: "Reliability", link: "/reliability" },
          { text: "Mutation tests", link: "/mutation" },
          { text: "Security", link: "/security" },
          { text: "References", link: "/references" },
        ],
      },
    ],
  },
});
