import { posix } from "node:path";
import { defineConfig, type MarkdownOptions } from "vitepress";

/** A link to a file of the repository outside this folder leads nowhere on the site: its text stays, the link goes. */
const linksStayInside: NonNullable<MarkdownOptions["config"]> = (md) => {
  md.core.ruler.push("links-stay-inside", ({ tokens, env }) => {
    const leaves = (href: string) => posix.join(posix.dirname(env.relativePath), href).startsWith("../");
    for (const { children } of tokens) {
      let outside = false;
      for (const token of children ?? []) {
        if (token.type === "link_open") outside = leaves(token.attrGet("href") ?? "");
        if (outside && token.type.startsWith("link_")) Object.assign(token, { type: "text", tag: "", content: "" });
      }
    }
  });
};

/** The documentation as a site: the same files as on the code host, with the API pages that typedoc wrote to docs/api. */
export default defineConfig({
  title: "quadric",
  description: "Second-order training for JavaScript and TypeScript: no learning rate.",
  base: process.env.DOCS_BASE ?? "/",
  cleanUrls: true,
  markdown: { math: true, attrs: { disable: true }, config: linksStayInside },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Quickstart", link: "/quickstart" },
      { text: "How to choose", link: "/how-to-choose" },
      { text: "API", link: "/api/" },
    ],
    sidebar: [
      {
        text: "Start",
        items: [
          { text: "Quickstart", link: "/quickstart" },
          { text: "Concepts", link: "/concepts" },
          { text: "How to choose", link: "/how-to-choose" },
          { text: "Questions", link: "/questions" },
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
          { text: "TensorFlow.js models", link: "/tensorflow-js" },
          { text: "ONNX files", link: "/onnx-export" },
          { text: "Safetensors and PyTorch weights", link: "/safetensors" },
          { text: "Many machines", link: "/many-machines" },
        ],
      },
      {
        text: "Reference",
        items: [
          { text: "API", link: "/api/" },
          { text: "Statuses", link: "/statuses" },
          { text: "Files", link: "/files" },
          { text: "Compiler", link: "/compiler" },
        ],
      },
      {
        text: "Evidence",
        items: [
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
