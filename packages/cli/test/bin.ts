/** The bin as tests start it: a process of its own, running what is built of the sources at hand. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
export const bin: string = join(root, "packages/cli/bin/quadric.js");
export const labBin: string = join(root, "packages/lab/bin/quadric-lab.js");
const built = join(root, "packages/lab/dist/main.js");
const bundled = join(root, "packages/cli/dist/command/main.js");

/** What tsc emits runs even where it finds something to say; that is for the type check. */
export function buildIfStale(): void {
  if (!isStale()) return;
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  for (const name of ["quadric", "cli", "lab"]) {
    spawnSync(process.execPath, [tsc, "-p", join(root, "packages", name, "tsconfig.build.json")], { stdio: "ignore" });
  }
  spawnSync(process.execPath, [join(root, "scripts/bundle.mjs")], { stdio: "ignore" });
  // tsc leaves alone what comes out as it is: without this every test file would build again.
  utimesSync(built, new Date(), new Date());
}

/** Whether the built files are older than their sources. */
function isStale(): boolean {
  const newest = (path: string): number =>
    statSync(path).isDirectory()
      ? Math.max(...readdirSync(path).map((name) => newest(join(path, name))))
      : statSync(path).mtimeMs;
  if (!existsSync(built) || !existsSync(bundled)) return true;
  return ["packages/quadric/src", "packages/cli/src", "packages/lab/src"].some(
    (path) => newest(join(root, path)) > statSync(built).mtimeMs,
  );
}
