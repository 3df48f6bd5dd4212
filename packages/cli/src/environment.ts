/** Where a run took place, for run.json: versions that decide its numbers and the machine that decides its time. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, totalmem } from "node:os";

export interface Environment {
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<string, string | number>>;
}

const require = createRequire(import.meta.url);

/** The version of this command. */
export const version: string = versionIn(require.resolve("quadric-cli/package.json"));

export function describeEnvironment(): Environment {
  return {
    versions: {
      "quadric-cli": version,
      ...Object.fromEntries(
        ["quadric", "onnxruntime-node"].map((name) => [name, versionIn(require.resolve(`${name}/package.json`))]),
      ),
      node: process.versions.node,
    },
    machine: {
      platform: `${process.platform}-${process.arch}`,
      cpu: cpus()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      memoryBytes: totalmem(),
    },
  };
}

function versionIn(path: string | URL): string {
  return JSON.parse(readFileSync(path, "utf8")).version;
}
