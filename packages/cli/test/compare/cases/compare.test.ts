import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { compare } from "../../../src/compare/comparison.ts";
import type { Curve } from "../../../src/compare/curves.ts";
import { quadric, temporaryFolder } from "../../command.ts";

/** A curve with a point every 10 backprops. */
const curve = (...losses: number[]): Curve =>
  losses.map((trainLoss, i) => {
    const cost = 10 * (i + 1);
    const axes = { backprops: cost, paperBackprops: cost / 2, epochs: cost / 100, seconds: cost / 1000 };
    return { ...axes, trainLoss, testLoss: 2 * trainLoss, testAccuracy: 0.5 };
  });

describe("compare()", () => {
  const sphere = {
    name: "sphere",
    curves: new Map([
      [1, curve(1, 0.5, 0.4)],
      [2, curve(1, 0.6, 0.6)],
    ]),
  };
  const ellipsoid = {
    name: "ellipsoid",
    curves: new Map([
      [1, curve(0.5, 0.2, 0.1)],
      [2, curve(0.7, 0.3, Number.NaN)],
    ]),
  };
  const numbers = compare([sphere, ellipsoid], { baseline: "sphere", at: [{ axis: "backprops", mark: 15 }] });
  const reached = (method: string, at: unknown) =>
    numbers.find((line) => {
      return (
        line.type === "reached" &&
        line.method === method &&
        line.quantity === "trainLoss" &&
        "at" in line &&
        JSON.stringify(line.at) === JSON.stringify(at)
      );
    });

  test("takes the first point at or after a mark, and pairs by seed", () => {
    expect(reached("ellipsoid", { backprops: 15 })).toMatchObject({
      n: 2,
      values: [0.2, 0.3],
      mean: 0.25,
      difference: { n: 2, mean: expect.closeTo(-0.3, 12), p: expect.closeTo(0, 12) },
    });
    expect(reached("sphere", { backprops: 15 })).toMatchObject({ values: [0.5, 0.6], difference: undefined });
  });

  test("counts a loss that is no number as infinite and drops no seed", () => {
    expect(reached("ellipsoid", "end")).toMatchObject({ n: 2, values: [0.1, Infinity], mean: Infinity });
  });

  test("finds what it cost to reach the baseline's best, infinite for those that did not", () => {
    const costs = numbers.filter((line) => line.type === "cost" && line.axis === "backprops");
    expect(costs).toMatchObject([
      { method: "sphere", target: 0.5, reached: 1, n: 2, median: Infinity },
      { method: "ellipsoid", target: 0.5, reached: 2, n: 2, median: 15, values: [10, 20] },
    ]);
  });
});

describe("quadric compare", () => {
  const folder = temporaryFolder();
  const methods = ["tr-euclidean", "adam"];
  beforeAll(async () => {
    for (const optimizer of methods) {
      for (const seed of ["1", "2", "3"]) {
        const flags = [
          "--optimizer",
          optimizer,
          "--seed",
          seed,
          "--label",
          `my ${optimizer}`,
          "--model",
          "mlp:64-8-10",
        ];
        const length = ["--budget-backprops", "60", "--evaluate-every", "20", "--batch-size", "128"];
        await quadric("train", ...flags, ...length, "--out", join(folder, optimizer, seed));
      }
    }
  });

  test("states what the summaries of the runs hold", async () => {
    const { code, lines } = await quadric(
      "compare",
      join(folder, "tr-euclidean"),
      join(folder, "adam"),
      "--at",
      "20",
      "--json",
    );
    expect(code).toBe(0);
    for (const optimizer of methods) {
      const summaries = [1, 2, 3].map((seed) =>
        JSON.parse(readFileSync(join(folder, optimizer, String(seed), "summary.json"), "utf8")),
      );
      for (const quantity of ["trainLoss", "testLoss", "testAccuracy"]) {
        const line = lines().find((l) => l.method === `my ${optimizer}` && l.quantity === quantity && l.at === "end");
        expect(line.values).toEqual(summaries.map((summary) => summary[quantity]));
      }
    }
    expect(lines().some((line) => line.at?.backprops === 20)).toBe(true);
  });

  test("prints tables for people", async () => {
    const { out } = await quadric("compare", folder, "--baseline", "my adam");
    for (const words of ["ratio to my adam", "my tr-euclidean", "median backprops", "95 % intervals"])
      expect(out).toContain(words);
  });

  test("names the methods it found when asked for another", async () => {
    const { code, err } = await quadric("compare", folder, "--baseline", "sgd");
    expect([code, err]).toEqual([2, 'quadric: --baseline: must be one of my adam, my tr-euclidean, got "sgd".\n']);
  });
});
