/** The built page below a sub-path of a static server, in a real Chromium. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
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
   * All of them are in one context unless another is given: it keeps what was fetched, and the page keeps nothing.
   */
  open(hash?: string, look?: Look): Promise<{ page: Page; troubles: string[] }>;
  closePages(): Promise<void>;
  close(): Promise<void>;
}

interface Look {
  /** Defaults to light. */
  readonly colorScheme?: "light" | "dark";
  /** Defaults to 1280 × 720. */
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly context?: BrowserContext;
}

export async function startSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "quadric-playground-"));
  const configFile = fileURLToPath(new URL("../vite.config.ts", import.meta.url));
  await build({ configFile, logLevel: "error", build: { outDir: folder, emptyOutDir: true } });
  const { url, close } = await serveFolder(folder, { base: "/some/where/" });
  const browser = await chromium.launch(chromiumOptions());
  const shared = await browser.newContext();
  // Stays open, and with it the process that has read the scripts: a page then takes half the time.
  const first = await shared.newPage();
  await first.goto(url);
  return {
    url,
    folder,
    browser,
    async open(hash = "", { colorScheme = "light", viewport = { width: 1280, height: 720 }, context = shared } = {}) {
      const page = await context.newPage();
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
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
    async closePages() {
      const pages = browser.contexts().flatMap((context) => context.pages());
      await Promise.all(pages.filter((page) => page !== first).map((page) => page.close()));
    },
    async close() {
      await browser.close();
      await close();
      await rm(folder, { recursive: true });
    },
  };
}
