/** Pictures of descent on quadratics, as SVG that stands alone. */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type Band, boundaryOf, type Iterate, type Quadratic, rotate } from "./quadratic-descent.ts";

/** Distinguishable for colour-blind readers. */
const colours: Readonly<Record<string, string>> = {
  "gradient descent": "#0072b2",
  Adagrad: "#d55e00",
  "full-matrix Adagrad": "#009e73",
};

/** Iterates whose regions are drawn: the first ones, before they shrink to dots. */
const drawnRegions = 8;
const extent = 9;

/** A panel for each method: level lines, iterates, and the boundary of each of the first regions. */
export function pathsPicture(problem: Quadratic, paths: ReadonlyMap<string, readonly Iterate[]>): string {
  const levels = levelLines(problem);
  const panels = [...paths.keys()];
  const points = panels.flatMap((method) => paths.get(method)!.map(({ point: [x, y] }) => ({ method, x, y })));
  const regions = panels.flatMap((method) =>
    paths
      .get(method)!
      .slice(0, drawnRegions)
      .flatMap((iterate, i) => boundaryOf(iterate).map(([x, y]) => ({ method, region: `${method} ${i}`, x, y }))),
  );
  const { condition, angle } = problem;
  return draw(
    {
      width: 900,
      height: 340,
      marginTop: 30,
      fx: { label: null, domain: panels },
      x: { domain: [-extent, extent], label: "w₁" },
      y: { domain: [-extent, extent], label: "w₂" },
      marks: [
        ...panels.map((method) =>
          Plot.line(
            levels.map((level) => ({ ...level, method })),
            { fx: "method", x: "x", y: "y", z: "level", stroke: "#999999", strokeWidth: 0.6, clip: true },
          ),
        ),
        Plot.line(regions, {
          fx: "method",
          x: "x",
          y: "y",
          z: "region",
          stroke: colourOf,
          strokeWidth: 0.9,
          clip: true,
        }),
        Plot.line(points, { fx: "method", x: "x", y: "y", z: "method", stroke: "#222222", strokeWidth: 1, clip: true }),
        Plot.dot(points, { fx: "method", x: "x", y: "y", r: 1.8, fill: colourOf, clip: true }),
      ],
    },
    `Condition number ${condition}, axes turned by ${angle} degrees: iterates, and the region that each of the first ${drawnRegions} steps minimises the linear model in. ${ends(paths)}`,
  );
}

export function suboptimalityPicture(
  { condition, angle }: Quadratic,
  bands: ReadonlyMap<string, Band>,
  starts: number,
): string {
  // Below that it is rounding.
  const floor = 1e-16;
  const rows = [...bands].flatMap(([method, { mean, low, high }]) =>
    mean.map((value, step) => ({
      method,
      step,
      mean: Math.max(value, floor),
      low: Math.max(low[step], floor),
      high: Math.max(high[step], floor),
    })),
  );
  const last = [...bands.keys()].map((method) => rows.filter((row) => row.method === method).at(-1)!);
  return draw(
    {
      width: 900,
      height: 300,
      marginLeft: 50,
      marginTop: 30,
      fx: { label: null, domain: [...bands.keys()] },
      x: { label: "step", ticks: 5 },
      y: {
        type: "log",
        label: "f − f*",
        domain: [floor, 1e4],
        ticks: 10,
        tickFormat: (y: number) => y.toExponential(0),
      },
      marks: [
        Plot.areaY(rows, { fx: "method", x: "step", y1: "low", y2: "high", fill: colourOf, fillOpacity: 0.2 }),
        Plot.lineY(rows, { fx: "method", x: "step", y: "mean", stroke: colourOf, strokeWidth: 2 }),
      ],
    },
    `Condition number ${condition}, axes turned by ${angle} degrees: mean suboptimality over ${starts} random starts and the range of the middle 90 per cent. After the last step ${last.map(({ method, mean }) => `${method} is at ${mean.toExponential(2)}`).join(", ")}.`,
  );
}

const colourOf = ({ method }: { method: string }): string => colours[method];

function ends(paths: ReadonlyMap<string, readonly Iterate[]>): string {
  return [...paths]
    .map(([method, path]) => `${method} ends ${path.at(-1)!.suboptimality.toExponential(2)} above the minimum.`)
    .join(" ");
}

/** Ellipses f − f* = level, turned and shifted like the quadratic. */
function levelLines({ condition, angle }: Quadratic): { level: number; x: number; y: number }[] {
  const centre = [-0.2, -0.2 / condition];
  return [0, 1, 2, 3, 4, 5].flatMap((i) => {
    const level = (condition * (1 + 1.5 * i) ** 2) / 2;
    return Array.from({ length: 121 }, (_, k) => {
      const phi = (k * Math.PI) / 60;
      const [u, v] = [
        centre[0] + Math.sqrt(2 * level) * Math.cos(phi),
        centre[1] + Math.sqrt((2 * level) / condition) * Math.sin(phi),
      ];
      const [x, y] = rotate([u, v], angle);
      return { level, x, y };
    });
  });
}

/** With its text alternative. */
function draw(options: Plot.PlotOptions, description: string): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({ ...options, style: { background: "white", color: "black" }, document: document as never });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("role", "img");
  const text = document.createElementNS("http://www.w3.org/2000/svg", "desc");
  text.textContent = description;
  svg.prepend(text as never);
  return `${svg.outerHTML}\n`;
}
