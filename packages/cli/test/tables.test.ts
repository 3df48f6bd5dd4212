/** The command on tables of one's own: what is understood, held out, predicted by names, and in which units. */
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { loadDataset } from "../src/data/datasets.ts";
import { placed } from "../src/fingerprint.ts";
import { readRunRecord } from "../src/run-files.ts";
import { quadric, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

function table(name: string, lines: readonly string[]): string {
  writeFileSync(at(name), `${lines.join("\n")}\n`);
  return at(name);
}

/** Nine rows in no order. */
const xs = [5, 2, 9, 1, 7, 3, 8, 4, 6];
const nineRows = (name: string, y: (x: number) => number | string, target = "price") =>
  table(name, [`x,${target}`, ...xs.map((x) => `${x},${y(x)}`)]);

const train = async (name: string, data: string, ...args: string[]) => {
  const answer = await quadric("train", "--data", data, "--out", at(name), "--json", ...args);
  return { ...answer, last: answer.code === 2 ? undefined : answer.lines().at(-1) };
};
const predict = async (run: string, file: string) => {
  const { out, err, code } = await quadric("predict", at(run), file);
  return { err, code, lines: out.trim().split("\n") };
};

describe("held-out rows", () => {
  test("whole prices are held out at random, as prices with cents are", async () => {
    const rows = (cents: string) =>
      Array.from({ length: 1000 }, (_, i) => `${i % 7},${1000 + ((i * 377) % 1000)}${cents}`);
    const load = (name: string, cents: string) =>
      loadDataset({ data: table(name, ["x,price", ...rows(cents)]), testFraction: 0.2 });
    const whole = Array.from((await load("whole.csv", "")).test.targets.data);
    const cents = Array.from((await load("cents.csv", ".5")).test.targets.data);
    expect(whole).toEqual(cents.map((price) => price - 0.5));
    // 200 of 1,000 at random: the mean is 1,500 give or take 20.
    expect(Math.abs(whole.reduce((a, b) => a + b, 0) / 200 - 1500)).toBeLessThan(80);
  });

  test("classes keep their shares", async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `${i},${i % 10 === 0 ? "rare" : "common"}`);
    const { test: held } = await loadDataset({ data: table("rare.csv", ["x,y", ...lines]), testFraction: 0.2 });
    expect(held.targets.data.filter((label) => label === 1).length).toBe(2);
  });
});

describe("what a target is", () => {
  test("counts below 100 are numbers, told and settable", async () => {
    const data = nineRows("visits.csv", (x) => 2 * x, "visits");
    await train("visits", data, "--steps", "20");
    const { config } = readRunRecord(at("visits"));
    expect(config).toMatchObject({ model: "5*mlp:1-32-1+linear", loss: "mse" });
    const { out } = await quadric("train", "--data", data, "--steps", "2", "--out", at("told"));
    expect(out).toContain("9 rows, 2 columns (comma-separated, header); 1 to learn from, 0 left out");
    expect(out).toContain("predicts numbers, visits (9 integers; else --task classes)");
  });

  test("100 and 200 are classes by those names, and numbers with --task numbers or --loss mse", async () => {
    const data = nineRows("two.csv", (x) => (x > 5 ? 200 : 100));
    await train("two", data, "--steps", "10");
    expect((await predict("two", table("ends.csv", ["x", "1", "9"]))).lines.map((line) => line.split(",")[0])).toEqual([
      "price",
      "100",
      "200",
    ]);
    for (const args of [
      ["--task", "numbers"],
      ["--loss", "mse"],
    ]) {
      await train(`two ${args[1]}`, data, "--steps", "5", ...args);
      expect(readRunRecord(at(`two ${args[1]}`)).config.model).toBe("5*mlp:1-32-1+linear");
    }
  });

  test("words are classes", async () => {
    const data = nineRows("size.csv", (x) => (x > 6 ? "big" : x > 3 ? "middle" : "small"), "size");
    await train("size", data, "--steps", "20");
    const { lines } = await predict("size", table("sizes.csv", ["x", "9", "1"]));
    expect(lines[0]).toBe("size,probability,p(big),p(middle),p(small)");
    expect(lines.slice(1).map((line) => line.split(",")[0])).toEqual(["big", "small"]);
  });

  test("a constant is refused", async () => {
    const { code, err } = await train(
      "seven",
      nineRows("seven.csv", () => 7),
    );
    expect(code).toBe(2);
    expect(err).toContain('target "price": must have at least two different values');
  });
});

