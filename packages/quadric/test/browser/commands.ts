/** What a test in the browser asks of Node. */
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";
import type { Summary } from "./digits.ts";

declare module "vitest/browser" {
  interface BrowserCommands {
    /** The digits trained here, on Node. */
    digitsOnNode(method: "trust-region" | "adam"): Promise<Summary>;
  }
}

export async function digitsOnNode(_context: unknown, method: "trust-region" | "adam"): Promise<Summary> {
  const path = fileURLToPath(new URL("./packages/quadric/test/browser/digits-on-node.ts", `file://${process.cwd()}/`));
  const { module } = await runnerImport<typeof import("./digits-on-node.ts")>(path, { configFile: false });
  return module.digitsOnNode(method);
}
