import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Locator, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { look, type Site, startSite } from "./site.ts";

// A whole run on a machine that has other things to do.
vi.setConfig({ testTimeout: 180_000 });

let site: Site;
beforeAll(async () => {
  site = await startSite();
}, 120_000);
afterEach(() => site.closePages());
afterAll(() => site.close());

const panels = ["landscapes", "train", "curvature", "fit", "data"] as const;
const isPatient = { timeout: 50_000 };
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const status = (page: Page) => page.locator('.player [role="status"]');
const textOf = async (locator: Locator) => (await locator.textContent()) ?? "";
const spent = async (page: Page) => Number.parseInt(await textOf(status(page)), 10);
/** Waits until everything that is fetched on demand has come. */
const whenLoaded = (page: Page) => page.locator("html[data-loaded=all]").waitFor(isPatient);

const alertOf = (page: Page) => page.getByRole("alert").textContent();
const drop = (page: Page, name: string, content: string) =>
  page.locator('input[type="file"]').setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(content) });

async function train(page: Page): Promise<void> {
  await button(page, "Train").click();
  await expect.poll(() => status(page).textContent(), isPatient).toBe("All runs are over.");
}

/** Where the lines of a chart end, by their names, as it tells those who do not see it. */
async function ends(page: Page, chart = "Loss against what it cost"): Promise<Record<string, number>> {
  const label = await page.locator(`svg[aria-label^="${chart}"]`).getAttribute("aria-label");
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const plain = label!.replace(/·?10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g, (_, minus, power: string) => {
    const exponent = [...power].map((digit) => digits.indexOf(digit)).join("");
    return `e${minus ? "-" : ""}${exponent}`;
  });
  return Object.fromEntries(
    [...plain.matchAll(/([^:;.]+): \S+ ([\d.e-]+)/g)].map(([, name, value]) => [
      name.trim(),
      Number(value.replace(/^e/, "1e")),
    ]),
  );
}

/** How many pixels of a picture have a colour, which grid and letters have not. */
function colouredPixels(page: Page, png: Buffer): Promise<number> {
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d")!;
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let coloured = 0;
    for (let i = 0; i < data.length; i += 4) {
      const [red, green, blue] = data.subarray(i, i + 3);
      if (Math.max(red, green, blue) - Math.min(red, green, blue) > 60) coloured++;
    }
    return coloured;
  }, png.toString("base64"));
}

/** Whether a chart is as wide and as high as its place. */
const fills = (svg: Element) =>
  Math.floor(svg.parentElement!.getBoundingClientRect().width) === Number(svg.getAttribute("width")) &&
  svg.parentElement!.clientHeight === Number(svg.getAttribute("height"));

/** That there are so many line charts, each as high as it says, with ink where its lines are. */
async function expectCharts(page: Page, count: number): Promise<void> {
  const charts = page.locator(".chart svg");
  await expect.poll(() => charts.count(), isPatient).toBe(count);
  for (const chart of await charts.all()) {
    await expect.poll(() => chart.locator("path.line").first().getAttribute("d"), isPatient).toContain("L");
    expect(await chart.evaluate(fills)).toBe(true);
    expect(await colouredPixels(page, await chart.screenshot())).toBeGreaterThan(20);
  }
}