describe("scale", () => {
  test.each([1e-5, 1, 1e8, 1e39, 1e300])("y = x·%d is learnt in its own units", async (unit) => {
    const name = `unit ${unit}`;
    await train(
      name,
      nineRows(`${name}.csv`, (x) => x * unit + unit / 2),
      "--steps",
      "60",
    );
    const { lines } = await predict(name, table("middle.csv", ["x", "5", "6"]));
    // Seven rows learnt of a line: a tenth of the spacing is far below the spread of the targets.
    expect(Math.abs(Number(lines[1]) / unit - 5.5)).toBeLessThan(0.3);
    expect(Math.abs(Number(lines[2]) / unit - 6.5)).toBeLessThan(0.3);
  });

  test.each([
    ["--optimizer", "adam"],
    ["--batch-size", "4"],
  ])("every method meets targets of variance 1: %s %s", async (...args) => {
    const { lines } = await train(
      `method ${args[1]}`,
      nineRows("method.csv", (x) => 10_000 * x + 0.5),
      ...args,
      "--steps",
      "1",
    );
    // Of targets as they are it would be 3e9.
    expect(lines()[0].loss).toBeLessThan(2);
  });

  test("a constant column says nothing, at any later value", async () => {
    const lines = xs.map((x) => `${x},0.1,${100 * x}`);
    await train("constant", table("constant.csv", ["x,c,y", ...lines]), "--steps", "30");
    const { lines: found } = await predict("constant", table("c.csv", ["x,c", "6,0.1", "6,0.11", "6,50"]));
    expect(new Set(found.slice(1)).size).toBe(1);
    expect(readRunRecord(at("constant")).config.preparation!.dropped).toEqual([
      { name: "c", because: "the same in all rows" },
    ]);
  });

  test("one outlier among 200 spoils neither inputs nor targets", async () => {
    const rows = (feature: number, target: number) =>
      Array.from({ length: 200 }, (_, i) => {
        const [a, b] = [Math.sin(i), Math.cos(2 * i)];
        return `${i === 50 ? feature : a},${b},${i === 90 ? target : 3 * a - 2 * b}`;
      });
    for (const [name, lines] of [
      ["feature", rows(1e12, 0)],
      ["target", rows(0.5, 1e9)],
    ] as const) {
      await train(name, table(`${name}.csv`, ["a,b,y", ...lines]));
      const { lines: found } = await predict(name, table("ab.csv", ["a,b", "0.5,0.5", "-0.5,0.2"]));
      expect(Math.abs(Number.parseFloat(found[1]) - 0.5)).toBeLessThan(0.15);
      // A tenth of the deviation of y, 2.5: in the table with the odd feature a target of 0 is wrong as well.
      expect(Math.abs(Number.parseFloat(found[2]) + 1.9)).toBeLessThan(0.25);
    }
  });
});

