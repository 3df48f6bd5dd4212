/** `onnx()` on Node: ONNX Runtime's native engine. */
import type { Backend } from "../backend.ts";
import { type OnnxRuntime, onnxBackend } from "./backend.ts";

export interface OnnxOptions {
  /**
   * Threads inside one operator; integer ≥ 1. Defaults to 1, with which results do not depend on the machine's number of
   * cores.
   */
  readonly threads?: number;
}

async function load(): Promise<OnnxRuntime> {
  try {
    return (await import("onnxruntime-node")) as unknown as OnnxRuntime;
  } catch (cause) {
    throw new Error("onnx: onnxruntime-node must be installed. Run: npm install onnxruntime-node@1.30.0", { cause });
  }
}

/**
 * Compiles losses to ONNX and runs them natively.
 *
 * @throws {RangeError} if `threads` is not an integer ≥ 1.
 * @example
 * await fit(problem, data, { optimizer: trustRegion(), backend: onnx({ threads: 2 }), epochs: 10 });
 */
export function onnx({ threads = 1 }: OnnxOptions = {}): Backend {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`onnx: threads must be an integer >= 1, got ${threads}.`);
  }
  return onnxBackend(
    load,
    {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: "basic",
      // One block for all values of a run would be mapped anew each time: 2,800 page faults, 30 ms, for the autoencoder.
      enableMemPattern: false,
      logSeverityLevel: 3,
    },
    { threads, provider: "cpu" },
  );
}
