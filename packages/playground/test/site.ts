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
  open(
    hash?: string,
    options?: Look & { readonly context?: BrowserContext },
  ): Promise<{ page: Page; troubles: string[] }>;
  closePages(): Promise<void>;
  close(): Promise<void>;
}

interface Look {
  /** Defaults to light. */
  readonly colorScheme?: "light" | "dark";
  /** Defaults to 1280 pixels. */
  readonly width?: number;
  /** Whether the page may start things by itself; defaults to false, as for readers who want less motion. */
  readonly mayMove?: boolean;
}

export async function look(page: Page, { colorScheme = "light", width = 1280, mayMove = false }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: mayMove ? "no-preference" : "reduce" });
  await page.setViewportSize({ width, height: 800 });
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
  await look(first, {});
  await first.goto(url);
  return {
    url,
    folder,
    browser,
    async open(hash = "", { context = shared, ...options } = {}) {
      const page = await context.newPage();
      await look(page, options);
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
