/**
 * Experiments on curvature: condition numbers of quadratics, diagonal dominance of Hessians; small ones of both kinds.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { buildIfStale } from "../../../../cli/test/bin.ts";
import { quadric, temporaryFolder } from "../../../../cli/test/command.ts";
import { lab } from "../../command.ts";

const folder = temporaryFolder();

function define(name: string, definition: object): string {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify({ name, title: name, figure: "none", ...definition }));
  return path;
}

beforeAll(buildIfStale, 300_000);

describe("quadric-lab reproduce, of kind conditioning", () => {
  const definition = {
    kind: "conditioning",
    conditions: [1, 1e4],
    angles: [0, 45],
    size: 20,
    target: 1e-6,
    seeds: [1, 2, 3],
    budget: { backprops: 2000 },
  };

  test("adaptive norms are faster on quadratics along the axes, and slower on rotated ones", async () => {
    const path = define("conditioning", definition);
    const { code, lines } = await lab("reproduce", path, "--out", folder, "--json");
    expect(code).toBe(0);
    const of = (method: string, condition: number, angle: number) =>
      lines().find((line) => line.method === method && line.condition === condition && line.angle === angle);
    // With H = I one gradient and one product are Newton's step.
    expect(of("TR sphere", 1, 0).values).toEqual([2, 2, 2]);
    for (const method of ["TR Adagrad", "TR RMSProp"]) {
      expect(of(method, 1e4, 0).advantage).toBeGreaterThan(2);
      expect(of(method, 1e4, 45).advantage).toBeLessThan(1);
    }
    const { median, advantage } = of("TR Adagrad", 1e4, 0);
    expect(median * advantage).toBeCloseTo(of("TR sphere", 1e4, 0).median, 9);
    expect(readFileSync(join(folder, "conditioning/backprops-angle-45.svg"), "utf8")).toContain("<desc>");
  });

  test("says null of a target that the budget did not reach", async () => {
    const path = define("short", { ...definition, conditions: [1e4], budget: { backprops: 5 } });
    const { lines } = await lab("reproduce", path, "--out", folder, "--json");
    expect(lines().find(({ method }) => method === "TR sphere").values).toEqual([null, null, null]);
  });
});

describe("quadric-lab reproduce, of kind dominance", () => {
  const definition = {
    kind: "dominance",
    task: { data: "digits", model: "mlp:64-2-10" },
    methods: [{ label: "RMSProp", optimizer: "rmsprop", lr: 0.01 }],
    seeds: [1, 2],
    steps: 10,
  };

  test("agrees with the columns that quadric spectrum looks at, at the start, in the middle and at the end", async () => {
    const { code, lines } = await lab("reproduce", define("dominance", definition), "--out", folder, "--json");
    expect(code).toBe(0);
    const found = lines().filter(({ matrix, share }) => matrix === "Hessian" && share === "diagonal");
    expect(found.map(({ at, step }) => [at, step])).toEqual([
      ["start", 0],
      ["middle", 5],
      ["end", 10],
    ]);
    for (const [i, seed] of definition.seeds.entries()) {
      const flags = ["--checkpoints", "--columns", "1000", "--probes", "1", "--products", "2", "--json"];
      const spectrum = await quadric("spectrum", join(folder, "dominance/rmsprop", String(seed)), ...flags);
      // Sums of float32 entries of the same batch in another order of its examples.
      spectrum.lines().forEach(({ plain }, k) => {
        expect(found[k].values[i]).toBeCloseTo(plain.dominance, 4);
      });
    }
  });

  test("finds the diagonal of shuffled entries to hold about one part in d", async () => {
    const { lines } = await lab("reproduce", define("dominance", definition), "--out", folder, "--json");
    const [{ parameters }] = lines();
    expect(parameters).toBe(64 * 2 + 2 + 2 * 10 + 10);
    for (const { matrix, share, mean } of lines().slice(1)) {
      if (matrix === "Hessian" || share !== "diagonal") continue;
      expect(mean * parameters).toBeGreaterThan(0.5);
      expect(mean * parameters).toBeLessThan(2);
    }
  });

  test("refuses an odd number of steps, which has no middle", async () => {
    const { code, err } = await lab("reproduce", define("odd", { ...definition, steps: 11 }), "--out", folder);
    expect([code, err]).toEqual([2, expect.stringContaining("steps")]);
  });
});
