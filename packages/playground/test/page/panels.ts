/** What each panel does when its controls are used. */
import { expect, test } from "vitest";
import type { Site } from "../site.ts";
import { alertOf, button, drop, ends, isPatient, race, spent, status, textOf, whenOver } from "./controls.ts";

export function panels(site: () => Site): void {
  test("the page opens with a race that starts by itself, waits while out of sight, and says who leads", async () => {
    const { page, troubles } = await site().open("#equation?seconds=1&methods=ssbroyden,adam", { mayMove: true });
    await button(page, "Pause").waitFor(isPatient);
    await page.setViewportSize({ width: 1280, height: 160 });
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await button(page, "Run").waitFor(isPatient);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.evaluate("scrollTo(0, 0)");
    await whenOver(page);
    const errors = Object.entries(await ends(page, "Relative error over time")).sort(([, a], [, b]) => a - b);
    expect(errors).toHaveLength(2);
    expect(await textOf(page.locator(".caption"))).toContain(`${errors[0][0]} leads`);
    expect(troubles).toEqual([]);
  });

  test("a step of the guide sets the panel up, and its link says so", async () => {
    const { page, troubles } = await site().open("#equation");
    await button(page, "5. Nonlinear").click();
    expect(await page.getByRole("combobox", { name: "Equation" }).inputValue()).toBe("front");
    await expect.poll(() => page.url(), isPatient).toContain("#equation?equation=front");
    expect(await button(page, "5. Nonlinear").getAttribute("aria-pressed")).toBe("true");
    await page.getByText("The same in TypeScript").click();
    expect(await textOf(page.locator(".code pre"))).toContain("u*(1 - u)");
    expect(troubles).toEqual([]);
  });

  test("the guides of curves and tables set the panel up, captions follow, and a link brings its table", async () => {
    const { page, troubles } = await site().open("#fit");
    const caption = page.locator(".caption");
    await expect.poll(() => caption.textContent(), isPatient).toContain("the formula describes the data");
    await button(page, "2. Too simple").click();
    await expect.poll(() => caption.textContent(), isPatient).toContain("the formula misses something");
    await page.getByRole("tab", { name: "Your data" }).click();
    await button(page, "3. Classes").click();
    await page.getByText("planet.csv: 300 rows, 4 columns.").waitFor(isPatient);
    await expect.poll(() => page.url(), isPatient).toContain("#data?example=planet");
    expect(troubles).toEqual([]);
  });

  test("landscapes: paths, regions and readings follow the time slider, captions the settings, and a click moves the start", async () => {
    const { page, troubles } = await site().open("#landscapes?time=3");
    const now = page.locator(".player output");
    await expect.poll(() => now.textContent(), isPatient).toMatch(/^3 \/ \d\d$/);
    const table = page.locator("table");
    const before = await table.textContent();
    await button(page, "Step forward").click();
    expect(await now.textContent()).toMatch(/^4 \//);
    expect(await table.textContent()).not.toBe(before);
    expect(await page.locator(".picture ellipse, .picture path").count()).toBeGreaterThan(5);
    const caption = page.locator(".caption");
    await expect.poll(() => caption.textContent(), isPatient).toContain("the circle is caught between the walls");
    await button(page, "2. A round one").click();
    await expect.poll(() => caption.textContent(), isPatient).toContain("The shape matters little here.");

    const x = page.getByLabel("Start x");
    const start = await x.inputValue();
    const map = page.locator(".picture svg").first();
    const { width, height } = (await map.boundingBox())!;
    await map.click({ position: { x: 0.8 * width, y: 0.2 * height } });
    await expect.poll(() => x.inputValue(), isPatient).not.toBe(start);
    expect(Number(await x.inputValue())).toBeGreaterThan(0);
    expect(troubles).toEqual([]);
  });

  test("train: without noise both trust regions end with a hundredth of the loss of Adam", async () => {
    const { page, troubles } = await site().open("#train?task=spiral&methods=adam,tr-euclidean,tr-rmsprop&budget=300");
    await race(page);
    const { "Euclidean norm": euclidean, "RMSProp norm": rmsprop, Adam } = await ends(page, "Loss over cost");
    expect(Math.max(euclidean, rmsprop)).toBeLessThan(Adam / 100);
    expect(troubles).toEqual([]);
  });

  test("train: with noise a run keeps the network of the least held-out loss, and without stopping learns the noise", async () => {
    const { page, troubles } = await site().open("#train?methods=tr-rmsprop&budget=500");
    await race(page);
    expect(await textOf(page.locator(".network > figcaption"))).toMatch(/no longer falls; kept step \d+ of \d+/);
    const error = async () => Number(/error ([\d.]+)/.exec(await textOf(page.locator(".network > figcaption")))![1]);
    const stopped = await error();
    await page.getByLabel("Stop when the held-out loss rises").selectOption("no");
    await race(page);
    expect(await textOf(page.locator(".caption"))).toContain("RMSProp norm overfits");
    expect(await error()).toBeGreaterThan(2 * stopped);
    expect(troubles).toEqual([]);
  });

  test("train: step, pause, reset and again do what they say", async () => {
    // Long enough that it is not over before it is paused.
    const { page } = await site().open("#train?early=no&budget=10000");
    // What is shown is what was spent before the last step, or after it on a slow machine: the second step takes some
    // products.
    for (let i = 0; i < 2; i++) await button(page, "Step").click(isPatient);
    await expect.poll(() => spent(page), isPatient).toBeGreaterThan(0);
    expect(await spent(page)).toBeLessThan(40);
    await button(page, "Run").click();
    await expect.poll(() => spent(page), isPatient).toBeGreaterThan(40);
    await button(page, "Pause").click();
    await button(page, "Run").waitFor(isPatient);
    // What the last steps brought is shown in turns.
    let last = -1;
    const isSame = async () => {
      const before = last;
      last = await spent(page);
      return last === before;
    };
    await expect.poll(isSame, { ...isPatient, interval: 300 }).toBe(true);
    await button(page, "Reset").click();
    await expect.poll(() => status(page).textContent(), isPatient).toMatch(/^All methods start from the same weights/);
  });

  test("data: a CSV file is fitted, and held-out rows are predicted", async () => {
    const { page, troubles } = await site().open("#data?budget=200");
    const rows = Array.from({ length: 200 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
    const csv = `a,b,sum\n${rows.map(([a, b]) => `${a},${b},${a + b}`).join("\n")}\n`;
    await drop(page, "sums.csv", csv);
    await page.getByText("sums.csv: 200 rows, 3 columns.").waitFor(isPatient);
    await race(page);
    // Standardized, so the variance of the target is 1.
    expect((await ends(page, "Held-out loss (thick)"))["RMSProp norm"]).toBeLessThan(1e-3);
    expect(troubles).toEqual([]);
  });

  test("data: anything but a table is a message and no more", async () => {
    const { page, troubles } = await site().open("#data");
    for (const [name, content] of [
      ["nothing", ""],
      ["words", "a,b\nx,y\n"],
      ["a torn table", `1,2,3\n${"4,5\n".repeat(20)}`],
      ["bytes", "\u0000\u0001\u0002".repeat(999)],
      ["markup", '<img src=x onerror="document.title=1">,b\n1,<script>1</script>\n'],
    ]) {
      await drop(page, `<b>${name}</b>.csv`, content);
      await expect.poll(() => alertOf(page), isPatient).toContain(`<b>${name}</b>.csv: `);
      expect(await button(page, "Run").isDisabled()).toBe(true);
    }
    expect(troubles).toEqual([]);
  });
}
