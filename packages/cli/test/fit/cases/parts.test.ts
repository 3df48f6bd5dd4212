import { describe, expect, test } from "vitest";
import { terminalPlot } from "../../../src/charts/terminal-plot.ts";
import { uncertain } from "../../../src/fit/uncertain.ts";

describe("a value with its error", () => {
  test.each<[number, number, string, string]>([
    [5.01234, 0.0432, "5.012", "0.043"],
    [5.01234, 0.0996, "5.01", "0.10"],
    [-0.00123, 0.4, "0.00", "0.40"],
    [1042.0817, 0.0531, "1042.082", "0.053"],
    [5123, 120, "5120", "120"],
    [5123, 1.2e5, "10000", "120000"],
    [4.01e7, 2.2e6, "4.01e7", "0.22e7"],
    [3.28e-6, 7e-8, "3.280e-6", "0.070e-6"],
    [2, Number.POSITIVE_INFINITY, "2", ""],
    [0.1 + 0.2, 0, "0.3", ""],
  ])("%d ± %d", (value, error, shown, uncertainty) => {
    expect(uncertain(value, error)).toEqual({ value: shown, error: uncertainty });
  });
});

describe("a plot in characters", () => {
  const line = Array.from({ length: 11 }, (_, i) => [i, 2 * i] as const);

  test("has its marks, its curve and round ticks, in the width it is given", () => {
    const plot = terminalPlot({ points: line, curve: line, xLabel: "x", yLabel: "y", width: 40, height: 6 });
    expect(plot).toMatchInlineSnapshot(`
      "    y   o data, ⠒ curve
      20 ┤                              ⢀⣀o⠔⠒o
         │                        ⢀o⠤⠔o⠉⠁
         │                  ⢀⣀⠤o⠒⠉⠁
      10 ┤           ⢀⣀⠤o⠒⠊⠉o
         │     ⢀⣀o⠔⠒o⠁
       0 ┤o⠤⠔o⠉⠁
         └────────────────────────────────────
          0                5                10
                                             x
      "
    `);
  });

  test("of more data than cells shows the data as dots and the curve over them", () => {
    const points = Array.from({ length: 500 }, (_, i) => [i / 50, Math.sin(i)] as const);
    const plot = terminalPlot({
      points,
      curve: [
        [0, 0],
        [10, 0],
      ],
      xLabel: "x",
      yLabel: "y",
      width: 60,
    });
    expect(plot).toContain("█".repeat(50));
    expect(plot).not.toContain("o data");
  });

  test("of nothing, or of values that are none, is empty", () => {
    const options = { curve: [], xLabel: "x", yLabel: "y", width: 60 };
    expect(terminalPlot({ ...options, points: [] })).toBe("");
    expect(terminalPlot({ ...options, points: [[Number.NaN, 1]] })).toBe("");
  });
});
