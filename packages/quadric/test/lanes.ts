/**
 * Where a test of the library runs. Nothing is listed by hand:
 *
 *   *.browser.test.ts, *.webgpu.test.ts   in Chromium only
 *   *.alone.test.ts                       on Node, each in another process, which it measures or changes
 *   *.slow.test.ts                        seconds on Node, minutes in Chromium: there for `npm run soak:browser` only
 *   *.node.test.ts, or needs Node         it, or a module that it reaches, imports a part of Node or what only Node has
 *   every other one                       on Node, as the project "unit", `npm run test:unit`; in Chromium, too, if it
 *                                         reaches what computes, reads or waits there: pure arithmetic is the same in
 *                                         every V8, and in Chromium is left to `npm run soak:browser`
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = import.meta.dirname;
const ofNode = /^(node:|vite$|koffi$|onnxruntime-node$|onnxruntime-web$|playwright$|@tensorflow\/)/;
/** Stands for quadric/web's in Chromium. */
const replaced = /compiler\/backends\/onnx\/node\.ts$/;

const ofPlatform = /\/src\/(compiler|data|training|web)\/|^@jax-js\//;

/** Whether a module, or one that it loads, is or imports one of these. */
function reaching(what: RegExp): (file: string) => boolean {
  const known = new Map<string, boolean>();
  const reaches = (file: string): boolean => {
    const found = known.get(file);
    if (found !== undefined) return found;
    known.set(file, what.test(file)); // for circles of imports
    const names = [...readFileSync(file, "utf8").matchAll(/^(?:import|export|\} from)\b(?! type\b)[^;]*?"([^"]+)";/gm)];
    const answer = names.some(([, name]) => {
      if (!name.startsWith(".")) return what.test(name);
      const path = resolve(dirname(file), name);
      return path.endsWith(".ts") && !replaced.test(path) && existsSync(path) && (what.test(path) || reaches(path));
    });
    known.set(file, answer);
    return answer;
  };
  return reaches;
}
const needsNode = reaching(ofNode);
const usesPlatform = reaching(ofPlatform);

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
  .filter((path) => !isSlow(path) && usesPlatform(join(root, path)))
  .map(fromRepository);
/** What may run in Chromium, slow or not. */
export const anywhereTests: readonly string[] = anywhere.map(fromRepository);