describe("panels", () => {
  test("landscapes: charts have ink, paths, regions and readings follow the time slider, and a click moves the start", async () => {
    const { page, troubles } = await site.open("#landscapes");
    const now = page.locator(".player output");
    await expect.poll(() => now.textContent(), isPatient).toMatch(/^3 \/ \d+$/);
    const table = page.locator("table");
    const before = await table.textContent();
    await button(page, "Step forward").click();
    expect(await now.textContent()).toMatch(/^4 \//);
    expect(await table.textContent()).not.toBe(before);
    expect(await page.locator(".picture ellipse, .picture path").count()).toBeGreaterThan(5);
    await expectCharts(page, 4);

    const x = page.getByLabel("Start x");
    const start = await x.inputValue();
    const map = page.locator(".picture svg").first();
    const { width, height } = (await map.boundingBox())!;
    await map.click({ position: { x: 0.8 * width, y: 0.2 * height } });
    await expect.poll(() => x.inputValue(), isPatient).not.toBe(start);
    expect(Number(await x.inputValue())).toBeGreaterThan(0);
    expect(troubles).toEqual([]);
  });

  test("train: a full run ends with the budget spent, both trust regions with a hundredth of the loss of Adam, charts with ink", async () => {
    const { page, troubles } = await site.open("#train?budget=300");
    await train(page);
    const { "Euclidean norm": euclidean, "RMSProp norm": rmsprop, Adam } = await ends(page);
    expect(Math.max(euclidean, rmsprop)).toBeLessThan(Adam / 100);
    await expectCharts(page, 2);
    expect(troubles).toEqual([]);
  });

  test("train: step, pause and reset do what they say", async () => {
    const { page } = await site.open("#train");
    // What is shown is what was spent before the last step, or after it on a slow machine: the second step takes some
    // products.
    for (let i = 0; i < 2; i++) await button(page, "Step").click(isPatient);
    await expect.poll(() => spent(page), isPatient).toBeGreaterThan(0);
    expect(await spent(page)).toBeLessThan(20);
    await button(page, "Train").click();
    await expect.poll(() => spent(page), isPatient).toBeGreaterThan(20);
    await button(page, "Pause").click();
    await button(page, "Train").waitFor(isPatient);
    // What the last step brought is shown in turns.
    await page.waitForTimeout(1000);
    const rest = await spent(page);
    await page.waitForTimeout(300);
    expect(await spent(page)).toBe(rest);
    await button(page, "Reset").click();
    await expect.poll(() => status(page).textContent(), isPatient).toMatch(/^All methods start from the same weights/);
  });

  test("curvature: the spectrum of the network just trained, bare and through its norm", async () => {
    const { page, troubles } = await site.open("#train?task=curve&methods=tr-rmsprop&budget=100");
    await train(page);
    await page.getByRole("tab", { name: "Curvature" }).click();
    await page.getByLabel("Network").selectOption({ label: "after RMSProp norm" });
    await button(page, "Measure").click();
    await page.getByText("In the RMSProp norm").waitFor(isPatient);
    expect(await page.locator("canvas, .gallery image").count()).toBeGreaterThanOrEqual(2);
    expect(await page.locator("dd").first().textContent()).toMatch(/\d/);
    expect(troubles).toEqual([]);
  });

  test("data: a CSV file is fitted, and held-out rows are predicted", async () => {
    const { page, troubles } = await site.open("#data?budget=200");
    const rows = Array.from({ length: 200 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
    const csv = `a,b,sum\n${rows.map(([a, b]) => `${a},${b},${a + b}`).join("\n")}\n`;
    await drop(page, "sums.csv", csv);
    await page.getByText("sums.csv: 200 rows, 3 columns.").waitFor(isPatient);
    await train(page);
    // Standardized, so the variance of the target is 1.
    expect((await ends(page))["RMSProp norm"]).toBeLessThan(1e-3);
    expect(troubles).toEqual([]);
  });

  test("data: anything but a table is a message and no more", async () => {
    const { page, troubles } = await site.open("#data");
    for (const [name, content] of [
      ["nothing", ""],
      ["words", "a,b\nx,y\n"],
      ["a torn table", `1,2,3\n${"4,5\n".repeat(20)}`],
      ["bytes", "\u0000\u0001\u0002".repeat(999)],
      ["markup", '<img src=x onerror="document.title=1">,b\n1,<script>1</script>\n'],
    ]) {
      await drop(page, `<b>${name}</b>.csv`, content);
      await expect.poll(() => alertOf(page), isPatient).toContain(`<b>${name}</b>.csv: `);
      expect(await button(page, "Train").isDisabled()).toBe(true);
    }
    expect(troubles).toEqual([]);
  });
});

describe("fit", () => {
  const fields = (page: Page) => ({
    formula: page.getByLabel("Formula of x"),
    paste: page.getByLabel("or paste its rows"),
    status: page.locator('.picture [role="status"]'),
    cells: page.locator("table.fitted tbody td"),
  });
  const rowsOf = (page: Page) => fields(page).cells.allTextContents();

  test("data, curve, band, residuals and ellipsoid have ink: light and dark, wide and narrow", async () => {
    const { page, troubles } = await site.open("#fit");
    const charts = page.locator(".fit .chart svg");
    await expect.poll(() => charts.count(), isPatient).toBe(3);
    const [main, residuals, ellipsoid] = await charts.all();
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 800],
      ["light", 390],
    ] as const) {
      await look(page, { colorScheme, width });
      for (const [chart, least] of [
        [main, 400],
        [residuals, 100],
        [ellipsoid, 400],
      ] as const) {
        await expect.poll(() => chart.evaluate(fills), isPatient).toBe(true);
        expect(await colouredPixels(page, await chart.screenshot())).toBeGreaterThan(least);
      }
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
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    }
    expect(troubles).toEqual([]);
  });

  test("a formula that is typed is fitted to rows that are pasted, tabs or commas", async () => {
    const { page, troubles } = await site.open("#fit");
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
    const { page } = await site.open("#fit");
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
    const { page } = await site.open("#fit");
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
    const { page, troubles } = await site.open("#fit");
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
    const { page } = await site.open("#fit?formula=a%2Fx%20%2B%20b");
    await expect.poll(async () => (await rowsOf(page)).length, isPatient).toBe(4);
    const { page: other, troubles } = await site.open(
      `#fit?formula=${encodeURIComponent('a*("><script>1')}&x=-1&y=1e9`,
    );
    await expect.poll(() => other.getByRole("alert").textContent(), isPatient).toMatch(/^formula: expected/);
    expect(troubles).toEqual([]);
  });
});

