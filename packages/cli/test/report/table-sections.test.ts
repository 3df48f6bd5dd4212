import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { beforeAll, describe, expect, test } from "vitest";
import type { StepLine } from "../../src/lines.ts";
import { quadric, temporaryFolder } from "../command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(at(name), "utf8");
const picture = (name: string) => parseHTML(read(`pictures/${name}.svg`)).document;

type Picture = ReturnType<typeof picture>;
const numbers = (text: string): number[] => [...text.matchAll(/-?\d+(\.\d+)?/g)].map(([number]) => Number(number));
/** Corners of the curves, without grid and links. */
const curves = (document: Picture): (readonly [number, number])[][] =>
  [...document.querySelectorAll('path[d^="M"]')]
    .map((path) => numbers(path.getAttribute("d")!))
    .filter((corners) => corners.length > 8)
    .map((corners) => Array.from({ length: corners.length / 2 }, (_, i) => [corners[2 * i], corners[2 * i + 1]]));

/** Whether pixels are a linear map of values, to a hundredth of their range. */
function expectLinear(pixels: readonly number[], values: readonly number[]): void {
  expect(pixels.length).toBe(values.length);
  const [low, high] = [values.indexOf(Math.min(...values)), values.indexOf(Math.max(...values))];
  expect(pixels[low]).not.toBe(pixels[high]);
  pixels.forEach((pixel, i) => {
    const share = (values[i] - values[low]) / (values[high] - values[low]);
    expect(Math.abs((pixel - pixels[low]) / (pixels[high] - pixels[low]) - share)).toBeLessThan(0.01);
  });
}

const towns = ["Bern", "Köln", "Graz"];
let table: {
  readonly importances: { column: string; rise: number }[];
  readonly dependences: { column: string; at: (number | string)[]; predictions: number[][] }[];
};
let lines: StepLine[];

beforeAll(async () => {
  const rows = Array.from({ length: 60 }, (_, i) => {
    const [area, town] = [40 + ((i * 37) % 60), i % 3];
    return `${area},${towns[town]},${2 * area + 0.1 * (area - 70) ** 2 + 40 * town}`;
  });
  writeFileSync(at("houses.csv"), `${["area,town,price", ...rows].join("\n")}\n`);
  await quadric("train", "--data", at("houses.csv"), "--cv", "2", "--steps", "12", "--out", at("run"));
  const { code, err } = await quadric("report", at("run"), "--pictures", at("pictures"));
  expect({ code, err }).toEqual({ code: 0, err: "" });
  table = JSON.parse(read("run/summary.json")).table;
  lines = read("run/metrics.jsonl")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
});

describe("the report of a table's run", () => {
  test("opens with the two curves, then what the run is worth and what counts", () => {
    const { document } = parseHTML(read("run/report.html"));
    const titles = [...document.querySelectorAll("h2")].map((title) => title.textContent);
    expect(titles.slice(0, 4)).toEqual([
      "How did the networks learn?",
      "How good are the predictions?",
      "Which columns matter?",
      "Final values",
    ]);
    expect([...document.querySelectorAll("h3")].slice(0, 4).map((title) => title.textContent)).toEqual([
      "Training and held-out loss",
      "Importance of the columns",
      ...table.dependences.map(({ column }) => `price by ${column}`),
    ]);
    expect(document.querySelector("table")!.textContent).toContain("ridge regression");
    expect(read("run/report.html")).not.toMatch(/NaN|undefined/);
  });

  test("draws the losses of each network on a logarithmic scale, and a dot where the held-out one is least", () => {
    const document = picture("held-out");
    const drawn = curves(document);
    expect(drawn.length).toBe(4);
    const dots = [...document.querySelectorAll("circle")];
    for (const network of [0, 1]) {
      const own = lines.filter((line) => line.network === network);
      const [training, heldOut] = drawn.slice(2 * network, 2 * network + 2);
      const pixels = [...training, ...heldOut].map(([, y]) => y);
      const losses = [...own.map(({ loss }) => loss), ...own.map(({ heldOutLoss }) => heldOutLoss!)];
      expectLinear(pixels, losses.map(Math.log));
      // The training loss is that before a step, the held-out loss that after it.
      expectLinear(
        [...training, ...heldOut].map(([x]) => x),
        [...own.keys(), ...[...own.keys()].map((step) => step + 1)],
      );
      const lowest = heldOut.reduce((a, b) => (b[1] > a[1] ? b : a));
      expect(Number(dots[network].getAttribute("cx"))).toBeCloseTo(lowest[0], 1);
      expect(Number(dots[network].getAttribute("cy"))).toBeCloseTo(lowest[1], 1);
    }
  });

  test("draws importances as bars as long as they are large", () => {
    const bars = [...picture("importances").querySelectorAll("rect")].slice(1);
    const rises = table.importances.map(({ rise }) => rise);
    expect(bars.length).toBe(2);
    const [first, second] = bars.map((bar) => Number(bar.getAttribute("width")));
    expect(first / second).toBeCloseTo(rises[0] / rises[1], 1);
  });

  test("draws what is predicted over a number as a curve, and over words as dots", () => {
    for (const [i, { column, at: values, predictions }] of table.dependences.entries()) {
      const document = picture(`dependence-${i + 1}`);
      if (column === "area") {
        const [curve] = curves(document);
        expectLinear(
          curve.map(([x]) => x),
          values.map(Number),
        );
        expectLinear(
          curve.map(([, y]) => y),
          predictions[0],
        );
      } else {
        const dots = [...document.querySelectorAll("circle")].map((dot) => Number(dot.getAttribute("cx")));
        expectLinear(dots, predictions[0]);
        expect(values.every((town) => document.querySelector("svg")!.textContent!.includes(String(town)))).toBe(true);
      }
    }
  });

  test("leaves out the loss over backprops, in which one network would follow another", () => {
    expect(readdirSync(at("pictures")).filter((name) => name.startsWith("batchLoss"))).toEqual([]);
  });
});
