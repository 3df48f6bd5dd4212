/** The page's side of a run in a worker. */
import type { Call, PagePort } from "./channel.ts";

/** The part of a browser's Worker that is used. */
export interface WorkerLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: "error", listener: (event: { readonly message: string }) => void): void;
  removeEventListener(type: "error", listener: (event: { readonly message: string }) => void): void;
}

export interface WorkerRunOptions {
  /** Passed on to the run, which ends, as "stopped", after the step it is in. */
  readonly signal?: AbortSignal;
  /** Called with what the run reports; the run waits for its answer, or the promise of it. "stop" ends a `fit`. */
  readonly callback?: (value: never) => unknown;
  /** Memory in `settings` that moves to the worker instead of being copied. */
  readonly transfer?: readonly ArrayBuffer[];
}

/**
 * Runs what a worker's module serves, and leaves the page free meanwhile. A worker serves any number of runs.
 *
 * @param settings - what the served function gets: anything that can be cloned, so no functions.
 * @returns what the served function returns, with tensors `{ shape, data }` for jax arrays.
 * @throws what the served function or `callback` throws; Error if the worker's module fails.
 * @example
 * const worker = new Worker(new URL("./train.worker.js", import.meta.url), { type: "module" });
 * const options = { signal, callback: ({ loss }: StepEvent) => draw(loss) };
 * const { parameters } = await runInWorker<TrainResult>(worker, { steps: 100, seed: 1 }, options);
 */
export async function runInWorker<Result = unknown>(
  worker: WorkerLike,
  settings: unknown,
  { signal, callback, transfer = [] }: WorkerRunOptions = {},
): Promise<Result> {
  const { port1, port2 } = new MessageChannel();
  const port = port1 as unknown as PagePort;
  const abort = () => port.postMessage({ type: "abort" });
  let fail!: (event: { readonly message: string }) => void;
  const result = new Promise<Result>((resolve, reject) => {
    fail = ({ message }) => reject(new Error(`runInWorker: the worker's module must load and run. ${message}`));
    port.onmessage = async ({ data }) => {
      if (data.type === "result") return resolve(data.value as Result);
      if (data.type === "error") {
        const { name, message, stack } = data;
        return reject(Object.assign(new Error(message), { name, stack }));
      }
      try {
        port.postMessage({ type: "answer", id: data.id, answer: await callback?.(data.value as never) });
      } catch (cause) {
        // The run ends by itself; its result is of no interest any more.
        abort();
        port.postMessage({ type: "answer", id: data.id, answer: "stop" });
        reject(cause);
      }
    };
  });
  worker.addEventListener("error", fail);
  signal?.addEventListener("abort", abort);
  try {
    const call: Call = { quadric: "run", settings };
    worker.postMessage(call, [port2 as unknown as ArrayBuffer, ...transfer]);
    if (signal?.aborted) abort();
    return await result;
  } finally {
    worker.removeEventListener("error", fail);
    signal?.removeEventListener("abort", abort);
    port.close();
  }
}
