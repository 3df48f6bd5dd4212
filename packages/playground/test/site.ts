/** The built page below a sub-path of a static server, in a real Chromium. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { build } from "vite";
import { chromiumOptions } from "../../quadric/test/helpers/chromium.ts";
import { serveFolder } from "../../quadric/test/helpers/static-server.ts";

export interface Site {
  /** With a slash at its end. */
  readonly url: string;
  /** The static folder. */
  readonly folder: string;
  readonly browser: Browser;
  /**
   * A page at this hash; whatever it should not do is collected in `troubles`: errors, warnings, requests elsewhere.
   */
  open(hash?: string, options?: BrowserContextOptions): Promise<{ page: Page; troubles: string[] }>;
  close(): Promise<void>;
}

export async function startSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "quadric-playground-"));
  const configFile = fileURLToPath(new URL("../vite.config.ts", import.meta.url));
  await build({ configFile, logLevel: "error", build: { outDir: folder, emptyOutDir: true } });
  const { url, close } = await serveFolder(folder, { base: "/some/where/" });
  const browser = await chromium.launch(chromiumOptions());
  return {
    url,
    folder,
    browser,
    async open(hash = "", options = {}) {
      const page = await (await browser.newContext(options)).newPage();
      page.setDefaultTimeout(100_000); // on a machine that has other things to do
      const troubles: string[] = [];
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) troubles.push(message.text());
      });
      page.on("pageerror", (error) => troubles.push(String(error)));
      page.on("request", (request) => {
        if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) troubles.push(request.url());
      });
      await page.goto(`${url}${hash}`);
      return { page, troubles };
    },
    async close() {
      await browser.close();
      await close();
      await rm(folder, { recursive: true });
    },
  };
}
