/**
 * The command in few files: Node looks up, reads and links each module by itself, and the command and what it imports
 * are 600 of them. What draws pictures, reads Parquet or is native stays outside, and is loaded when it is used.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const cli = fileURLToPath(new URL("../packages/cli", import.meta.url));
// As deep as dist/data, so that paths relative to a module hold.
const folder = join(cli, "dist/command");
const outside = /^(onnxruntime|koffi|@bufbuild|onnx-buf|@resvg|@observablehq\/plot|linkedom|hyparquet|node:)/;

const bundle = await rolldown({
  input: join(cli, "dist/main.js"),
  platform: "node",
  external: (id) => outside.test(id),
  logLevel: "warn",
});
rmSync(folder, { recursive: true, force: true });
const { output } = await bundle.write({ dir: folder, format: "esm" });
await bundle.close();

/** Licences of what is inside and not ours. */
const packages = new Set(
  output
    .flatMap(({ moduleIds = [] }) => moduleIds)
    .flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0] ?? []),
);
const licences = [...packages].sort().map((path) => {
  const { name, version, license } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
  const file = readdirSync(path).find((entry) => /^licen[cs]e/i.test(entry));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(join(path, file), "utf8").trim() : ""}\n`;
});
writeFileSync(join(folder, "licences.txt"), licences.join(`\n${"-".repeat(80)}\n\n`));
