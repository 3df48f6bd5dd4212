/** Chromium as the tests start it: without a screen, without a network of its own. */
import { existsSync } from "node:fs";

/** Debian's package; elsewhere Playwright's own, which `npx playwright install chromium` fetches. */
const executablePath = ["/usr/bin/chromium"].find((path) => existsSync(path));

/** For Playwright. @param gpu - the switches that say which GPU there is; defaults to none. */
export function chromiumOptions(gpu: readonly string[] = ["--disable-gpu"]) {
  return {
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...gpu,
    ],
  };
}
