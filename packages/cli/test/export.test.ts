import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { quadric, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();

function table(name: string, rows: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${rows.join("\n")}\n`);
  return path;
}

/** Columns as the file takes them: numbers as double, words as string. */
function feeds(rows: readonly string[]): Record<string, Tensor> {
  const [header, ...lines] = rows.map((row) => row.split(","));
  return Object.fromEntries(
    header.map((name, j) => {
      const cells = lines.map((line) => line[j]);
      const isNumber = cells.every((cell) => cell === "" || !Number.isNaN(Number(cell)));
      const numbers = Float64Array.from(cells, (cell) => (cell === "" ? Number.NaN : Number(cell)));
      return [
        name,
        new Tensor(isNumber ? "float64" : "string", (isNumber ? numbers : cells) as string[], [cells.length, 1]),
      ];
    }),
  );
}

test("quadric export writes what quadric predict computes, from columns as they are in the data", async () => {
  const towns = ["Bern", "Köln", "", "Graz"];
  // Prices near 1e40, far beyond float32, a constant column, and missing numbers and words.
  const rows = ["size,town,flat,price"].concat(
    Array.from({ length: 60 }, (_, i) => {
      const price = (3 * i - 20 * (i % 4) + 7) * 1e38;
      return `${i % 7 === 3 ? "" : i * 1e12},${towns[i % 4]},0.1,${price}`;
    }),
  );
  const run = join(folder, "run");
  const prices = table("prices.csv", rows);
  await quadric("train", "--data", prices, "--target", "price", "--steps", "20", "--out", run);
  const answer = await quadric("export", run);
  expect(answer).toMatchObject({ code: 0, err: "" });
  expect(answer.out).toBe(
    `${join(run, "model.onnx")}: size double, town string, each [batch, 1]; output price, opset 21\n`,
  );

  const session = await InferenceSession.create(join(run, "model.onnx"));
  const { flat, price, ...columns } = feeds(rows);
  const outputs = await session.run(columns);
  const predicted = (await quadric("predict", run, prices)).out.trim().split("\n").slice(1).map(Number);
  expect(predicted.length).toBe(60);
  // Seven digits are printed.
  predicted.forEach((value, i) => {
    expect(Math.abs((outputs.price.data[i] as number) - value)).toBeLessThan(1e-5 * 1e40);
  });
});

test.each(["poisson", "gamma", "huber"])(
  "a file of --loss %s gives the numbers that quadric predict gives",
  async (loss) => {
    const rows = ["a,b,visits"].concat(
      Array.from({ length: 40 }, (_, i) => {
        const a = i / 20;
        return `${i % 9 === 4 ? "" : a},${["x", "y"][i % 2]},${Math.round(10 * Math.exp(a + (i % 2)) + (i % 3))}`;
      }),
    );
    const run = join(folder, loss);
    const visits = table(`${loss}.csv`, rows);
    await quadric("train", "--data", visits, "--loss", loss, "--ensemble", "2", "--steps", "10", "--out", run);
    expect(await quadric("export", run)).toMatchObject({ code: 0, err: "" });
    const session = await InferenceSession.create(join(run, "model.onnx"));
    const { visits: _, ...columns } = feeds(rows);
    const outputs = await session.run(columns);
    const { lines } = await quadric("predict", run, visits, "--json");
    expect(lines().length).toBe(40);
    lines().forEach(({ value }, i) => {
      expect(Math.abs((outputs.visits.data[i] as number) / value - 1)).toBeLessThan(1e-5);
    });
  },
);

test("a file of classes gives their names and probabilities, of words never met, too", async () => {
  const rows = ["a,b,kind"].concat(
    Array.from({ length: 40 }, (_, i) => `${Math.sin(i)},${["x", "y"][i % 2]},${Math.sin(i) > 0 ? "up" : "down"}`),
  );
  const run = join(folder, "classes");
  await quadric("train", "--data", table("kinds.csv", rows), "--steps", "15", "--out", run);
  await quadric("export", run);
  const others = ["a,b", "0.5,x", "-0.5,y", "0.3,z", ",x"];
  const session = await InferenceSession.create(join(run, "model.onnx"));
  const { kind, probabilities } = await session.run(feeds(others));
  const { lines } = await quadric("predict", run, table("others.csv", others), "--json");
  expect(kind.data).toEqual(lines().map((line) => line.class));
  expect(kind.data.slice(0, 2)).toEqual(["up", "down"]);
  lines().forEach(({ probabilities: p }, i) => {
    expect(probabilities.data[2 * i] as number).toBeCloseTo(p.down, 5);
    expect(probabilities.data[2 * i + 1] as number).toBeCloseTo(p.up, 5);
  });
});

test.each([
  [3, "mlp:1-4-3"],
  [2, "mlp:1-4-2"],
  [2, "mlp:1-4-1"],
])(
  "a file of --loss bce gives the probabilities of %i classes that quadric predict gives, by %s",
  async (count, model) => {
    const names = ["low", "mid", "top"].slice(0, count);
    const rows = ["x,kind", ...Array.from({ length: 30 }, (_, i) => `${i},${names[Math.floor((i * count) / 30)]}`)];
    const [run, file] = [join(folder, model), table(`${model}.csv`, rows)];
    await quadric("train", "--data", file, "--loss", "bce", "--model", model, "--steps", "12", "--out", run);
    expect(await quadric("export", run)).toMatchObject({ code: 0, err: "" });
    const session = await InferenceSession.create(join(run, "model.onnx"));
    const { kind: _, ...columns } = feeds(rows);
    const { kind, probabilities } = await session.run(columns);
    expect(probabilities.dims).toEqual([30, count]);
    const answers = (await quadric("predict", run, file, "--json")).lines();
    expect(kind.data).toEqual(answers.map((line) => line.class));
    answers.forEach(({ probabilities: p }, i) => {
      names.forEach((name, k) => {
        expect(probabilities.data[count * i + k] as number).toBeCloseTo(p[name], 5);
      });
    });
  },
);

test("a category of many levels is told, kept, and coded alike by predict, evaluate and the file", async () => {
  const towns = Array.from({ length: 130 }, (_, i) => (i === 7 ? "" : `town ${(i * i) % 131}`));
  const rows = ["town,size,price", ...towns.map((town, i) => `${town},${i % 9},${town.length * (i % 9) + (i % 2)}`)];
  const run = join(folder, "towns");
  const prices = table("towns.csv", rows);
  const trained = await quadric(
    "train",
    "--data",
    prices,
    "--column",
    "town=category",
    "--ensemble",
    "2",
    "--steps",
    "5",
    "--out",
    run,
  );
  expect(trained.out).toMatch(/town +category .* levels, coded by mean price/);
  // The training rows, coded again, have the fingerprint of the run.
  expect((await quadric("evaluate", run)).code).toBe(0);
  await quadric("export", run);
  const others = ["town,size", "town 4,3", "never met,3", ",3", "town 100,8"];
  const session = await InferenceSession.create(join(run, "model.onnx"));
  const { price } = await session.run(feeds(others));
  const { lines, err } = await quadric("predict", run, table("others.csv", others), "--json");
  expect(err).toContain('not in training: "never met"');
  const values: number[] = lines().map(({ value }) => value);
  values.forEach((value, i) => {
    expect((price.data[i] as number) / value).toBeCloseTo(1, 5);
  });
  expect(new Set(values.slice(0, 3)).size).toBe(3);
});

test("a network of images takes them as they are in the data", async () => {
  const run = join(folder, "digits");
  await quadric("train", "--steps", "2", "--model", "mlp:64-10", "--out", run);
  expect((await quadric("export", run)).out).toContain("input [batch, 64], output [batch, 10], opset 21");
  expect(readFileSync(join(run, "model.onnx")).length).toBeGreaterThan(1000);
});

test("quadric export refuses a file in no folder by its name", async () => {
  expect(await quadric("export", join(folder, "run"), "--out", join(folder, "none/x.onnx"))).toEqual(
    expect.objectContaining({
      code: 2,
      err: `quadric: --out: must be a file in a folder that exists, got ${join(folder, "none/x.onnx")}.\n`,
    }),
  );
});

test("quadric export refuses a folder that is no finished run", async () => {
  expect(await quadric("export", folder)).toMatchObject({ code: 2, out: "" });
});
