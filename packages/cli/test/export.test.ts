import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { quadric, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();

function table(name: string, header: string, rows: readonly number[][]): string {
  const path = join(folder, name);
  writeFileSync(path, `${[header, ...rows.map((row) => row.join(","))].join("\n")}\n`);
  return path;
}

test("quadric export writes what quadric predict computes, from features as they are in the data", async () => {
  const rows = Array.from({ length: 60 }, (_, i) => [i, 100 * Math.sin(i), 3 * i - 50 * Math.sin(i) + 7]);
  const run = join(folder, "run");
  const prices = table("prices.csv", "a,b,price", rows);
  const features = table(
    "features.csv",
    "a,b",
    rows.map((row) => row.slice(0, 2)),
  );
  await quadric("train", "--data", prices, "--steps", "20", "--out", run);
  const answer = await quadric("export", run);
  expect(answer).toMatchObject({ code: 0, err: "" });
  expect(answer.out).toBe(`${join(run, "model.onnx")}: input [batch, 2], output [batch, 1], opset 21\n`);

  const session = await InferenceSession.create(join(run, "model.onnx"));
  const input = new Tensor("float32", Float32Array.from(rows.flatMap((row) => row.slice(0, 2))), [60, 2]);
  const { output } = await session.run({ input });
  const predicted = (await quadric("predict", run, features)).out.trim().split("\n").slice(1).map(Number);
  expect(predicted.length).toBe(60);
  // Six digits are printed.
  predicted.forEach((value, i) => {
    expect(Math.abs((output.data[i] as number) - value)).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)));
  });
});

test("quadric export refuses a folder that is no finished run", async () => {
  expect(await quadric("export", folder)).toMatchObject({ code: 2, out: "" });
});
