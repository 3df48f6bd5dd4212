import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "quadric/data";
import { beforeAll, describe, expect, test } from "vitest";
import { type Answer, quadric, temporaryFolder, writeCsv } from "./command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));

describe("quadric train --data digits --json", () => {
  let answer: Answer;
  beforeAll(async () => {
    answer = await quadric(
      "train",
      "--data",
      "digits",
      "--steps",
      "100",
      "--seed",
      "3",
      "--out",
      at("digits"),
      "--json",
    );
  });

  test("classifies 95 % of the test digits", () => {
    expect(answer.code).toBe(0);
    expect(answer.lines().at(-1).testAccuracy).toBeGreaterThanOrEqual(0.95);
  });

  test("prints a step a line and last the result, and nothing else", () => {
    const lines = answer.lines();
    expect(answer.err).toBe("");
    expect(lines.length).toBe(101);
    const counts = ["values", "gradients", "hvps", "ggnvps", "examples", "backprops"];
    lines.slice(0, -1).forEach((line, i) => {
      expect(line).toMatchObject({ type: "step", step: i + 1, accepted: expect.any(Boolean) });
      for (const key of ["loss", "gradientNorm", "radius", "ratio", "products"]) expect(line[key]).toBeTypeOf("number");
      expect(Object.keys(line.counts).sort()).toEqual([...counts].sort());
    });
    const result = lines.at(-1);
    expect(result).toMatchObject({ type: "result", status: "max-iterations", steps: 100 });
    for (const key of ["trainLoss", "testLoss", "testAccuracy", "seconds"]) expect(result[key]).toBeTypeOf("number");
    expect(result.counts).toEqual(lines.at(-2).counts);
  });

  test("leaves a folder that says what ran, how, and what came out", () => {
    const names = ["checkpoints", "metrics.jsonl", "parameters.safetensors", "run.json", "summary.json"];
    expect(readdirSync(at("digits")).sort()).toEqual(names);
    const run = readJson(join(at("digits"), "run.json"));
    expect(run).toMatchObject({
      format: 2,
      config: { data: "digits", model: "mlp:64-64-10", loss: "cross-entropy", batchSize: 512, seed: 3, steps: 100 },
      versions: { quadric: "0.1.0", node: process.versions.node },
      machine: { platform: `${process.platform}-${process.arch}` },
    });
    expect(run.optimizer).toMatchObject({ norm: "rmsprop" });
    expect(readJson(join(at("digits"), "summary.json"))).toEqual({
      ...answer.lines().at(-1),
      run: expect.any(String),
      sha256: expect.any(String),
    });
    const metrics = readFileSync(join(at("digits"), "metrics.jsonl"), "utf8");
    expect(answer.out.startsWith(metrics)).toBe(true);
    const { tensors } = readSafetensors(readFileSync(join(at("digits"), "parameters.safetensors")));
    expect([...tensors].map(([name, { shape }]) => [name, shape]).sort()).toEqual([
      ["0.bias", [64]],
      ["0.weight", [64, 64]],
      ["1.bias", [10]],
      ["1.weight", [64, 10]],
    ]);
  });

  test("evaluates at the backprops asked for, at no cost to the run", async () => {
    const flags = ["train", "--steps", "30", "--seed", "3", "--json"];
    const plain = (await quadric(...flags, "--out", at("unwatched"))).lines();
    const watched = (await quadric(...flags, "--evaluate-every", "10", "--out", at("watched"))).lines();
    const withoutTime = (line: object) => ({ ...line, seconds: 0, evaluation: undefined });
    expect(watched.map(withoutTime)).toEqual(plain.map(withoutTime));
    const steps = watched.slice(0, -1);
    const tens = steps.map(({ counts }) => Math.floor(counts.backprops / 10));
    expect(steps.map((line) => "evaluation" in line)).toEqual(tens.map((ten, i) => ten > (tens[i - 1] ?? 0)));
    const { trainLoss, testLoss, testAccuracy } = watched.at(-1);
    const last = steps.at(-1);
    if (last.evaluation) expect(last.evaluation).toEqual({ trainLoss, testLoss, testAccuracy });
  });

  test("is what evaluate finds again", async () => {
    const { code, lines } = await quadric("evaluate", at("digits"), "--json");
    const { testLoss, testAccuracy } = answer.lines().at(-1);
    expect(code).toBe(0);
    expect(lines()).toEqual([
      { type: "evaluation", data: "digits", examples: 360, loss: testLoss, accuracy: testAccuracy },
    ]);
  });

  test("predicts the digits of a file", async () => {
    const images = new URL("../data/digits/t10k-images-idx3-ubyte.gz", import.meta.url).pathname;
    const { code, out } = await quadric("predict", at("digits"), images);
    expect(code).toBe(0);
    const [header, ...rows] = out.trimEnd().split("\n");
    expect(header).toBe("class,probability");
    expect(rows.length).toBe(360);
    for (const row of rows) expect(row).toMatch(/^[0-9],[01]\.\d{4}$/);
  });

  test("gives the same numbers for the same seed", async () => {
    const again = await quadric("train", "--steps", "100", "--seed", "3", "--out", at("again"), "--json");
    const bytes = (run: string) => readFileSync(join(at(run), "parameters.safetensors"));
    expect(bytes("again").equals(bytes("digits"))).toBe(true);
    expect(again.lines().map(({ loss }) => loss)).toEqual(answer.lines().map(({ loss }) => loss));
  });
});

