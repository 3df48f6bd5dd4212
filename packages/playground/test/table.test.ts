import { expect, test } from "vitest";
import { tableTask } from "../src/engine/table.ts";

test("a column that is the same throughout becomes 0", () => {
  const lines = Array.from({ length: 100 }, (_, i) => `${i % 7},0.1,${i + 0.5}`);
  const { data } = tableTask(new TextEncoder().encode(`a,c,y\n${lines.join("\n")}\n`), 2, 0);
  const { x } = data as unknown as { x: { data: Float32Array } };
  expect(x.data.filter((_, k) => k % 2 === 1).every((value) => value === 0)).toBe(true);
  expect(Math.hypot(...x.data.filter((_, k) => k % 2 === 0)) / Math.sqrt(80)).toBeCloseTo(1, 5);
});
