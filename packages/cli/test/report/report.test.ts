import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumOptions } from "../../../quadric/test/helpers/chromium.ts";
import { summaryFile } from "../../src/run-files.ts";
import { quadric, temporaryFolder } from "../command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const readPage = (path: string) => parseHTML(readFileSync(path, "utf8")).document;
const hostile = `<script>document.title = "taken"</script>" onload='x' & ${"very ".repeat(30)}long`;

async function train(name: string, ...args: string[]): Promise<void> {
  const { code, err } = await quadric("train", "--data", "digits", "--out", at(name), ...args);
  if (code !== 0) throw new Error(err);
}

beforeAll(async () => {
  for (const seed of ["1", "2", "3"]) {
    await train(`runs/adam/${seed}`, "--optimizer", "adam", "--seed", seed, "--steps", "40");
    await train(`runs/tr/${seed}`, "--seed", seed, "--steps", "12", "--evaluate-every", "20");
  }
}, 120_000);

describe("quadric report", () => {
  let page: ReturnType<typeof readPage>;
  beforeAll(async () => {
    const { code, out } = await quadric("report", at("runs"), "--pictures", at("pictures"), "--title", hostile);
    expect(code).toBe(0);
    expect(out).toBe(`${at("runs/report.html")}\n`);
    page = readPage(at("runs/report.html"));
  }, 120_000);

  test("has in its table the means, intervals and medians of the summaries", () => {
    const rows = [...page.querySelectorAll("section table")[0].querySelectorAll("tbody tr")];
    expect(rows.map((row) => row.querySelector("th")!.textContent)).toEqual(["adam", "auto"]);
    for (const [row, name] of [
      [rows[0], "adam"],
      [rows[1], "tr"],
    ] as const) {
      const losses = ["1", "2", "3"].map((seed) => readJson(at(`runs/${name}/${seed}/summary.json`)).trainLoss);
      const logs = losses.map(Math.log);
      const mean = (logs[0] + logs[1] + logs[2]) / 3;
      const spread = Math.sqrt(logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 2);
      // With two degrees of freedom P(|T| ≤ t) = t/√(2 + t²).
      const half = (0.95 * Math.sqrt(2 / (1 - 0.95 ** 2)) * spread) / Math.sqrt(3);
      const cell = row.querySelectorAll("td")[1].textContent!;
      const numbers = [...cell.matchAll(/-?\d\.\d+(?:e[-+]\d+)?/g)].map(([text]) => Number(text));
      // Four significant digits are shown.
      [Math.exp(mean), Math.exp(mean - half), Math.exp(mean + half), losses.sort((a, b) => a - b)[1]].forEach(
        (expected, i) => {
          expect(Math.abs(numbers[i] / expected - 1)).toBeLessThan(6e-4);
        },
      );
    }
  });

  test("refers to nothing outside itself and runs no script", () => {
    const policy = page.querySelector("meta[http-equiv=Content-Security-Policy]")!.getAttribute("content")!;
    expect(policy).toContain("default-src 'none'");
    expect(page.querySelectorAll("script, link, iframe, object, embed, base, form").length).toBe(0);
    for (const element of page.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        if (["src", "href", "xlink:href"].includes(name)) expect(value).toMatch(/^(data:image\/png|#)/);
        expect(name).not.toMatch(/^on/);
        expect(value).not.toMatch(/url\((?!#)/);
      }
    }
  });

  test("has what a title says as text", () => {
    expect(page.querySelector("h1")!.textContent).toBe(hostile);
  });

  test("says in words what each picture shows", () => {
    const pictures = [...page.querySelectorAll("svg[role=img]")];
    expect(pictures.length).toBeGreaterThan(10);
    for (const picture of pictures) {
      const [title, description] = picture
        .getAttribute("aria-labelledby")!
        .split(" ")
        .map((id: string) => page.getElementById(id)!.textContent!);
      expect(title.length).toBeGreaterThan(3);
      expect(description).toMatch(/adam|auto/);
      expect(description).toMatch(/\d/);
    }
    const ids = [...page.querySelectorAll("[id]")].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("writes every picture as SVG and PNG", () => {
    const names = readdirSync(at("pictures"));
    for (const name of [
      "trainLoss-backprops",
      "trainLoss-epochs",
      "trainLoss-seconds",
      "testAccuracy-backprops",
      "radius",
      "ratio",
      "outcomes",
    ]) {
      expect(names).toContain(`${name}.svg`);
      expect(names).toContain(`${name}.png`);
      const svg = readFileSync(at(`pictures/${name}.svg`), "utf8");
      expect(svg).not.toContain("var(");
      expect(svg).not.toContain("NaN");
      const png = readFileSync(at(`pictures/${name}.png`));
      expect(png.readUInt32BE(16)).toBe(1440);
    }
  });

  test("gives the same bytes again", async () => {
    const before = readFileSync(at("runs/report.html"), "utf8");
    await quadric("report", at("runs"), "--title", hostile);
    expect(readFileSync(at("runs/report.html"), "utf8")).toBe(before);
  });

  test("draws every method from step 0, on training and test data", () => {
    for (const axis of ["backprops", "epochs", "seconds"]) {
      const description = page.getElementById(`trainLoss-${axis}-wide-desc`)!.textContent!;
      for (const name of ["adam", "adam, test", "auto", "auto, test"])
        expect(description).toMatch(new RegExp(`${name}: [\\d.]+ at 0,`));
    }
  });

  test("says what was typed, and when", () => {
    const { command, started } = readJson(at("runs/adam/1/run.json"));
    expect(command).toMatch(/^quadric train --data digits --out .* --optimizer adam --seed 1 --steps 40$/);
    expect(page.querySelector(".commands")!.textContent).toContain(command);
    expect(page.querySelector("main")!.textContent).toContain(`${started.slice(0, 16).replace("T", " ")} UTC`);
  });

  test("lists settings that only one method has with that method, not as empty cells", () => {
    const table = page.querySelector("[aria-label='Table of settings that differ']")!;
    expect([...table.querySelectorAll("tbody tr")].length).toBeLessThan(6);
    expect(table.textContent).toMatch(/optimizer\s*adam\s*auto/);
    const summaries = [...page.querySelectorAll("summary")].map((summary) => summary.textContent);
    expect(summaries).toContain("Settings of auto alone");
  });
});

describe("quadric report in Chromium", () => {
  let browser: Browser;
  let page: Page;
  /** Decodes pictures; it is not the report. */
  let reader: Page;
  const looks = { wide: 1280, phone: 390 } as const;
  const schemes = { light: "#b84300", dark: "#ff9355" } as const;
  beforeAll(async () => {
    browser = await chromium.launch(chromiumOptions());
    [page, reader] = [await browser.newPage(), await browser.newPage()];
    await page.goto(`file://${at("runs/report.html")}`);
  });
  afterAll(() => browser.close());

  // Widths do not change colours, nor colours widths: two of the four show each of both. `npm run soak:looks` takes all.
  const all = [
    ["wide", "light"],
    ["phone", "dark"],
    ["wide", "dark"],
    ["phone", "light"],
  ] as const;
  const some = process.env.SOAK_LOOKS ? all : all.slice(0, 2);
  test.each(some)("every curve is seen, and nothing is wider than the page: %s, %s", async (look, scheme) => {
    const width = looks[look];
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    if (look === "phone") {
      await page.evaluate(`document.querySelectorAll("details").forEach((one) => { one.open = true; })`);
      const widths = await page.evaluate<number[]>(
        `[...document.querySelectorAll(".scroll")].map((one) => one.scrollWidth - one.clientWidth)`,
      );
      expect(Math.max(...widths)).toBe(0);
    }
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    const figures = await page.locator("figure svg:visible").all();
    expect(figures.length).toBeGreaterThan(7);
    // The curve of `auto`, the second method: pixels of its colour, not its label's alone.
    for (const id of ["trainLoss-backprops", "trainLoss-seconds", "radius", "ratio"]) {
      const size = look === "wide" ? "wide" : "narrow";
      const svg = page.locator(`svg[aria-labelledby^="${id}-${size}-title"]`);
      expect(await pixelsOf(reader, await svg.screenshot(), schemes[scheme])).toBeGreaterThan(150);
    }
  });

  test("shows values under the pointer, and all details on paper", async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    const strip = page.locator('svg[aria-labelledby^="trainLoss-backprops-wide"] .strip').nth(3);
    const values = strip.locator("g");
    await expect.poll(() => values.isVisible()).toBe(false);
    await strip.locator("rect").first().hover();
    await expect.poll(() => values.isVisible()).toBe(true);
    expect(await values.textContent()).toMatch(
      /^backprops \d+adam: [\d.]+auto: [\d.]+adam, test: [\d.]+auto, test: [\d.]+$/,
    );
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("details table").first().isVisible()).toBe(true);
  });
});

/** How many pixels of a PNG have this colour, blended a little at most. */
async function pixelsOf(reader: Page, png: Buffer, colour: string): Promise<number> {
  const wanted = [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16));
  return reader.evaluate<number>(`(async () => {
    const bitmap = await createImageBitmap(await (await fetch("data:image/png;base64,${png.toString("base64")}")).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const isNear = (i) => [${wanted}].reduce((sum, value, k) => sum + Math.abs(data[i + k] - value), 0) < 60;
    return Array.from({ length: data.length / 4 }, (_, i) => 4 * i).filter(isNear).length;
  })()`);
}

describe("quadric report of odd runs", () => {
  /** A copy of a run of one step or none, with whatever a file may say. */
  function writeRun(name: string, change: { label?: string; losses: (number | null)[]; finished?: object }): void {
    mkdirSync(at(name), { recursive: true });
    const record = readJson(at("runs/tr/1/run.json"));
    const [line] = readFileSync(at("runs/tr/1/metrics.jsonl"), "utf8").split("\n");
    const lines = change.losses.map((loss, i) => ({ ...JSON.parse(line), step: i + 1, loss, ratio: loss && 1 }));
    writeFileSync(at(`${name}/run.json`), JSON.stringify({ ...record, label: change.label ?? name }));
    writeFileSync(at(`${name}/metrics.jsonl`), `${lines.map((text) => JSON.stringify(text)).join("\n")}\n{"half`);
    if (!change.finished) return;
    const { run, sha256: _, ...summary } = readJson(at("runs/tr/1/summary.json"));
    writeFileSync(
      at(`${name}/summary.json`),
      summaryFile({ ...summary, steps: change.losses.length, ...change.finished }, run),
    );
  }

  test("takes losses that are not finite, runs of one step or of none, and names that would be markup", async () => {
    writeRun("odd/lost", { losses: [2, null, null], finished: { trainLoss: null, status: "nonfinite" } });
    writeRun("odd/one", { losses: [2], finished: {} });
    writeRun("odd/none", { losses: [] });
    writeRun("odd/hostile", { label: hostile, losses: [2, 1, 0.5], finished: { status: hostile, message: hostile } });
    const { code, err } = await quadric("report", at("odd"), "--pictures", at("odd-pictures"));
    expect(err).toBe("");
    expect(code).toBe(0);
    const page = readPage(at("odd/report.html"));
    expect(page.querySelectorAll("script").length).toBe(0);
    const text = page.querySelector("main")!.textContent!;
    expect(text).toContain("not finite in 1 of 1");
    expect(text).toContain("unfinished");
    expect(text).toContain(hostile);
    expect(readFileSync(at("odd/report.html"), "utf8")).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("names methods of one optimizer by the settings that differ", async () => {
    await train("rates/1", "--optimizer", "adam", "--lr", "0.01", "--steps", "2");
    await train("rates/2", "--optimizer", "adam", "--lr", "0.1", "--steps", "2");
    await quadric("report", at("rates"));
    const names = [
      ...readPage(at("rates/report.html")).querySelectorAll("section table")[0].querySelectorAll("tbody th"),
    ];
    expect(names.map((name) => name.textContent)).toEqual(["adam (lr 0.01)", "adam (lr 0.1)"]);
  });

  test("draws the spectra that runs have", async () => {
    await quadric("spectrum", at("rates/1"), "--checkpoints", "--columns", "5", "--products", "8", "--probes", "1");
    await quadric("report", at("rates"));
    const text = readPage(at("rates/report.html")).querySelector("main")!.textContent!;
    expect(text).toContain("Spectral density: Hessian in the norm adam");
    expect(text).toContain("Curvature: adam (lr 0.01), seed 0");
  });

  test.each([
    ["a folder without runs", () => at("pictures"), /must hold runs, got none/],
    ["a folder that is not there", () => at("nowhere"), /must be a folder, got none/],
  ])("refuses %s", async (_, path, message) => {
    const { code, err } = await quadric("report", path());
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
