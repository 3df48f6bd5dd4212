/** `quadric train` on tables by evidence, and every command on such a run. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { beforeAll, describe, expect, test } from "vitest";
import { readParameters, readRunRecord } from "../src/run-files.ts";
import { quadric, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

function write(name: string, lines: readonly string[]): string {
  writeFileSync(at(name), `${lines.join("\n")}\n`);
  return at(name);
}

const colours = ["red", "green", "blue"];
/** A curve in a, a step by colour, noise of variance 0.01 and a column that says nothing. */
const rows = (count: number, from = 0) =>
  Array.from({ length: count }, (_, k) => {
    const i = from + k;
    const [a, b, c] = [(i * 0.618034) % 4, (i * 0.754878) % 1, i % 3];
    const noise = 0.1 * Math.sqrt(12) * (((i * 0.569841) % 1) - 0.5);
    return [a.toFixed(4), b.toFixed(4), colours[c], (2 * Math.sin(a) + c + noise).toFixed(4)].join(",");
  });
const header = "a,b,colour,y";
const summary = (run: string) => JSON.parse(readFileSync(at(`${run}/summary.json`), "utf8"));

let told: Awaited<ReturnType<typeof quadric>>;
beforeAll(async () => {
  write("curve.csv", [header, ...rows(120)]);
  told = await quadric("train", "--data", at("curve.csv"), "--out", at("curve"));
  write("classes.csv", [
    "a,b,kind",
    ...rows(90).map((row) => {
      const [a, b] = row.split(",");
      return `${a},${b},${Number(a) > 3 ? "late" : Number(a) > 1 ? "middle" : "early"}`;
    }),
  ]);
  expect((await quadric("train", "--data", at("classes.csv"), "--out", at("classes"))).code).toBe(0);
}, 60_000);

describe("training", () => {
  test("is by evidence where nothing is said of the network, learns the curve, and says why in a line", () => {
    expect(told).toMatchObject({ code: 0, err: "" });
    expect(told.out).toMatch(/^Chosen by evidence: .*\d+ units.*$/m);
    const { config } = readRunRecord(at("curve"));
    expect(config).toMatchObject({ regularize: "evidence", model: "evidence:5-1", folds: 5 });
    const { test, evidence, heldOut } = summary("curve").table;
    // The noise has a deviation of 0.1.
    expect(test.network.rmse).toBeLessThan(0.2);
    expect(heldOut.network.rmse).toBeLessThan(heldOut.linear.rmse / 2);
    expect(evidence.noise).toBeGreaterThan(0.05);
    expect(evidence.noise).toBeLessThan(0.2);
  });

  test("relevance is a share of each column, of a category's indicators together, least of the column that says nothing", () => {
    const { relevance } = summary("curve").table.evidence;
    expect(relevance.map(({ column }: { column: string }) => column).sort()).toEqual(["a", "b", "colour"]);
    expect(relevance.at(-1).column).toBe("b");
    const sum = relevance.reduce((total: number, { share }: { share: number }) => total + share, 0);
    expect(Math.abs(sum - 1)).toBeLessThan(1e-12);
  });

  test("a run that is begun again ends with the same bits", async () => {
    const before = readParameters(at("curve"), readRunRecord(at("curve")));
    for (const name of ["summary.json", "parameters.safetensors"]) rmSync(at(`curve/${name}`));
    expect((await quadric("resume", at("curve"), "--json")).code).toBe(0);
    const after = readParameters(at("curve"), readRunRecord(at("curve")));
    expect([...after.keys()]).toEqual([...before.keys()]);
    for (const [name, { data }] of after) expect(data).toEqual(before.get(name)!.data);
  });

  test.each([
    [["--model", "mlp:5-4-1"], "--model"],
    [["--weight-decay", "0.1"], "--weight-decay"],
    [["--optimizer", "adam"], "--optimizer adam"],
    [["--loss", "gamma"], "--loss gamma"],
  ])("refuses %j together with --regularize evidence", async (args, named) => {
    const answer = await quadric("train", "--data", at("curve.csv"), "--regularize", "evidence", ...args);
    expect(answer.code).toBe(2);
    expect(answer.err).toBe(`quadric: --regularize evidence: must be given without ${named}.\n`);
  });

  test("ends by itself: more steps are refused", async () => {
    const { code, err } = await quadric("resume", at("curve"), "--steps", "900");
    expect(code).toBe(2);
    expect(err).toContain("must be a run that steps end, got one by evidence");
  });
});

