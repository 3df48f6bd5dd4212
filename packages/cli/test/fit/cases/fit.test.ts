import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { describe, expect, test } from "vitest";
import { type Answer, quadric, temporaryFolder } from "../../command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

/** Noise that is the same each time and about uniform in ±1. */
const noise = (i: number) => 2 * ((Math.sin(12.9898 * (i + 1)) * 43758.5453) % 1);

function write(name: string, header: string, rows: readonly (readonly (number | string)[])[]): string {
  writeFileSync(at(name), `${header}\n${rows.map((row) => row.join(",")).join("\n")}\n`);
  return at(name);
}

const times = Array.from({ length: 41 }, (_, i) => i / 2);
const doses = times.map((t, i) => 5 * Math.exp(-0.35 * t) + 1 + 0.1 * noise(i));
const decay = write(
  "decay.csv",
  "time,dose,err",
  times.map((t, i) => [t, doses[i], 0.06]),
);

const json = ({ out }: Answer) => JSON.parse(out);

describe("quadric fit", () => {
  test("a parameter that is nearly a column is told", async () => {
    const { out } = await quadric("fit", "a*time + tiime", decay);
    expect(out).toContain('! tiime is a parameter; the column is called "time".');
  });

  test("prints value ± error, how good the fit is, its status and a plot, and exits with 0", async () => {
    const { code, out, err } = await quadric("fit", "a*exp(-b*time) + c", decay);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(
      /^dose = a\*exp\(-b\*time\) \+ c\n41 points of .*decay\.csv \(comma-separated, header\): dose over time\n/,
    );
    expect(out).toMatch(/\n {2}a +[45]\.\d+ +± 0\.0\d+ +\d\.\d %\n {2}b +0\.3\d+ +± 0\.\d+/);
    expect(out).toMatch(/χ² \d.*R² 0\.99/);
    expect(out).toMatch(/\nconverged: /);
    expect(out).toContain('! The column "err" is not used; --sigma "err" takes it as the standard errors.');
    expect(out).toMatch(/o data, ⠒ curve/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no colour off a terminal is what is claimed.
    expect(out).not.toMatch(/\u001b/);
    expect(
      Math.max(
        ...out
          .split("\n")
          .slice(-22)
          .map((line) => [...line].length),
      ),
    ).toBeLessThanOrEqual(80);
  });

  test("--json has all digits, covariance and correlation; the equation names the column that is explained", async () => {
    const answer = await quadric("fit", "dose = a*exp(-b*x) + c", decay, "--json");
    const { parameters, covariance, correlation, names, status, data, degreesOfFreedom } = json(answer);
    expect({ names, status, degreesOfFreedom }).toEqual({
      names: ["a", "b", "c"],
      status: "converged",
      degreesOfFreedom: 38,
    });
    expect(data).toMatchObject({ x: ["time"], y: "dose", points: 41, sigma: null });
    expect(parameters.b.standardError).toBeCloseTo(Math.sqrt(covariance[1][1]), 14);
    expect(correlation[0][0]).toBeCloseTo(1, 12);
    for (const [name, truth] of Object.entries({ a: 5, b: 0.35, c: 1 })) {
      const { value, standardError } = parameters[name];
      expect(Math.abs(value - truth)).toBeLessThan(4 * standardError);
    }
  });

  test("start, bounds, fixed values, σ and robust losses reach the fit", async () => {
    const fit = async (...flags: string[]) => json(await quadric("fit", "a*exp(-b*time)+c", decay, "--json", ...flags));
    const fixed = await fit("--fix", "c=1.2", "--start", "a=4,b=0.2");
    expect(fixed.parameters.c).toEqual({ value: 1.2, standardError: 0, fixed: true });
    expect(fixed.starts).toBe(null);
    const bound = await fit("--bounds", "0.5<=c<=0.9, a>0");
    expect(bound.parameters.c.value).toBe(0.9);
    expect(bound.parameters.c.standardError).toBe(null);
    expect(bound.notes.map(({ kind }: { kind: string }) => kind)).toContain("at-bound");
    const known = await fit("--sigma", "err", "--absolute-sigma");
    const scaled = await fit("--sigma", "err");
    const ratio = scaled.parameters.a.standardError / known.parameters.a.standardError;
    expect(ratio).toBeCloseTo(Math.sqrt(scaled.reducedChiSquared), 10);

    const spoiled = write(
      "spoiled.csv",
      "time,dose",
      times.map((t, i) => [t, i % 9 === 4 ? 9 : doses[i]]),
    );
    const robust = await quadric(
      ...["fit", "a*exp(-b*time)+c", spoiled, "--json", "--robust", "cauchy", "--outlier", "0.1"],
    );
    expect(Math.abs(json(robust).parameters.a.value - 5)).toBeLessThan(0.2);
  });

  test("a formula of several columns is drawn as measured against computed", async () => {
    const rows = Array.from({ length: 60 }, (_, i) => {
      const [u, v] = [Math.sin(i), Math.cos(1.7 * i)];
      return [u, v, 2 * u - 3 * u * v + 1 + 0.01 * noise(i)];
    });
    const path = write("plane.csv", "u,v,z", rows);
    const { code, out } = await quadric("fit", "a*u + b*u*v + c", path);
    expect(code).toBe(0);
    expect(out).toContain("z over u, v");
    expect(out).toContain("z by the formula");
  });

  test.each<[string, string, string[], string]>([
    [
      "decimal commas",
      "Zeit (s);Spannung [V]\n0,5;3,25\n1,5;5,25\n2,5;7,2\n3,5;9,3\n",
      [],
      "Spannung [V] over Zeit (s)",
    ],
    [
      "spaces below comments",
      "# an instrument\n# 2025 May 3\n# t and v\n  0.5   3.25\n  1.5   5.25\n  2.5   7.2\n  3.5   9.3\n",
      [],
      "1 over 0",
    ],
    ["no header", "0.5,3.25\n1.5,5.25\n2.5,7.2\n3.5,9.3\n", [], "1 over 0"],
    [
      "empty cells and words",
      "t,v,note\n0.5,3.25,ok\n1,,no\n1.5,5.25,ok\n2.5,7.2,ok\n3,NA,ok\n3.5,9.3,ok\n",
      [],
      "v over t",
    ],
    [
      "a column of row numbers",
      ",t,v\n0,0.5,3.25\n1,1.5,5.25\n2,2.5,7.2\n3,3.5,9.3\n",
      ["--x", "t", "--y", "-1"],
      "v over t",
    ],
    [
      "tabs and a mark of byte order",
      "\ufefft\tv\r\n0.5\t3.25\r\n1.5\t5.25\r\n2.5\t7.2\r\n3.5\t9.3\r\n",
      [],
      "v over t",
    ],
  ])("a file with %s is read as it is meant", async (_, text, flags, columns) => {
    writeFileSync(at("odd.csv"), text);
    const { code, out, err } = await quadric("fit", "slope*x + b", at("odd.csv"), ...flags);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(`${columns}\n`);
    expect(out).toMatch(/\n {2}slope +2\.010 +± 0\.021/);
  });

  test("a column of words is refused by its name, rows left out are counted", async () => {
    writeFileSync(at("words.csv"), "t,v,group\n1,2,a\n2,4,b\n3,,a\n4,8,b\n5,10.1,a\n");
    const refused = await quadric("fit", "a*group", at("words.csv"));
    expect(refused.err).toMatch(/the column "group" must hold numbers, got words/);
    expect((await quadric("fit", "a*t", at("words.csv"))).out).toContain("! 1 row is left out");
  });

  test("what the data do not determine is said, and the exit code is 1", async () => {
    const { code, out } = await quadric("fit", "a*b*exp(-c*time)", decay);
    expect(code).toBe(1);
    expect(out).toMatch(/! The data do not determine .*a.*b/);
    expect(out).toContain("undetermined");
  });

  test.each<[string, string[], RegExp]>([
    ["a torn formula", ["a*exp(-b*", decay], /^quadric: formula: expected .* got the end at column 10\./],
    [
      "a formula without a column",
      ["a*exp(-b*t)", decay],
      /must use x or a column .*"time", "dose", "err".* a, b, t\./,
    ],
    [
      "a column that is not there",
      ["a*x", decay, "--x", "Time"],
      /^quadric: --x: must be one .* Did you mean "time"\?/,
    ],
    [
      "a left side that is no column",
      ["Dose = a*x", decay],
      /^quadric: the left side: must be one .* Did you mean "dose"\?/,
    ],
    ["the explained column in the formula", ["a*dose*x", decay, "--y", "dose"], /must not use the column .* "dose"/],
    ["a start of no parameter", ["a*x", decay, "--start", "z=1"], /--start: must name parameters among a, got "z"/],
    ["a start that is none", ["a*x", decay, "--start", "a:1"], /--start: must be values such as a=1,b=0\.1, got "a:1"/],
    ["bounds that are none", ["a*x", decay, "--bounds", "a"], /--bounds: must be bounds such as a>0/],
    [
      "bounds without anything between",
      ["a*x", decay, "--bounds", "a>1,a<0"],
      /with something between them, got "a<0"/,
    ],
    ["all parameters fixed", ["a*x", decay, "--fix", "a=1"], /--fix: must leave a parameter to fit/],
    ["absolute errors without errors", ["a*x", decay, "--absolute-sigma"], /--absolute-sigma: needs a column/],
    [
      "a size of outliers without a loss",
      ["a*x", decay, "--outlier", "2"],
      /--outlier: needs a loss that knows outliers/,
    ],
    [
      "a picture of another kind",
      ["a*x", decay, "--plot", "fit.png"],
      /--plot: must be a file called \.svg, got "fit\.png"/,
    ],
    ["a loss that is none", ["a*x", decay, "--robust", "l1"], /--robust: must be one of linear, soft-l1/],
    [
      "errors that are none",
      ["a*x", decay, "--sigma", "time"],
      /--sigma: must be a column of numbers > 0, got 0 in row 1/,
    ],
    ["a file that is not there", ["a*x", at("none.csv")], /none\.csv: cannot be read, there is no such file/],
    [
      "too few points",
      [
        "a+b*x+c*x^2",
        write("two.csv", "x,y", [
          [1, 2],
          [2, 3],
        ]),
      ],
      /3 parameters need at least .* got 2/,
    ],
  ])("%s is refused in one line", async (_, args, message) => {
    const { code, out, err } = await quadric("fit", ...args);
    expect(err).toMatch(message);
    expect({ code, out, lines: err.trimEnd().split("\n").length }).toEqual({ code: 2, out: "", lines: 1 });
  });
});

describe("the picture", () => {
  /** Pixels of this colour, in a picture drawn by something that is no browser. */
  function pixels(svg: string, [red, green, blue]: readonly number[]): number {
    const image = new Resvg(svg, { font: { loadSystemFonts: false } }).render().pixels;
    let count = 0;
    for (let i = 0; i < image.length; i += 4) {
      const distance = Math.abs(image[i] - red) + Math.abs(image[i + 1] - green) + Math.abs(image[i + 2] - blue);
      if (distance < 30) count++;
    }
    return count;
  }

  test("shows data, curve and band, and has both schemes", async () => {
    await quadric("fit", "a*exp(-b*time)+c", decay, "--plot", at("fit.svg"));
    const svg = readFileSync(at("fit.svg"), "utf8");
    expect(svg).toContain("@media screen and (prefers-color-scheme: dark)");
    expect(svg).not.toContain("var(--");
    expect(svg).toMatch(/<title>dose = a\*exp\(-b\*time\) \+ c<\/title><desc>41 points, a = /);
    expect(pixels(svg, [0, 0x67, 0xa5])).toBeGreaterThan(400);
    expect(pixels(svg, [0x1b, 0x1f, 0x24])).toBeGreaterThan(400);
  });

  test("holds what a header says as text", async () => {
    const path = write(
      "bad.csv",
      "x,<script>alert(1)</script>",
      times.map((t, i) => [t, doses[i]]),
    );
    await quadric("fit", "a*exp(-b*x)+c", path, "--plot", at("bad.svg"));
    expect(readFileSync(at("bad.svg"), "utf8")).not.toContain("<script");
  });
});
