import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import type { StepEvent, Tensor } from "../../src/index.ts";
import { runInWorker } from "../../src/web.ts";
import { digits, type Summary, summary } from "./digits.ts";
import type { WorkerSettings } from "./digits.worker.ts";
import { readDigits } from "./read-digits.ts";

type Result = Summary & {
  readonly params: readonly { readonly weight: Tensor; readonly bias: Tensor }[];
  readonly parameters: Float32Array;
  readonly status: string;
};

const worker = new Worker(new URL("./digits.worker.ts", import.meta.url), { type: "module" });
const train = (settings: WorkerSettings, options?: Parameters<typeof runInWorker>[2]) =>
  runInWorker<Result>(worker, settings, options);

describe("runInWorker()", () => {
  test("gives the run of the page itself, its jax arrays as tensors", async () => {
    const run = await train({});
    expect({ ...summary((await digits(readDigits)).history) }).toEqual({
      decisions: run.decisions,
      losses: run.losses,
      radii: run.radii,
    });
    expect(run.params[0].weight.shape).toEqual([64, 24]);
    expect(run.params[0].weight.data).toEqual(run.parameters.subarray(0, 64 * 24));
  });

  test("calls back after every step and waits for the answer", async () => {
    const steps: number[] = [];
    let waiting = 0;
    await train(
      { steps: 5 },
      {
        callback: async ({ step }: StepEvent) => {
          expect(++waiting).toBe(1);
          await new Promise((resolve) => setTimeout(resolve, 20));
          waiting--;
          steps.push(step);
        },
      },
    );
    expect(steps).toEqual([1, 2, 3, 4, 5]);
  });

  test('"stop" ends the run', async () => {
    const { status, losses } = await train(
      {},
      { callback: ({ step }: StepEvent) => (step === 3 ? "stop" : undefined) },
    );
    expect(status).toBe("stopped");
    expect(losses).toHaveLength(3);
  });

  test("an abort reaches a run that computes without a pause", async () => {
    const controller = new AbortController();
    const run = train({ method: "adam", steps: 1e6, batchSize: 8 }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 500);
    const { status, losses } = await run;
    expect(status).toBe("stopped");
    expect(losses.length).toBeLessThan(1e6);
  });

  test("a signal that was aborted before allows no step", async () => {
    expect(await train({}, { signal: AbortSignal.abort() })).toMatchObject({ status: "stopped", losses: [] });
  });

  test("what the worker throws, it throws", async () => {
    await expect(train({ fails: true })).rejects.toThrow("no such digits");
    await expect(train({ fails: true })).rejects.toMatchObject({ name: "RangeError" });
  });

  test("what the callback throws, it throws, and the worker serves on", async () => {
    const callback = () => {
      throw new Error("no more paper");
    };
    await expect(train({}, { callback })).rejects.toThrow("no more paper");
    expect((await train({ steps: 1 })).losses).toHaveLength(1);
  });

  test("a worker whose module does not load is an error", async () => {
    const missing = new Worker(URL.createObjectURL(new Blob(["import 'nowhere';"], { type: "text/javascript" })), {
      type: "module",
    });
    await expect(runInWorker(missing, {})).rejects.toThrow("runInWorker: the worker's module must load and run.");
  });

  test("ONNX Runtime computes on two threads", async () => {
    const [one, two] = [await train({ threads: 2, steps: 5 }), await train({ steps: 5 })];
    expect(two.losses).toBeAllclose(one.losses, { relative: 1e-5 }); // engines round differently
    await expect(train({ threads: 1 })).rejects.toThrow("onnx: threads must be 2, as in the first onnx() here, got 1.");
  });
});