describe("links", () => {
  test("a link restores the panel, its settings and the run", async () => {
    const { page } = await site.open("#train?task=curve&seed=7&budget=100&methods=tr-adagrad");
    await train(page);
    const losses = await ends(page);
    await button(page, "Copy link").click();
    const { page: other } = await site.open(new URL(page.url()).hash);
    await expect.poll(() => status(other).textContent(), isPatient).toBe("All runs are over.");
    expect(await ends(other)).toEqual(losses);
    expect(await other.getByLabel("Seed").inputValue()).toBe("7");
    expect(await other.getByLabel("Task").inputValue()).toBe("curve");
  });

  test.each([
    [
      "numbers and names that are none",
      "#train?seed=1e999&budget=-5&methods=tr-rmsprop,%00,<b>&task=__proto__&rate=NaN",
    ],
    ["numbers beyond all bounds", "#landscapes?x=Infinity&y=&kappa=1e300&time=99999999&focus=constructor"],
    ["great length", `#nowhere?${"a=b&".repeat(5000)}`],
    ["a script", '#"><script>document.title=1</script>'],
  ])("a link of %s shows a page that works", async (_, hash) => {
    const { page, troubles } = await site.open(hash);
    await page.locator("main").waitFor();
    await whenLoaded(page);
    expect(await page.title()).toBe("quadric playground");
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(troubles).toEqual([]);
  });
});

describe("accessibility", () => {
  const axe = readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8");
  test.each([
    { colorScheme: "light", width: 1280 },
    { colorScheme: "dark", width: 390 },
  ] as const)("axe finds nothing in any panel: $colorScheme, $width px", async ({ colorScheme, width }) => {
    const { page } = await site.open("", { colorScheme, width });
    await whenLoaded(page);
    // Not as a script of the page, whose policy forbids it.
    await page.evaluate(await axe);
    for (const panel of panels) {
      await page.locator(`#tab-${panel}`).click();
      if (panel === "data") await button(page, "Use an example").click();
      if (panel === "train") await button(page, "Step").click();
      expect(await page.evaluate("axe.run().then((result) => result.violations)"), panel).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth"), panel).toBeLessThanOrEqual(width);
    }
  });

  test("the keyboard reaches every control and moves between the panels", async () => {
    const { page } = await site.open("#landscapes");
    await page.getByRole("tab", { name: "Landscapes" }).focus();
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
    // Of the five tabs the one that is shown takes the focus.
    expect(reached.size).toBeGreaterThanOrEqual(controls - 4);
  });
});

describe("delivery", () => {
  test("the first load is at most 300 kB gzipped, without the data", async () => {
    const assets = await readdir(join(site.folder, "assets"));
    const code = ["index.html", ...assets.filter((name) => !name.endsWith(".gz")).map((name) => `assets/${name}`)];
    let bytes = 0;
    for (const name of code) bytes += gzipSync(await readFile(join(site.folder, name))).length;
    expect(bytes).toBeLessThanOrEqual(300_000);
  });

  test("works without a network once it has loaded, and trains in a worker", async () => {
    const { page, troubles } = await site.open("#landscapes", { context: await site.browser.newContext() });
    await whenLoaded(page);
    await page.context().setOffline(true);
    await page.getByRole("tab", { name: "Train a network" }).click();
    await page.getByLabel("Task").selectOption("digits");
    await page.getByLabel("Budget").fill("100");
    await train(page);
    expect(page.workers()).toHaveLength(1);
    expect(troubles).toEqual([]);
  });
});
