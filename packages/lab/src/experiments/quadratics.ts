/** The figure of quadratics: numbers, and pictures of the iterates within the regions that their steps imply. */
import type { QuadraticsExperiment } from "../experiment.ts";
import type { Outcome } from "../outcome.ts";
import {
  type Band,
  bandOf,
  descend,
  type Iterate,
  type Quadratic,
  quadraticMethods,
  rotate,
  start,
} from "./quadratic-descent.ts";
import { pathsPicture, suboptimalityPicture } from "./quadratics-pictures.ts";

export function runQuadratics({ conditions, angles, steps, seeds, title }: QuadraticsExperiment): Outcome {
  const problems: Quadratic[] = conditions.flatMap((condition) => angles.map((angle) => ({ condition, angle })));
  const files: Record<string, string> = {};
  const numbers: object[] = [];
  const rows: string[] = [];
  for (const problem of problems) {
    const { condition, angle } = problem;
    const from = rotate(start, angle);
    const paths = new Map<string, Iterate[]>(
      quadraticMethods.map((method) => [method, descend(method, problem, from, steps)]),
    );
    const bands = new Map<string, Band>(
      quadraticMethods.map((method) => [method, bandOf(method, problem, seeds, steps)]),
    );
    for (const [method, path] of paths) {
      const { point, suboptimality } = path[steps];
      const first = path.findIndex((iterate) => iterate.suboptimality < 1e-11);
      const { mean, low, high } = bands.get(method)!;
      numbers.push({
        type: "quadratic",
        method,
        condition,
        angle,
        steps,
        firstSuboptimality: path[0].suboptimality,
        suboptimality,
        point,
        // The same point in the coordinates of the axes of the quadratic.
        pointAlongAxes: rotate(point, -angle),
        stepBelow1e11: first < 0 ? null : first,
        randomStarts: { n: seeds.length, mean: mean[steps], low: low[steps], high: high[steps] },
      });
      const [x, y] = point.map((coordinate) => coordinate.toFixed(8));
      rows.push(
        `κ ${condition}, ${angle}°  ${method.padEnd(19)}  f − f* ${suboptimality.toExponential(4)}  at (${x}, ${y})\n`,
      );
    }
    const name = `kappa-${condition}-angle-${angle}`;
    files[`paths-${name}.svg`] = pathsPicture(problem, paths);
    files[`suboptimality-${name}.svg`] = suboptimalityPicture(problem, bands, seeds.length);
  }
  return { numbers, text: `${title}, after ${steps} steps\n${rows.join("")}`, files };
}
