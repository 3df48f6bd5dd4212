/** Links restore what they say, or nothing. */
import { expect, test } from "vitest";
import type { Site } from "../site.ts";
import { button, ends, isPatient, race, status, whenLoaded } from "./controls.ts";

export function links(site: () => Site): void {
  test("a link restores the panel, its settings and the run", async () => {
    const { page } = await site().open("#train?task=curve&seed=7&budget=100&methods=tr-adagrad");
    await race(page);
    const losses = await ends(page, "Held-out loss (thick)");
    await button(page, "Copy link").click();
    const { page: other } = await site().open(new URL(page.url()).hash);
    await expect.poll(() => status(other).textContent(), isPatient).toBe("All runs are over.");
    expect(await ends(other, "Held-out loss (thick)")).toEqual(losses);
    expect(await other.getByLabel("Seed").inputValue()).toBe("7");
    expect(await other.getByLabel("Task").inputValue()).toBe("curve");
  });

  test("links that make no sense show a page that works", async () => {
    const { page, troubles } = await site().open();
    for (const [name, hash] of [
      [
        "numbers and names that are none",
        "#train?seed=1e999&budget=-5&methods=tr-rmsprop,%00,<b>&task=__proto__&rate=NaN",
      ],
      ["numbers beyond all bounds", "#landscapes?x=Infinity&y=&kappa=1e300&time=99999999&focus=constructor"],
      ["an equation that is none", "#equation?equation=constructor&k=-1&units=1e9&points=&seconds=NaN"],
      ["great length", `#nowhere?${"a=b&".repeat(5000)}`],
      ["a script", '#"><script>document.title=1</script>'],
    ]) {
      await page.goto(`${site().url}${hash}`);
      await page.reload();
      await page.locator("main h1").waitFor({ state: "attached" });
      await whenLoaded(page);
      expect(await page.title(), name).toBe("quadric playground");
      expect(await page.getByRole("alert").count(), name).toBe(0);
    }
    expect(troubles).toEqual([]);
  });
}
