/**
 * Where a test of the library runs. Nothing is listed by hand:
 *
 *   *.browser.test.ts, *.webgpu.test.ts   in Chromium only
 *   *.alone.test.ts                       on Node, each in another process, which it measures or changes
 *   *.slow.test.ts                        seconds on Node, minutes in Chromium: there for `npm run soak:browser` only
 *   *.node.test.ts, or needs Node         it, or a module that it reaches, imports a part of Node or what only Node has
 *   every other one                       on Node and in Chromium; on Node they are the project "unit", `npm run test:unit`
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = import.meta.dirname;
const ofNode = /^(node:|vite$|koffi$|onnxruntime-node$|onnxruntime-web$|playwright$|@tensorflow\/)/;
/** Stands for quadric/web's in Chromium. */
const replaced = /compiler\/backends\/onnx\/node\.ts$/;

const known = new Map<string, boolean>();

function needsNode(file: string): boolean {
  const found = known.get(file);
  if (found !== undefined) return found;
  known.set(file, false); // for circles of imports
  const names = [...readFileSync(file, "utf8").matchAll(/^(?:import|export|\} from)\b[^;]*?"([^"]+)";/gm)].map(
    ([, name]) => name,
  );
  const needs = names.some((name) => {
    if (!name.startsWith(".")) return ofNode.test(name);
    const path = resolve(dirname(file), name);
    return path.endsWith(".ts") && !replaced.test(path) && existsSync(path) && needsNode(path);
  });
  known.set(file, needs);
  return needs;
}

const tests = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".test.ts"));
const anywhere = tests.filter(
  (path) => !/\.(alone|browser|webgpu|node)\.test\.ts$/.test(path) && !needsNode(join(root, path)),
);
const isSlow = (path: string) => path.endsWith(".slow.test.ts");
const fromRepository = (path: string) => join(relative(process.cwd(), root), path);

/** Fast tests that run on Node and in Chromium. */
export const unitTests: readonly string[] = anywhere.filter((path) => !isSlow(path)).map(fromRepository);
/** Slow ones. */
export const slowTests: readonly string[] = anywhere.filter(isSlow).map(fromRepository);
