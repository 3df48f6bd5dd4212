/** Table E1 of the paper: gradient descent and Adagrad on quadratics, to the digits given. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { adagrad, type Closures, minimize, type Optimizer, sgd } from "quadric";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../cli/test/command.ts";
import { boundaryOf, descend, type Quadratic, rotate, start } from "../../src/experiments/quadratic-descent.ts";
import { lab } from "../command.ts";

const folder = temporaryFolder();
const plain = (condition: number): Quadratic => ({ condition, angle: 0 });

describe("quadric-lab reproduce quadratics --json", () => {
  test("states every entry of the table and draws its pictures", async () => {
    const { code, lines } = await lab("reproduce", "quadratics", "--json", "--out", folder);
    expect(code).toBe(0);
    const of = (method: string, condition: number, angle = 0) =>
      lines().find((line) => line.method === method && line.condition === condition && line.angle === angle);
    const [gd2, gd20] = [of("gradient descent", 2), of("gradient descent", 20)];
    const [ada2, ada20] = [of("Adagrad", 2), of("Adagrad", 20)];
    expect([gd2.firstSuboptimality.toFixed(3), gd20.firstSuboptimality.toFixed(3)]).toEqual(["58.405", "564.646"]);
    expect([gd2.suboptimality < 1e-15, gd2.stepBelow1e11]).toEqual([true, 153]);
    expect(gd2.point.map((x: number) => x.toFixed(7))).toEqual(["-0.2000000", "-0.1000000"]);
    expect(gd20.suboptimality.toExponential(4)).toBe("5.6471e-2");
    expect(gd20.point.map((x: number) => x.toFixed(8))).toEqual(["0.13606779", "-0.01000000"]);
    expect(ada2.suboptimality.toExponential(4)).toBe("4.5908e-5");
    expect(ada2.point.map((x: number) => x.toFixed(8))).toEqual(["-0.20000000", "-0.10677557"]);
    expect(ada20.suboptimality.toExponential(4)).toBe("6.2718e-4");
    expect(ada20.point.map((x: number) => x.toFixed(8))).toEqual(["-0.20000000", "-0.01791944"]);

    // A rotation changes nothing to methods that do not know the coordinates; rounding grows along 249 steps.
    for (const method of ["gradient descent", "full-matrix Adagrad"]) {
      for (const condition of [2, 20]) {
        const [still, turned] = [of(method, condition), of(method, condition, 30)];
        expect(turned.suboptimality).toBeCloseTo(still.suboptimality, 9);
        turned.pointAlongAxes.forEach((x: number, i: number) => {
          expect(x).toBeCloseTo(still.point[i], 6);
        });
      }
    }
    expect(of("Adagrad", 20, 30).suboptimality).not.toBeCloseTo(ada20.suboptimality, 5);

    for (const name of ["paths-kappa-20-angle-30", "suboptimality-kappa-2-angle-0"]) {
      const svg = readFileSync(join(folder, "quadratics", `${name}.svg`), "utf8");
      expect(svg).toMatch(/^<svg[^>]* xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<desc>Condition number/);
    }
  });
});

describe("descend()", () => {
  const closures = (condition: number): Closures => ({
    value: ([x, y]) => (x * x + condition * y * y) / 2 + 0.2 * (x + y),
    gradient: ([x, y]) => Float64Array.of(x + 0.2, condition * y + 0.2),
  });
  const reference = async (optimizer: Optimizer, condition: number) =>
    (await minimize(closures(condition), [...start], { method: optimizer, maxIterations: 50 })).x;

  test.each([2, 20])("takes the steps of sgd() and adagrad(), κ = %i", async (condition) => {
    const gd = await reference(sgd({ learningRate: 1 / (6 * condition) }), condition);
    const ada = await reference(adagrad({ learningRate: 2 / 3, epsilon: 1e-300 }), condition);
    const end = (method: "gradient descent" | "Adagrad") => descend(method, plain(condition), start, 50)[50].point;
    [...gd].forEach((x, i) => {
      expect(end("gradient descent")[i]).toBeCloseTo(x, 12);
    });
    [...ada].forEach((x, i) => {
      expect(end("Adagrad")[i]).toBeCloseTo(x, 12);
    });
  });

  test("each step ends on the boundary of its region, where the linear model is least", () => {
    const problem = { condition: 20, angle: 30 };
    const path = descend("full-matrix Adagrad", problem, rotate(start, 30), 20);
    path.slice(0, -1).forEach(({ point, radius, ellipsoid: [a, b, c, d] }, t) => {
      const [x, y] = path[t + 1].point.map((next, i) => next - point[i]);
      expect(Math.sqrt(x * (a * x + b * y) + y * (c * x + d * y)) / radius).toBeCloseTo(1, 9);
    });
    // From the second step on; the first region is unbounded but for its floor.
    path.slice(1, 6).forEach((iterate, t) => {
      const [sx, sy] = path[t + 2].point.map((next, i) => next - iterate.point[i]);
      const { ellipsoid, point } = iterate;
      const slope = ([x, y]: readonly [number, number]) =>
        -(
          (ellipsoid[0] * sx + ellipsoid[1] * sy) * (x - point[0]) +
          (ellipsoid[2] * sx + ellipsoid[3] * sy) * (y - point[1])
        );
      const least = slope([point[0] + sx, point[1] + sy]);
      for (const edge of boundaryOf(iterate)) expect(slope(edge)).toBeGreaterThanOrEqual(least * (1 + 1e-9));
    });
  });
});
