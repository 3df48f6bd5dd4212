/**
 * Where a test of the library runs. Nothing is listed by hand:
 *
 *   *.browser.test.ts, *.webgpu.test.ts   in Chromium only
 *   *.alone.test.ts                       on Node, each in another process, which it measures or changes
 *   *.slow.test.ts                        seconds on Node, minutes in Chromium: there for `npm run soak:browser` only
 *   *.node.test.ts, or needs Node         it, or a module that it reaches, imports a part of Node or what only Node has
 *   every other one                       on Node, as the project "unit", `npm run test:unit`; in Chromium, too, if it is
 *                                         a test of what another engine runs, reads or has to wait for there, or names
 *                                         an engine itself: the rest is arithmetic, the same in every V8, which is left
 *                                         to `npm run soak:browser`
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = import.meta.dirname;
const ofNode = /^(node:|vite$|koffi$|onnxruntime-node$|onnxruntime-web$|playwright$|@tensorflow\/)/;
/** Stands for quadric/web's in Chromium. */
const replaced = /compiler\/backends\/onnx\/node\.ts$/;

/** Folders whose sources are another program in Chromium, or wait for its event loop. */
const ofPlatform = /^(compiler\/backends|data|training|web)\//;
const engine = /\/src\/(compiler\/backends|data|web)\b/;

/** Names of the modules that a file loads. */
const importsOf = (file: string): string[] =>
  [...readFileSync(file, "utf8").matchAll(/^(?:import|export|\} from)\b(?! type\b)[^;]*?"([^"]+)";/gm)].map(
    ([, name]) => name,
  );

const known = new Map<string, boolean>();

/** Whether a module, or one that it loads, is or imports what only Node has. */
function needsNode(file: string): boolean {
  const found = known.get(file);
  if (found !== undefined) return found;
  known.set(file, ofNode.test(file)); // for circles of imports
  const answer = importsOf(file).some((name) => {
    if (!name.startsWith(".")) return ofNode.test(name);
    const path = resolve(dirname(file), name);
    return path.endsWith(".ts") && !replaced.test(path) && existsSync(path) && needsNode(path);
  });
  known.set(file, answer);
  return answer;
}

/** Whether a test says something of another engine, of reading or of waiting. */
const usesPlatform = (path: string) =>
  ofPlatform.test(path) || importsOf(join(root, path)).some((name) => engine.test(name));

const tests = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".test.ts"));
const anywhere = tests.filter(
  (path) => !/\.(alone|browser|webgpu|node)\.test\.ts$/.test(path) && !needsNode(join(root, path)),
);
const isSlow = (path: string) => path.endsWith(".slow.test.ts");
const fromRepository = (path: string) => join(relative(process.cwd(), root), path);

/** Fast tests that need no Node. */
export const unitTests: readonly string[] = anywhere.filter((path) => !isSlow(path)).map(fromRepository);
/** Those of them that say something of Chromium. */
export const browserTests: readonly string[] = anywhere
  .filter((path) => !isSlow(path) && usesPlatform(path))
  .map(fromRepository);
/** What may run in Chromium, slow or not. */
export const anywhereTests: readonly string[] = anywhere.map(fromRepository);
