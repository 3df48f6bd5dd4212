/** The page by its keyboard. */
import { expect, test } from "vitest";
import type { Site } from "../site.ts";

export function accessibility(site: () => Site): void {
  test("the keyboard reaches every control and moves between the panels", async () => {
    const { page } = await site().open("#landscapes");
    await page.getByRole("tab", { name: "Trust regions" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("Curvature");
    await page.keyboard.press("ArrowLeft");
    const controls = await page.locator("button:enabled, input, select").count();
    const reached = new Set<string>();
    for (let i = 0; i < 2 * controls; i++) {
      await page.keyboard.press("Tab");
      reached.add(String(await page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)")));
    }
    // Of the six tabs the one that is shown takes the focus.
    expect(reached.size).toBeGreaterThanOrEqual(controls - 5);
  });
}
