import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { quadric, temporaryFolder } from "../../command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

/** Random numbers of a fixed sequence: uniform in (0, 1), and normal. */
function random(seed: number) {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()) };
}

function write(name: string, header: string, rows: readonly (readonly (string | number)[])[]): string {
  writeFileSync(at(name), `${[header, ...rows.map((row) => row.join(","))].join("\n")}\n`);
  return at(name);
}

async function trained(name: string, csv: string, ...flags: string[]) {
  const { code, err, lines } = await quadric("train", "--data", csv, "--out", at(name), "--json", ...flags);
  expect(err).toBe("");
  const summary = lines().at(-1);
  return { code, summary, ...summary.table };
}

const nine = [5, 2, 9, 1, 7, 3, 8, 4, 6];

describe("nine rows", () => {
  test.each([
    ["price = 100·x", (x: number) => 100 * x],
    ["price = 1e8·x + 0.5", (x: number) => 1e8 * x + 0.5],
    ["price = 1e-5·x", (x: number) => 1e-5 * x],
    ["visits = 2·x, which are numbers", (x: number) => 2 * x],
  ])("%s is learnt, whatever its scale", async (name, price) => {
    const csv = write(
      `${nine.indexOf(1)}.csv`,
      "x,price",
      nine.map((x) => [x, price(x)]),
    );
    const { code, test, heldOut } = await trained(name.replace(/\W/g, ""), csv, "--cv", "2", "--steps", "20");
    expect(code).toBe(0);
    // Against the range of the prices; extremes held out are shrunk a little by the penalty.
    expect(test.network.rmse / (price(9) - price(1))).toBeLessThan(0.15);
    expect(test.rows + heldOut.rows).toBe(9);
  });

  test("a label x > 5 is learnt, and a good fit exits with 0", async () => {
    const csv = write(
      "label.csv",
      "x,label",
      nine.map((x) => [x, x > 5 ? "high" : "low"]),
    );
    const { code, classes, test } = await trained("label", csv, "--cv", "3", "--steps", "20");
    expect(code).toBe(0);
    expect(classes).toEqual(["high", "low"]);
    expect(test.network.accuracy).toBe(1);
  });

  test("each row is told to be of a fold or of the test, with what was predicted while it was held out", () => {
    const lines = readFileSync(join(at("label"), "rows.csv"), "utf8")
      .trimEnd()
      .split("\n");
    expect(lines[0]).toBe("row,part,target,prediction");
    expect(lines.slice(1).map((line) => Number(line.split(",")[0]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const parts = lines.slice(1).map((line) => line.split(",")[1]);
    expect(parts.filter((part) => part === "test").length).toBe(2);
    expect(parts.every((part) => /^(test|fold [1-5])$/.test(part))).toBe(true);
  });

  test("noise is not learnt by heart: the error of held-out rows stays near that of a line", async () => {
    const y = [2.9, 1.2, 4.1, 2.2, 6.4, 4.1, 8.3, 6.2, 7.6];
    const csv = write(
      "zigzag.csv",
      "x,y",
      y.map((value, i) => [i + 1, value]),
    );
    const { heldOut } = await trained("zigzag", csv, "--cv", "3");
    expect(heldOut.network.rmse).toBeLessThanOrEqual(1.05 * heldOut.linear.rmse);
  });
});

describe("houses: 1500·area + 9000·rooms − 300·age + noise of 8000", () => {
  const { uniform, normal } = random(7);
  const rows = Array.from({ length: 240 }, () => {
    const [area, rooms, age] = [40 + 160 * uniform(), 1 + Math.floor(6 * uniform()), Math.floor(80 * uniform())];
    return [area.toFixed(1), rooms, age, Math.round(1500 * area + 9000 * rooms - 300 * age + 8000 * normal())];
  });

  let told: Awaited<ReturnType<typeof quadric>>;
  beforeAll(async () => {
    told = await quadric("train", "--data", write("houses.csv", "area,rooms,age,price", rows), "--out", at("houses"));
  });

  test("are priced to the noise, and the ways to say so agree", () => {
    const summary = JSON.parse(readFileSync(join(folder, "houses/summary.json"), "utf8"));
    const { test, importances, dependences } = summary.table;
    expect(test.network.rmse).toBeLessThan(8000 * 1.2);
    expect(test.network.rmse).toBeLessThan(1.05 * test.linear.rmse);
    expect(test.network.r2).toBeGreaterThan(0.97);
    expect(summary.testAccuracy).toBeNull();
    expect(importances[0].column).toBe("area");
    expect(dependences.map(({ column }: { column: string }) => column)).toEqual(
      importances.map(({ column }: { column: string }) => column),
    );
    const [{ at, predictions }] = dependences;
    const slope = (predictions[0].at(-1) - predictions[0][0]) / (at.at(-1) - at[0]);
    // The price of a square metre, from the partial dependence.
    expect(Math.abs(slope / 1500 - 1)).toBeLessThan(0.1);
  });

  test("in plain words: what is to beat, how much better it is, and what to do next", () => {
    const { out, code } = told;
    expect(code).toBe(0);
    expect(out).toMatch(
      /to beat, on rows held out \(5 parts\): RMSE \d+(\.\d+)?(e\+4)? of ridge regression, .* of the mean/,
    );
    expect(out).toMatch(/Chosen by evidence: .*held-out/);
    expect(out).toMatch(/Intervals of 90.0 % hold \d+\.\d % of these rows; deviation of the noise /);
    expect(out).toMatch(/48 rows that nothing was trained on +RMSE +MAE +R²/);
    expect(out).toMatch(/mean of 5 networks|ridge regression/);
    expect(out).toMatch(/Cross-validated on the 192 training rows/);
    expect(out).toMatch(/next: quadric report/);
    expect(out).not.toContain("max-iterations");
  });
});

test("y = 3a − 2b + noise of variance 0.09: the test error is that of the noise", async () => {
  const { normal } = random(3);
  const rows = Array.from({ length: 200 }, () => {
    const [a, b] = [normal(), normal()];
    return [a, b, 3 * a - 2 * b + 0.3 * normal()];
  });
  const { test } = await trained("plane", write("plane.csv", "a,b,y", rows), "--cv", "2");
  expect(test.network.rmse).toBeLessThan(0.36);
});

test("60 noisy points of 3·exp(−0.7x) + 0.5: exit code 0 and the curve, for two seeds", async () => {
  const { normal } = random(11);
  const rows = Array.from({ length: 60 }, (_, i) => [i / 10, 3 * Math.exp(-0.07 * i) + 0.5 + 0.05 * normal()]);
  const csv = write("decay.csv", "x,y", rows);
  for (const seed of ["0", "1"]) {
    const { code, test } = await trained(`decay-${seed}`, csv, "--seed", seed, "--cv", "3");
    expect(code).toBe(0);
    expect(test.network.rmse).toBeLessThan(0.1);
    expect(test.network.rmse).toBeLessThan(test.linear.rmse / 2);
  }
});

describe("losses", () => {
  const { uniform, normal } = random(5);
  const rows = Array.from({ length: 120 }, (_, i) => {
    const x = 2 * uniform();
    const outlier = i % 12 === 0 ? 40 : 0;
    return [x.toFixed(3), (Math.exp(x) * (1 + 0.1 * normal()) + outlier).toFixed(3)];
  });

  test.each(["absolute", "huber", "quantile", "poisson", "gamma"])("--loss %s trains", async (loss) => {
    const csv = write(`${loss}.csv`, "x,y", rows);
    const { code, test, summary } = await trained(loss, csv, "--loss", loss, "--cv", "2", "--steps", "30");
    expect(code).toBe(0);
    expect(Number.isFinite(summary.testLoss)).toBe(true);
    if (loss === "absolute" || loss === "quantile") {
      // The median does not see one row in twelve that is 40 too high; the mean is 3.3 above.
      const csv = write(`${loss}-new.csv`, "x", [[1]]);
      const { out } = await quadric("predict", at(loss), csv);
      expect(Math.abs(Number(out.split("\n")[1]) - Math.E)).toBeLessThan(0.5);
      expect(test.network.mae).toBeLessThan(8);
    }
  });

  test("a quantile of 0.9 lies above nine tenths of the targets", async () => {
    const csv = write("q.csv", "x,y", rows);
    await trained("q", csv, "--loss", "quantile", "--quantile", "0.9", "--cv", "2");
    const said = readFileSync(join(at("q"), "rows.csv"), "utf8")
      .trimEnd()
      .split("\n")
      .slice(1);
    const above = said.filter((line) => Number(line.split(",")[3]) > Number(line.split(",")[2])).length / said.length;
    expect(above).toBeGreaterThan(0.8);
    expect(above).toBeLessThan(0.97);
  });

  test("counts below 0 are refused for --loss poisson, in one line", async () => {
    const csv = write("negative.csv", "x,y", [...rows, [1, -3]]);
    const { code, err } = await quadric("train", "--data", csv, "--loss", "poisson", "--out", at("negative"));
    expect(code).toBe(2);
    expect(err).toContain("--loss poisson: each target must be ≥ 0, got -3.");
  });
});

test("weights of rows: those of weight 0 are not learnt from", async () => {
  const { uniform } = random(2);
  const rows = Array.from({ length: 80 }, (_, i) => {
    const x = uniform();
    return i % 2 ? [x, 2 * x, 1] : [x, 50 - x, 0];
  });
  const csv = write("weighted.csv", "x,y,w", rows);
  await trained("weighted", csv, "--weights", "w", "--target", "y", "--cv", "2");
  const { out } = await quadric("predict", at("weighted"), write("weighted-new.csv", "x", [[0.5]]));
  expect(Math.abs(Number.parseFloat(out.split("\n")[1]) - 1)).toBeLessThan(0.3);
});

test("balanced classes: the rare one is found more often, and its weight said so", async () => {
  const { normal } = random(9);
  const rows = Array.from({ length: 300 }, (_, i) => [
    normal() + (i % 10 === 0 ? 1.5 : 0),
    i % 10 === 0 ? "rare" : "common",
  ]);
  const csv = write("rare.csv", "x,label", rows);
  const plain = await trained("rare", csv, "--cv", "2");
  const even = await trained("rare-even", csv, "--cv", "2", "--class-weights", "balanced");
  expect(even.test.network.balancedAccuracy).toBeGreaterThan(plain.test.network.balancedAccuracy + 0.1);
});

test("--test-data judges on a table of its own, --cv and --ensemble say how many networks and parts", async () => {
  const { normal } = random(4);
  const rows = Array.from({ length: 60 }, () => {
    const x = normal();
    return [x, 2 * x + 0.1 * normal()];
  });
  const [train, other] = [write("own.csv", "x,y", rows.slice(0, 40)), write("other.csv", "x,y", rows.slice(40))];
  const flags = ["--test-data", other, "--cv", "4", "--ensemble", "2"];
  const { test, heldOut, networks, folds } = await trained("own", train, ...flags);
  expect({ networks, folds, test: test.rows, heldOut: heldOut.rows }).toEqual({
    networks: 2,
    folds: 4,
    test: 20,
    heldOut: 20,
  });
});

test("--test-fraction 0 trains on every row, and the rows held out from each network judge", async () => {
  const { normal } = random(5);
  const rows = Array.from({ length: 40 }, () => {
    const x = normal();
    return [x, x > 0 ? "up" : "down"];
  });
  const csv = write("all.csv", "x,way", rows);
  const { code, summary, test, heldOut, confusion } = await trained("all", csv, "--test-fraction", "0", "--cv", "2");
  expect({ code, test, rows: heldOut.rows }).toEqual({ code: 0, test: undefined, rows: 40 });
  expect("testLoss" in summary).toBe(false);
  expect(confusion.flat().reduce((sum: number, count: number) => sum + count, 0)).toBe(40);
  expect(readFileSync(join(at("all"), "rows.csv"), "utf8")).not.toContain("test,");
  const told = await quadric("train", "--data", csv, "--out", at("words"), "--test-fraction", "0", "--cv", "2");
  expect(told.out).toMatch(/40 rows, each by what was not trained on it +accuracy/);
  expect(told.out).toContain("No rows were kept for testing. Between the 2 parts the log loss differs by");
  await quadric("report", at("all"));
  const page = readFileSync(join(at("all"), "report.html"), "utf8");
  expect(page).toContain("On the training rows, since none were kept for testing");
  expect(page).not.toContain("not finite");
  const { err } = await quadric("evaluate", at("all"));
  expect(err).toContain("must have kept rows for testing, got --test-fraction 0. Name others with --data.");
});

test("--decay search keeps the penalty with the least held-out error, and tells those of all", async () => {
  const { normal } = random(7);
  // Four rows for each of five columns of noise: the strongest penalty does best.
  const rows = Array.from({ length: 24 }, () => [normal(), normal(), normal(), normal(), normal(), normal()]);
  const csv = write("noise.csv", "a,b,c,d,e,y", rows);
  const flags = ["--decay", "search", "--cv", "2", "--steps", "15"];
  const { summary, decays, networks, heldOut, keepsLinear } = await trained("search", csv, ...flags);
  const errors = decays.map(({ error }: { error: number }) => error);
  expect(decays.map(({ decay }: { decay: number }) => decay)).toEqual([0.3, 0.03, 3]);
  expect(networks).toBe(2);
  if (!keepsLinear) expect(heldOut.network.rmse).toBe(Math.min(...errors));
  const [lines, last] = [
    readFileSync(join(at("search"), "metrics.jsonl"), "utf8")
      .trimEnd()
      .split("\n"),
    summary.steps,
  ];
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ network: 5, step: last });
  const told = await quadric("train", "--data", csv, "--out", at("decays"), ...flags);
  expect(told.out).toMatch(/Decay (0.3|0.03|3) was kept: held-out RMSE \S+, \S+ with \S+, \S+ with \S+\./);
  const { err } = await quadric("train", "--data", csv, "--out", at("both"), "--decay", "search", "--l2", "1");
  expect(err).toContain("--decay search: must be of a table with networks held out, without --l2 or --penalty.");
});

test("the test loss does not contain the penalty", async () => {
  const { normal } = random(8);
  const csv = write(
    "penalty.csv",
    "x,y",
    Array.from({ length: 50 }, () => {
      const x = normal();
      return [x, x + 0.1 * normal()];
    }),
  );
  const run = async (name: string, ...flags: string[]) =>
    (await quadric("train", "--data", csv, "--model", "mlp:1-1", "--out", at(name), "--json", ...flags)).lines().at(-1);
  // With λ = 1 and one weight the mean squared error is that of half the slope, on the standardised scale: about ¼.
  const { testLoss } = await run("penalised", "--l2", "2");
  const { out } = await quadric("evaluate", at("penalised"), "--json");
  expect(JSON.parse(out).loss).toBeCloseTo(testLoss, 6);
  expect(testLoss).toBeLessThan(0.5);
});

test("a run killed between networks goes on with the next, and ends with the same bits", async () => {
  const { normal } = random(6);
  const rows = Array.from({ length: 40 }, () => {
    const x = normal();
    return [x, Math.sin(2 * x)];
  });
  const csv = write("sine.csv", "x,y", rows);
  await trained("whole", csv, "--steps", "20", "--cv", "3");
  const bytes = (name: string) => readFileSync(join(at("whole"), name));
  const before = bytes("parameters.safetensors");
  // Counts and epochs count on from one network to the next; seconds are a clock's.
  const lines = () =>
    bytes("metrics.jsonl")
      .toString()
      .replaceAll(/"seconds":[^,]+/g, "");
  const linesBefore = lines();
  for (const name of ["summary.json", "parameters.safetensors", "networks/1.safetensors", "networks/2.safetensors"]) {
    rmSync(join(at("whole"), name));
  }
  const { code, err } = await quadric("resume", at("whole"), "--json");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(bytes("parameters.safetensors").equals(before)).toBe(true);
  expect(lines()).toBe(linesBefore);
});