describe("predict goes by names", () => {
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 9},${(i * 5) % 7},${3 * (i % 9) - 2 * ((i * 5) % 7) + 0.5}`);

  test("permuted columns, more columns and the target change nothing; a missing one is named", async () => {
    await train("named", table("named.csv", ["a,b,y", ...rows]), "--steps", "40");
    const plain = await predict("named", table("ab.csv", ["a,b", "8,4"]));
    expect(plain).toMatchObject({ code: 0, err: "" });
    expect(plain.lines[0]).toBe("y");
    expect((await predict("named", table("ba.csv", ["b,a", "4,8"]))).lines).toEqual(plain.lines);
    expect(await predict("named", table("abny.csv", ["y,b,n,a", "7,4,1,8"]))).toEqual({
      ...plain,
      err: 'quadric: ignores what was not there in training: "n"\n',
    });
    const missing = await predict("named", table("yz.csv", ["y,z", "4,8"]));
    expect(missing.code).toBe(2);
    expect(missing.err).toContain('must have the column "a", "b", got "y", "z"');
    // The file that it was trained on.
    expect((await predict("named", at("named.csv"))).lines.length).toBe(61);
  });

  test("words that training did not have, and cells that it never missed, are told", async () => {
    const lines = xs.map((x) => `${x},${x % 2 ? "odd" : "even"},${x * 2}`);
    await train("words", table("words.csv", ["x,kind,y", ...lines]), "--steps", "5");
    const { err, code } = await predict("words", table("new.csv", ["x,kind", "3,prime", ",odd"]));
    expect(code).toBe(0);
    expect(err).toContain('column "kind": not in training: "prime"');
    expect(err).toContain('column "x": 1 missing, and none was in training');
  });

  test("a file that is no table is refused by its name and line", async () => {
    writeFileSync(at("notes.md"), "# Notes\n\nOne thing, and another, and a third.\nNothing.\nA, B, C, D\n");
    const { code, err } = await predict("named", at("notes.md"));
    expect(code).toBe(2);
    expect(err).toMatch(/notes\.md: table: .*must have .*got/);
  });

  test("a file without a header is predicted by the places of its columns", async () => {
    await train("places", table("places.csv", rows), "--steps", "5");
    expect((await predict("places", table("new places.csv", ["8,4,0", "1,2,0"]))).lines.length).toBe(3);
  });

  test("evaluates wherever it is called from, and on other files with the preparation of the run", async () => {
    const { lines } = await quadric("evaluate", at("named"), "--data", at("named.csv"), "--json");
    expect(lines()[0].examples).toBe(60);
    const permuted = rows.map((row) => row.split(",").reverse().join(","));
    const other = await quadric(
      "evaluate",
      at("named"),
      "--data",
      table("permuted.csv", ["y,b,a", ...permuted]),
      "--json",
    );
    expect(other.lines()[0]).toEqual({ ...lines()[0], data: other.lines()[0].data });
    expect(placed({ data: relative(process.cwd(), at("named.csv")) }).data).toBe(at("named.csv"));
    expect(JSON.parse(readFileSync(join(at("named"), "run.json"), "utf8")).config.data).toBe(at("named.csv"));
  });
});

describe("a user can say", () => {
  test("what a column is, which to drop, whether there is a header, which mark is decimal", async () => {
    const data = table("zips.csv", [
      "08001;3,5;a;1",
      "10115;2,5;b;2",
      "08001;1,25;c;3",
      "10115;2,75;d;4",
      "08001;4,5;e;5",
    ]);
    const args = ["--column", "0=category", "--drop", "2", "--header", "no", "--decimal", "comma", "--steps", "2"];
    const { code, err } = await train("zips", data, ...args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { inputs, dropped, target } = readRunRecord(at("zips")).config.preparation!;
    expect(inputs[0]).toMatchObject({ name: "0", kind: "category", levels: ["08001", "10115"] });
    expect(dropped).toEqual([{ name: "2", because: "as asked" }]);
    expect(target.name).toBe("3");
  });

  test.each([
    [["--column", "x"], /--column: must be NAME=KIND/],
    [["--column", "z=number"], /column must be one of "x", "price", got "z"/],
    [["--drop", "z"], /column must be one of "x", "price", got "z"/],
    [["--drop", "price", "--target", "price"], /the target "price" must not be dropped/],
    [["--header", "maybe"], /--header: must be one of yes, no/],
    [["--inputs", "scale"], /--inputs: means nothing to a table/],
    [["--task", "ranks"], /--task: must be one of numbers, classes/],
  ])("and is told of mistakes: %s", async (args, message) => {
    const { code, err } = await train(
      "mistaken",
      nineRows("mistaken.csv", (x) => x / 2),
      ...args,
    );
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
