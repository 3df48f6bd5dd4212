import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Locator, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { fill, inkOf } from "./pixels.ts";
import { look, type Site, startSite } from "./site.ts";

// A whole run on a machine that has other things to do.
vi.setConfig({ testTimeout: 180_000 });

let site: Site;
beforeAll(async () => {
  site = await startSite();
}, 120_000);
afterEach(() => site.closePages());
afterAll(() => site.close());

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

async function race(page: Page): Promise<void> {
  await button(page, "Run").click();
  await whenOver(page);
}

async function whenOver(page: Page): Promise<void> {
  await expect.poll(() => status(page).textContent(), isPatient).toBe("All runs are over.");
}

/** Where the lines of a chart end, by their names, as it tells those who do not see it. */
async function ends(page: Page, chart: string): Promise<Record<string, number>> {
  const label = await page.locator(`svg[aria-label^="${chart}"]`).getAttribute("aria-label");
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const plain = label!.replace(/·?10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g, (_, minus, power: string) => {
    const exponent = [...power].map((digit) => digits.indexOf(digit)).join("");
    return `e${minus ? "-" : ""}${exponent}`;
  });
  return Object.fromEntries(
    [...plain.matchAll(/([^:;.]+): [a-z -]+ ([\d.e-]+)/g)].map(([, name, value]) => [
      name.trim(),
      Number(value.replace(/^e/, "1e")),
    ]),
  );
}

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

describe("looks", () => {
  const axe = readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8");
  const all = [390, 820, 1280].flatMap((width) => [
    { width, colorScheme: "light" } as const,
    { width, colorScheme: "dark" } as const,
  ]);
  // `npm run soak:looks` takes all six.
  const looks = process.env.SOAK_LOOKS
    ? all
    : all.filter(({ width, colorScheme }) => (width === 390) === (colorScheme === "dark"));

  test.each(panels)(
    "every picture of $hash has ink at three widths, dark on phones, and axe finds nothing",
    async (panel) => {
      const { page, troubles } = await site.open(panel.hash);
      await panel.prepare(page);
      // Not as a script of the page, whose policy forbids it.
      await page.evaluate(await axe);
      for (const each of looks) {
        const name = `${each.width} px, ${each.colorScheme}`;
        await look(page, each);
        const charts = page.locator(".chart svg");
        await expect.poll(() => charts.count(), isPatient).toBe(panel.charts);
        await expect.poll(() => charts.evaluateAll(fill), isPatient).toBe(true);
        const pictures = await inkOf(page, ".chart svg, canvas");
        expect(pictures).toHaveLength(panel.charts + panel.canvases);
        for (const { isChart, coloured, ink } of pictures) {
          expect(isChart ? coloured : Math.max(coloured, ink), name).toBeGreaterThan(isChart ? 20 : 200);
        }
        expect(await page.evaluate("document.documentElement.scrollWidth"), name).toBeLessThanOrEqual(each.width);
        if ((each.width === 1280) === (each.colorScheme === "light") && each.width !== 820) {
          expect(await page.evaluate("axe.run().then((result) => result.violations)"), name).toEqual([]);
        }
      }
      expect(troubles).toEqual([]);
    },
  );
});

