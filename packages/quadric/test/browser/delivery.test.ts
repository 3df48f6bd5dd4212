/** The built library in a real Chromium as pages get it: unbundled by an import map, and through Vite in a worker. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumOptions } from "../helpers/chromium.ts";
import { type StaticServer, serveFolder } from "../helpers/static-server.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const isolated = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

let browser: Browser;
const servers: StaticServer[] = [];
const folders: string[] = [];

beforeAll(async () => {
  browser = await chromium.launch(chromiumOptions());
}, 60_000);
afterAll(async () => {
  await browser.close();
  for (const server of servers) await server.close();
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function serve(...settings: Parameters<typeof serveFolder>): Promise<string> {
  const server = await serveFolder(...settings);
  servers.push(server);
  return server.url;
}

/**
 * What the page's output says once its run has ended; throws what the page complains of before.
 *
 * @param stopAt - what it says when the run is to be stopped; defaults to the end.
 */
async function outcomeOf(url: string, stopAt?: RegExp): Promise<string> {
  const page = await browser.newPage();
  const complaint = new Promise<never>((_, reject) => {
    page.on("pageerror", reject);
    page.on("console", (message) => {
      if (message.type() === "error") reject(new Error(`${message.text()} ${message.location().url}`));
    });
  });
  const output = page.locator("#loss");
  const run = async () => {
    await page.goto(url);
    if (stopAt) {
      await output.getByText(stopAt).waitFor({ timeout: 100_000 });
      await page.getByRole("button", { name: "Stop" }).click();
    }
    await output.getByText("(").waitFor({ timeout: 100_000 });
    return (await output.textContent())!;
  };
  try {
    return await Promise.race([run(), complaint]);
  } finally {
    await page.close();
  }
}

const loss = (text: string) => Number(/loss ([\d.e+-]+)/.exec(text)![1]);

test("examples/browser.html trains from plain modules, without a bundler, and stops when asked", async () => {
  const url = `${await serve(root)}examples/browser.html`;
  const text = await outcomeOf(url, /loss \S+e-[3-9]/);
  expect(loss(text)).toBeLessThan(1e-2);
  expect(text).toContain("(stopped)");
}, 120_000);

describe("examples/vite", () => {
  let url: string;
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "quadric-vite-"));
    folders.push(folder);
    const out = { outDir: folder, emptyOutDir: true };
    await build({ root: join(root, "examples/vite"), logLevel: "error", build: out });
    url = await serve(folder, { base: "/some/where/", headers: isolated });
  }, 120_000);

  test("trains in a worker", async () => {
    const text = await outcomeOf(url);
    expect(loss(text)).toBeLessThan(0.1);
    expect(text).not.toContain("stopped");
  }, 120_000);

  test("its worker stops when the page asks", async () => {
    expect(await outcomeOf(url, /Compiling|step/)).toContain("(stopped, ");
  }, 120_000);
});
