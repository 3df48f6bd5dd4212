import { afterAll, expect, test } from "vitest";
import type { StepEvent } from "../../src/index.ts";
import { runInWorker } from "../../src/web.ts";

const worker = new Worker(new URL("./residuals.worker.ts", import.meta.url), { type: "module" });
afterAll(() => worker.terminate());

test("explicit Gauss–Newton solves an equation in a worker", async () => {
  const losses: number[] = [];
  const result = await runInWorker<{ value: number; iterations: number; method: string }>(
    worker,
    { steps: 60 },
    {
      callback: ({ loss }: StepEvent) => {
        losses.push(loss);
      },
    },
  );
  expect(result.method).toBe("gauss-newton");
  expect(losses[0]).toBeGreaterThan(1);
  expect(result.value).toBeLessThan(1e-9);
  expect(result.iterations).toBe(losses.length);
});