describe("panels", () => {
  test("the page opens with a race that starts by itself, waits while out of sight, and says who is ahead", async () => {
    const { page, troubles } = await site.open("#equation?seconds=2&methods=ssbroyden,adam", { mayMove: true });
    await button(page, "Pause").waitFor(isPatient);
    await page.setViewportSize({ width: 1280, height: 160 });
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await button(page, "Run").waitFor(isPatient);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.evaluate("scrollTo(0, 0)");
    await whenOver(page);
    const errors = Object.entries(await ends(page, "Relative error over time")).sort(([, a], [, b]) => a - b);
    expect(errors).toHaveLength(2);
    expect(await textOf(page.locator(".caption"))).toContain(`${errors[0][0]} is ahead`);
    expect(troubles).toEqual([]);
  });

  test("a step of the guide sets the panel up, and its link says so", async () => {
    const { page, troubles } = await site.open("#equation");
    await button(page, "5. Nonlinear").click();
    expect(await page.getByRole("combobox", { name: "Equation" }).inputValue()).toBe("front");
    await expect.poll(() => page.url(), isPatient).toContain("#equation?equation=front");
    expect(await button(page, "5. Nonlinear").getAttribute("aria-pressed")).toBe("true");
    await page.getByText("The same in TypeScript").click();
    expect(await textOf(page.locator(".code pre"))).toContain("u*(1 - u)");
    expect(troubles).toEqual([]);
  });

  test("the guides of curves and tables set the panel up, captions follow, and a link brings its table", async () => {
    const { page, troubles } = await site.open("#fit");
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
    const { page, troubles } = await site.open("#landscapes?time=3");
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
    const { page, troubles } = await site.open("#train?task=spiral&methods=adam,tr-euclidean,tr-rmsprop&budget=300");
    await race(page);
    const { "Euclidean norm": euclidean, "RMSProp norm": rmsprop, Adam } = await ends(page, "Loss over cost");
    expect(Math.max(euclidean, rmsprop)).toBeLessThan(Adam / 100);
    expect(troubles).toEqual([]);
  });

  test("train: with noise a run keeps the network of the least held-out loss, and without stopping learns the noise", async () => {
    const { page, troubles } = await site.open("#train?methods=tr-rmsprop&budget=500");
    await race(page);
    expect(await textOf(page.locator(".network > figcaption"))).toMatch(/no longer falls; kept step \d+ of \d+/);
    const error = async () => Number(/error ([\d.]+)/.exec(await textOf(page.locator(".network > figcaption")))![1]);
    const stopped = await error();
    await page.getByLabel("Stop when the held-out loss rises").selectOption("no");
    await race(page);
    expect(await textOf(page.locator(".caption"))).toContain("RMSProp norm has learnt the noise");
    expect(await error()).toBeGreaterThan(2 * stopped);
    expect(troubles).toEqual([]);
  });

  test("train: step, pause, reset and again do what they say", async () => {
    const { page } = await site.open("#train");
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
    const { page, troubles } = await site.open("#data?budget=200");
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
      expect(await button(page, "Run").isDisabled()).toBe(true);
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

  test("data, curve, band, residuals and ellipsoid are all drawn", async () => {
    const { page, troubles } = await site.open("#fit");
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
    await race(page);
    const losses = await ends(page, "Held-out loss (thick)");
    await button(page, "Copy link").click();
    const { page: other } = await site.open(new URL(page.url()).hash);
    await expect.poll(() => status(other).textContent(), isPatient).toBe("All runs are over.");
    expect(await ends(other, "Held-out loss (thick)")).toEqual(losses);
    expect(await other.getByLabel("Seed").inputValue()).toBe("7");
    expect(await other.getByLabel("Task").inputValue()).toBe("curve");
  });

  test("links that make no sense show a page that works", async () => {
    const { page, troubles } = await site.open();
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
      await page.goto(`${site.url}${hash}`);
      await page.reload();
      await page.locator("main h1").waitFor({ state: "attached" });
      await whenLoaded(page);
      expect(await page.title(), name).toBe("quadric playground");
      expect(await page.getByRole("alert").count(), name).toBe(0);
    }
    expect(troubles).toEqual([]);
  });
});

describe("accessibility", () => {
  test("the keyboard reaches every control and moves between the panels", async () => {
    const { page } = await site.open("#landscapes");
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
    const { page, troubles } = await site.open("#fit", { context: await site.browser.newContext() });
    await whenLoaded(page);
    await page.context().setOffline(true);
    await page.getByRole("tab", { name: "Training" }).click();
    await page.getByLabel("Task").selectOption("digits");
    await page.getByLabel("Budget").fill("100");
    await race(page);
    expect(page.workers()).toHaveLength(1);
    expect(troubles).toEqual([]);
  });
});
