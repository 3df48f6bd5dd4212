import { readFileSync } from "node:fs";
import { join } from "node:path";
import { operators } from "quadric/analysis";
import { readSafetensors } from "quadric/data";
import { beforeAll, describe, expect, test } from "vitest";
import { symmetricEigen } from "../../quadric/src/linalg/symmetric-eigen.ts";
import { loadDataset } from "../src/data/datasets.ts";
import { densityText } from "../src/density-text.ts";
import { readRunRecord } from "../src/run-files.ts";
import { readSpectrum, type SpectrumFile, type SpectrumView } from "../src/spectrum.ts";
import { compileTask, makeTaskData } from "../src/task.ts";
import { type Answer, quadric, temporaryFolder, writeCsv } from "./command.ts";

const folder = temporaryFolder();
const run = join(folder, "run");

describe("quadric spectrum --checkpoints", () => {
  let answer: Answer;
  let file: SpectrumFile;
  beforeAll(async () => {
    const csv = writeCsv(join(folder, "points.csv"));
    const method = ["--optimizer", "tr-rmsprop"];
    const length = ["--steps", "6", "--checkpoint-every", "2", "--keep-checkpoints", "9"];
    await quadric("train", "--data", csv, "--model", "mlp:2-4-2", "--l2", "0.1", ...method, ...length, "--out", run);
    answer = await quadric("spectrum", run, "--checkpoints", "--json");
    file = readSpectrum(run)!;
  }, 120_000);

  test("looks at the start and at every checkpoint kept", () => {
    expect(answer.code).toBe(0);
    expect(file.points.map(({ step }) => step)).toEqual([0, 2, 4, 6]);
    expect(answer.lines()).toEqual(file.points.map((point) => ({ type: "spectrum", ...point })));
  });

  test("finds what the assembled matrix has, plain and in the norm of the checkpoint", async () => {
    const { tensors } = readSafetensors(readFileSync(join(run, "checkpoints", "step-00000006.safetensors")));
    const w = tensors.get("parameters")!.data as Float32Array;
    const v = tensors.get("optimizer.norm.v")!.data as Float64Array;
    const { config } = readRunRecord(run);
    const objective = await compileTask(config);
    const { batch } = makeTaskData(config, (await loadDataset(config)).train);
    const { curvature, dispose } = await objective.linearize(w, batch, "hessian");
    const matrix = await operators.assemble(curvature);
    dispose();
    objective.dispose();
    const d = w.length;
    const a = v.map((moment) => Math.sqrt(moment + 1e-10));
    const inNorm = matrix.map((x, k) => x / Math.sqrt(a[Math.floor(k / d)] * a[k % d]));

    const last = file.points.at(-1)!;
    expect(file.norm).toBe("rmsprop");
    for (const [view, of] of [
      [last.plain, matrix],
      [last.preconditioned!, inNorm],
    ] as const) {
      const { values } = symmetricEigen(of, d);
      const magnitudes = of.map(Math.abs);
      const all = magnitudes.reduce((sum, x) => sum + x, 0);
      const diagonal = magnitudes.filter((_, k) => k % (d + 1) === 0).reduce((sum, x) => sum + x, 0);
      // Products in float32: 1e-5 of the largest eigenvalue.
      const scale = Math.max(...values.map(Math.abs));
      expect(view.min! / scale).toBeCloseTo(values[0] / scale, 4);
      expect(view.max! / scale).toBeCloseTo(values[d - 1] / scale, 4);
      expect(view.dominance).toBeCloseTo(diagonal / all, 4);
      const trace = values.reduce((sum, x) => sum + x, 0);
      const estimated = d * view.nodes.reduce((sum, node, i) => sum + node * view.weights[i], 0);
      // Four random vectors, seeded: the spread of the estimate, not its rounding.
      expect(Math.abs(estimated - trace)).toBeLessThan(0.5 * Math.abs(trace) + 0.1 * scale);
    }
  });

  test("has a condition number exactly where the curvature is definite", () => {
    for (const { plain, preconditioned } of file.points) {
      for (const { min, max, condition } of [plain, preconditioned!]) {
        if (min! > 0) expect(condition).toBeCloseTo(max! / min!, 6);
        else expect(condition).toBeNull();
      }
    }
  });

  test("shows densities for people, the last checkpoint alone unless asked for all", async () => {
    const { out, code } = await quadric("spectrum", run, "--curvature", "gauss-newton");
    expect(code).toBe(0);
    expect(out).toMatch(/^after step 6: loss [\d.]+\ncurvature\n/);
    expect(out).toContain("curvature in the norm rmsprop\n");
    expect(out).toMatch(/█/);
    expect(readSpectrum(run)).toMatchObject({ settings: { curvature: "gauss-newton", examples: 16 } });
    expect(readSpectrum(run)!.points.length).toBe(1);
  });
});

test("densityText() gives each bin its share, bars growing with its logarithm", () => {
  const view = { nodes: [0, 0.1, 1], weights: [0.5, 0.499, 0.001] } as unknown as SpectrumView;
  expect(densityText(view, 2, 12)).toMatchInlineSnapshot(`
    "        0 to     0.500  ████████████  1.0
        0.500 to      1.00  ██████        0.0010"
  `);
});

test("quadric spectrum refuses a folder that is no run", async () => {
  const { code, err } = await quadric("spectrum", folder);
  expect(code).toBe(2);
  expect(err).toContain("run.json");
});
