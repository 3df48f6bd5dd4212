/** Every picture of every panel at three widths, and what axe finds. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright";
import { expect, test } from "vitest";
import { fill, inkOf, overlap, unevenness } from "../pixels.ts";
import { look, type Site } from "../site.ts";
import { isPatient, race } from "./controls.ts";

/** Has every panel show what it has; `charts` and `canvases` are how many pictures that makes. */
const panels = [
  {
    hash: "#equation?seconds=1&methods=lbfgs,adam",
    prepare: race,
    charts: 3,
    canvases: 4,
  },
  {
    hash: "#landscapes?time=6",
    prepare: (page: Page) => page.getByText("From 40 starts").waitFor(isPatient),
    charts: 4,
    canvases: 1,
  },
  { hash: "#train?budget=100", prepare: race, charts: 5, canvases: 0 },
  {
    hash: "#curvature?budget=100",
    prepare: (page: Page) => page.getByText("times the mean one").waitFor(isPatient),
    charts: 2,
    canvases: 2,
  },
  {
    hash: "#fit",
    prepare: (page: Page) => page.getByText("Converged").waitFor(isPatient),
    charts: 3,
    canvases: 0,
  },
  { hash: "#data?budget=100", prepare: race, charts: 4, canvases: 0 },
] as const;

export function looks(site: () => Site): void {
  const axe = readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8");
  const all = [390, 820, 1280].flatMap((width) => [
    { width, colorScheme: "light" } as const,
    { width, colorScheme: "dark" } as const,
  ]);
  // `npm run soak:looks` takes all six; here the middle one is measured, not looked at.
  const looks = process.env.SOAK_LOOKS
    ? all
    : all.filter(({ width, colorScheme }) => (width === 390) === (colorScheme === "dark"));

  test.each(panels)(
    "every picture of $hash fills its place at three widths and has ink, dark on phones, and axe finds nothing",
    async (panel) => {
      const { page, troubles } = await site().open(panel.hash);
      await panel.prepare(page);
      // Not as a script of the page, whose policy forbids it.
      await page.evaluate(await axe);
      for (const each of looks) {
        const name = `${each.width} px, ${each.colorScheme}`;
        await look(page, each);
        const charts = page.locator(".chart svg");
        await expect.poll(() => charts.count(), isPatient).toBe(panel.charts);
        await expect.poll(() => charts.evaluateAll(fill), isPatient).toBe(true);
        expect(await page.evaluate("document.documentElement.scrollWidth"), name).toBeLessThanOrEqual(each.width);
        expect(await page.locator(".network").evaluateAll(overlap), name).toBeLessThan(1);
        expect(await page.locator(".gallery:not(.views) .network").evaluateAll(unevenness), name).toBe(0);
        if (each.width === 820 && !process.env.SOAK_LOOKS) continue;
        const pictures = await inkOf(page, ".chart svg, canvas");
        expect(pictures).toHaveLength(panel.charts + panel.canvases);
        for (const { isChart, coloured, ink } of pictures) {
          expect(isChart ? coloured : Math.max(coloured, ink), name).toBeGreaterThan(isChart ? 20 : 200);
        }
        if ((each.width === 1280) === (each.colorScheme === "light") && each.width !== 820) {
          expect(await page.evaluate("axe.run().then((result) => result.violations)"), name).toEqual([]);
        }
      }
      expect(troubles).toEqual([]);
    },
  );
}
