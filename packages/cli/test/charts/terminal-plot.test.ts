import { describe, expect, test } from "vitest";
import { terminalPlot } from "../../src/charts/terminal-plot.ts";

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
