/** What a visitor loads, once. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Site } from "../site.ts";
import { race, whenLoaded } from "./controls.ts";

export function delivery(site: () => Site): void {
  test("the first load is at most 300 kB gzipped, without the data", async () => {
    const assets = await readdir(join(site().folder, "assets"));
    const code = ["index.html", ...assets.filter((name) => !name.endsWith(".gz")).map((name) => `assets/${name}`)];
    let bytes = 0;
    for (const name of code) bytes += gzipSync(await readFile(join(site().folder, name))).length;
    expect(bytes).toBeLessThanOrEqual(300_000);
  });

  test("works without a network once it has loaded, and trains in a worker", async () => {
    const { page, troubles } = await site().open("#fit", { context: await site().browser.newContext() });
    await whenLoaded(page);
    await page.context().setOffline(true);
    await page.getByRole("tab", { name: "Training" }).click();
    await page.getByLabel("Task").selectOption("digits");
    await page.getByLabel("Budget").fill("100");
    await race(page);
    expect(page.workers()).toHaveLength(1);
    expect(troubles).toEqual([]);
  });
}