describe("predictions", () => {
  test("of numbers come with a deviation and an interval, which holds about as many targets as it says", async () => {
    const fresh = rows(200, 1000);
    const { out } = await quadric("predict", at("curve"), write("fresh.csv", [header, ...fresh]));
    const [names, ...lines] = out.trim().split("\n");
    expect(names).toBe("y,y_deviation,y_low,y_high");
    const inside = lines.filter((line, i) => {
      const [value, deviation, low, high] = line.split(",").map(Number);
      expect(low).toBeLessThan(value);
      expect(deviation).toBeGreaterThan(0);
      const y = Number(fresh[i].split(",")[3]);
      return low <= y && y <= high;
    });
    // 180 of 200 give or take three deviations of a binomial count, 13; the noise is uniform, so nearly all are inside.
    expect(inside.length).toBeGreaterThan(160);
  });

  test("far outside the training rows the deviation grows", async () => {
    const file = write("far.csv", ["a,b,colour", "2,0.5,red", "40,0.5,red"]);
    const [near, far] = (await quadric("predict", at("curve"), file, "--json")).lines();
    expect(far.deviation).toBeGreaterThan(1.5 * near.deviation);
    expect(near.interval[0]).toBeLessThan(near.value);
  });

  test("of classes have probabilities that add up to 1", async () => {
    const { lines } = await quadric("predict", at("classes"), at("classes.csv"), "--json");
    for (const { probabilities } of lines()) {
      const sum = Object.values<number>(probabilities).reduce((a, b) => a + b, 0);
      expect(Math.abs(sum - 1)).toBeLessThan(1e-9);
    }
  });
});

describe("evaluate", () => {
  test("says how many targets lie inside intervals", async () => {
    const { out } = await quadric("evaluate", at("curve"));
    expect(out).toMatch(/24 examples, loss .*\nRMSE .*, MAE .*, R² .*\nTargets inside the intervals: .*90 %/);
    const { coverage } = (await quadric("evaluate", at("curve"), "--json")).lines()[0].calibration;
    expect(coverage).toEqual(summary("curve").table.calibration.coverage);
  });

  test("says how often classes are right, by how sure it was", async () => {
    const { out } = await quadric("evaluate", at("classes"));
    expect(out).toMatch(/mean probability +right +rows/);
    const { bins } = (await quadric("evaluate", at("classes"), "--json")).lines()[0].calibration;
    expect(bins.reduce((sum: number, { rows }: { rows: number }) => sum + rows, 0)).toBe(18);
  });
});

test.each([
  ["curve", "curve.csv", "y"],
  ["classes", "classes.csv", "kind"],
])("the file of export gives what predict gives, deviations and all: %s", async (run, file, target) => {
  expect(await quadric("export", at(run))).toMatchObject({ code: 0, err: "" });
  const session = await InferenceSession.create(at(`${run}/model.onnx`));
  const [header, ...lines] = readFileSync(at(file), "utf8").trim().split("\n");
  const names = header.split(",");
  const column = (name: string) => lines.map((line) => line.split(",")[names.indexOf(name)]);
  const words = (name: string) => new Tensor("string", column(name), [lines.length, 1]);
  const numbers = (name: string) => new Tensor("float64", Float64Array.from(column(name), Number), [lines.length, 1]);
  const found = await session.run({
    a: numbers("a"),
    b: numbers("b"),
    ...(names.includes("colour") && { colour: words("colour") }),
  });
  const predicted = (await quadric("predict", at(run), at(file), "--json")).lines();
  predicted.forEach(({ value, deviation, class: label }, i) => {
    if (target === "kind") expect(found.kind.data[i]).toBe(label);
    else {
      // The file computes in float32.
      expect(Math.abs((found.y.data[i] as number) - value)).toBeLessThan(1e-4);
      expect(Math.abs((found.y_deviation.data[i] as number) / deviation - 1)).toBeLessThan(1e-2);
    }
  });
});

test("the report draws calibration, relevance and bands, and lists what was tried", async () => {
  const { code, err } = await quadric("report", at("curve"), "--pictures", at("pictures"));
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const { document } = parseHTML(readFileSync(at("curve/report.html"), "utf8"));
  const titles = [...document.querySelectorAll("h2")].map((title) => title.textContent);
  expect(titles.slice(0, 4)).toEqual([
    "How good are the predictions?",
    "Can the uncertainty be trusted?",
    "Which networks were chosen?",
    "Which columns matter?",
  ]);
  const text = document.querySelector("main")!.textContent!;
  expect(text).toContain("linear");
  // What such a run does not count is no column of zeros; what a table was taken for is words, not JSON.
  expect(document.querySelector("[aria-label='Table of final values']")!.textContent).not.toMatch(/backprops|epochs/);
  expect(text).not.toContain('{"');
  expect(text).toMatch(/Columns of the table \(comma-separated, header\)/);
  const band = readFileSync(at("pictures/dependence-1.svg"), "utf8");
  expect(band).toContain("fill-opacity");
});

test("spectrum refuses such a run in one line", async () => {
  const { code, err } = await quadric("spectrum", at("curve"));
  expect(code).toBe(2);
  expect(err).toMatch(/must be a network that is trained step by step, got networks chosen by evidence\.\n$/);
});