describe("quadric train", () => {
  test.each(["tr-adagrad", "tr-adam", "tr-euclidean", "sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw"])(
    "trains with %s",
    async (optimizer) => {
      const answer = await quadric(
        "train",
        "--optimizer",
        optimizer,
        "--steps",
        "20",
        "--out",
        at(optimizer),
        "--json",
      );
      expect(answer.code).toBe(0);
      const [first, last] = [answer.lines()[0], answer.lines().at(-1)];
      expect(last.trainLoss).toBeLessThan(first.loss);
    },
  );

  test("trains by each loss and reports accuracy where there are classes", async () => {
    const csv = writeCsv(at("points.csv"));
    const result = async (name: string, ...args: string[]) => {
      const answer = await quadric("train", "--data", csv, "--steps", "60", "--out", at(name), "--json", ...args);
      expect(answer.err).toBe("");
      return answer.lines().at(-1);
    };
    expect((await result("ce")).testAccuracy).toBe(1);
    expect((await result("bce", "--loss", "bce", "--model", "mlp:2-8-1")).testAccuracy).toBe(1);
    expect((await result("mse2", "--loss", "mse", "--model", "mlp:2-8-2")).testAccuracy).toBe(1);
    const regression = await result("mse1", "--target", "y");
    expect(regression.testAccuracy).toBeNull();
    expect(regression.testLoss).toBeLessThan(0.1);
  });

  test("predicts numbers from a CSV file of features", async () => {
    const file = writeCsv(at("features.csv"), (lines) =>
      lines.map((line) => line.split(",").toSpliced(1, 1).reverse().join(",")),
    );
    const { out, code } = await quadric("predict", at("mse1"), file, "--json");
    expect(code).toBe(0);
    const predictions = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(predictions.length).toBe(20);
    predictions.forEach(({ example, value }, i) => {
      expect(example).toBe(i);
      // y of writeCsv, learnt from 16 noiseless examples: the loss above is a tenth of its variance.
      expect(Math.abs(value - Math.sin(i) - (i % 2 ? 0.5 : -0.5))).toBeLessThan(0.6);
    });
  });

  test("evaluates on all of a file that it was not trained on", async () => {
    const other = writeCsv(at("other.csv"));
    const { lines } = await quadric("evaluate", at("ce"), "--data", other, "--json");
    expect(lines()[0]).toMatchObject({ data: other, examples: 20, accuracy: 1 });
  });

  test.each([
    ["--curvature", "gauss-newton"],
    ["--subproblem", "gltr"],
    ["--ratio-batch", "independent"],
  ])("trains with %s %s", async (flag, value) => {
    const out = at(`${flag}-${value}`);
    const { code, lines } = await quadric(
      "train",
      "--optimizer",
      "trust-region",
      flag,
      value,
      "--steps",
      "20",
      "--out",
      out,
      "--json",
    );
    expect(code).toBe(0);
    expect(lines().at(-1).trainLoss).toBeLessThan(1);
  });

  test("takes the paper's settings by name, each replaceable", async () => {
    const args = ["--preset", "fashion-mnist-mlp", "--optimizer", "tr-adagrad", "--steps", "2", "--max-products", "3"];
    const { code } = await quadric("train", ...args, "--out", at("preset"));
    expect(code).toBe(0);
    expect(readJson(join(at("preset"), "run.json")).optimizer).toMatchObject({
      norm: "adagrad",
      radius: { shrink: 1.5 },
      policy: { keepBatchOnReject: false },
      subproblem: { maxProducts: 3 },
    });
  });

  test.each([
    ["0", undefined],
    ["2", 2],
  ])("with --warm-start %s, warms up for %s epochs", async (epochs, expected) => {
    const args = [
      "--optimizer",
      "tr-rmsprop",
      "--preset",
      "mnist-convnet",
      "--warm-start",
      epochs,
      "--steps",
      "1",
      "--batch-size",
      "64",
    ];
    const { code } = await quadric("train", ...args, "--out", at(`warm-${epochs}`));
    expect(code).toBe(0);
    expect(readJson(join(at(`warm-${epochs}`), "run.json")).optimizer.warmStart?.epochs).toBe(expected);
  });

  test("stops at a budget of backprops, to within a step", async () => {
    const { lines } = await quadric("train", "--budget-backprops", "40", "--out", at("budget"), "--json");
    const { status, counts } = lines().at(-1);
    expect(status).toBe("budget-spent");
    expect(counts.backprops).toBeGreaterThanOrEqual(40);
    expect(lines().at(-3).counts.backprops).toBeLessThan(40);
  });

  test("runs the same on every backend", async () => {
    const result = async (backend: string) => {
      const args = ["--backend", backend, "--steps", "5", "--model", "mlp:64-8-10", "--out", at(backend), "--json"];
      return (await quadric("train", ...args)).lines().at(-1);
    };
    const [onnx, wasm, jax] = [await result("onnx"), await result("wasm"), await result("jax")];
    // float32 on both sides, five steps apart.
    for (const other of [wasm, jax]) {
      expect(other.trainLoss).toBeCloseTo(onnx.trainLoss, 3);
      expect(other.counts).toEqual(onnx.counts);
    }
  });

  test("exits with 1 and keeps finite parameters when the loss overflows", async () => {
    const csv = writeCsv(at("points-too-fast.csv"));
    // One network; a committee has its linear fits to return to.
    const task = ["--data", csv, "--model", "mlp:2-8-1", "--loss", "mse", "--target", "0", "--steps", "50"];
    const flags = ["--optimizer", "sgd", "--lr", "1e30", "--out", at("overflow"), "--json"];
    const { code, lines } = await quadric("train", ...task, ...flags);
    expect(lines().at(-1).status).toBe("nonfinite");
    expect(code).toBe(1);
    const { tensors } = readSafetensors(readFileSync(join(at("overflow"), "parameters.safetensors")));
    for (const { data } of tensors.values()) expect(data.every(Number.isFinite)).toBe(true);
  });

  test("prints plain lines and a closing table off a terminal", async () => {
    const { out } = await quadric("train", "--steps", "10", "--out", at("plain"));
    const lines = out.trimEnd().split("\n");
    expect(lines[0]).toBe(
      "tr-rmsprop on digits: mlp:64-64-10, 4810 parameters (mini-batches of 36 % of the data, 4810 parameters: " +
        "losses are nearly exact, a solved model pays)",
    );
    expect(lines[1]).toMatch(/^step 1 {2}loss \d/);
    expect(out).toContain("test accuracy");
    expect(out).not.toContain("\r");
    expect(lines.at(-2)).toBe(`run folder: ${at("plain")}`);
    expect(lines.at(-1)).toContain(`next: quadric report ${at("plain")}`);
    expect(existsSync(join(at("plain"), "lock"))).toBe(false);
  });
});
