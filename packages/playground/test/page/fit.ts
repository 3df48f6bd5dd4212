/** The panel that fits curves. */
import type { Page } from "playwright";
import { expect, test } from "vitest";
import type { Site } from "../site.ts";
import { alertOf, drop, isPatient, textOf } from "./controls.ts";

export function fit(site: () => Site): void {
  const fields = (page: Page) => ({
    formula: page.getByLabel("Formula of x"),
    paste: page.getByLabel("or paste its rows"),
    status: page.locator('.picture [role="status"]'),
    cells: page.locator("table.fitted tbody td"),
  });
  const rowsOf = (page: Page) => fields(page).cells.allTextContents();

  test("data, curve, band, residuals and ellipsoid are all drawn", async () => {
    const { page, troubles } = await site().open("#fit");
    const charts = page.locator(".fit .chart svg");
    await expect.poll(() => charts.count(), isPatient).toBe(3);
    const [main, residuals, ellipsoid] = await charts.all();
    for (const [part, least] of [
      [main.locator(".band"), 1],
      [main.locator(".sample"), 28],
      [main.locator(".bars"), 28],
      [residuals.locator(".sample"), 28],
      [ellipsoid.locator(".line"), 2],
    ] as const) {
      const paths = await part.evaluateAll((each) => each.map((path) => path.getAttribute("d") ?? "").join(""));
      expect(paths.split("M").length - 1).toBeGreaterThanOrEqual(least);
      expect(paths).not.toMatch(/NaN|Infinity/);
    }
    expect(troubles).toEqual([]);
  });

  test("a formula that is typed is fitted to rows that are pasted, tabs or commas", async () => {
    const { page, troubles } = await site().open("#fit");
    const { formula, paste, status } = fields(page);
    const rows = Array.from({ length: 12 }, (_, i) => `${i}\t${2 * i + 3 + (i % 2 ? 0.1 : -0.1)}`);
    await paste.fill(`u\tv\n${rows.join("\n")}`);
    await formula.fill("slope*u + offset");
    await expect.poll(() => status.textContent(), isPatient).toMatch(/^pasted rows, 12 rows\. Converged/);
    await expect.poll(() => rowsOf(page), isPatient).toEqual(["2.0042", "± 0.0091", "2.977", "± 0.059"]);
    // As a spreadsheet of another language copies them.
    await paste.fill("u;v\n0;3,5\n1;5\n2;7,5\n3;9\n");
    await expect.poll(() => rowsOf(page), isPatient).toEqual(["1.90", "± 0.14", "3.40", "± 0.26"]);
    expect(troubles).toEqual([]);
  });

  test("an error names its column, and a start that is given is kept to", async () => {
    const { page } = await site().open("#fit");
    const { formula, status } = fields(page);
    await expect.poll(() => status.textContent(), isPatient).toContain("Converged");
    await formula.fill("a*exp(-b*x");
    await expect.poll(() => page.getByRole("alert").textContent(), isPatient).toMatch(/got the end at column 11\.$/);
    await formula.fill("a*sin(w*x)");
    await page.getByLabel("w", { exact: true }).fill("3");
    await page.getByLabel("w", { exact: true }).blur();
    await expect.poll(async () => Number.parseFloat((await rowsOf(page))[2]), isPatient).toBeGreaterThan(2.5);
  });

  test("the code that is copied gives the values that are shown", async () => {
    const { page } = await site().open("#fit");
    await page.getByText("The same in TypeScript").click(isPatient);
    const code = await textOf(page.locator(".code pre"));
    expect(code).toContain('const model = formula("a*exp(-b*x) + c");');
    const f = new Function(`${code.slice(code.indexOf("const f = "))}; return f;`)() as (x: number) => number;
    const [a, , b, , c] = (await rowsOf(page)).map(Number.parseFloat);
    expect(f(2)).toBeCloseTo(a * Math.exp(-2 * b) + c, 1);
    const values = [...code.matchAll(/^const (?:x|y|sigma) = \[(.*)\];$/gm)].map(([, list]) => list.split(",").length);
    expect(values).toEqual([28, 28, 28]);
  });

  test("anything but a table is a message and no more", async () => {
    const { page, troubles } = await site().open("#fit");
    for (const [name, content] of [
      ["words", "a,b\nx,y\n"],
      ["markup", '<img src=x onerror="document.title=1">,b\n1,<script>1</script>\n'],
      ["one column", "a\n1\n2\n3\n"],
    ]) {
      await drop(page, `<b>${name}</b>.csv`, content);
      await expect.poll(() => alertOf(page), isPatient).toContain(`<b>${name}</b>.csv: `);
    }
    expect(troubles).toEqual([]);
  });

  test("a link restores the formula; one that is none is a message", async () => {
    const { page } = await site().open("#fit?formula=a%2Fx%20%2B%20b");
    await expect.poll(async () => (await rowsOf(page)).length, isPatient).toBe(4);
    const { page: other, troubles } = await site().open(
      `#fit?formula=${encodeURIComponent('a*("><script>1')}&x=-1&y=1e9`,
    );
    await expect.poll(() => other.getByRole("alert").textContent(), isPatient).toMatch(/^formula: expected/);
    expect(troubles).toEqual([]);
  });
}
