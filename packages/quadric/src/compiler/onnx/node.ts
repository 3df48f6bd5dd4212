/** `onnx()` on Node: ONNX Runtime's native engine. */
import { requireInteger, requireOneOf } from "../../check.ts";
import type { Backend } from "../backend.ts";
import { type OnnxRuntime, onnxBackend } from "./backend.ts";

/** Where programs run. What a provider has no kernel for runs on the CPU. */
export type OnnxProvider = "cpu" | "webgpu" | "cuda";

export interface OnnxOptions {
  /**
   * Threads inside one operator; integer ≥ 1. Defaults to 1, with which results do not depend on the machine's number of
   * cores.
   */
  readonly threads?: number;
  /**
   * Defaults to "cpu". "webgpu" comes with onnxruntime-node and needs a graphics driver; "cuda" needs the libraries that its
   * install script fetches. float32 only pays there: float64 operators run on the CPU.
   */
  readonly provider?: OnnxProvider;
}

const remedies: Record<OnnxProvider, string> = {
  cpu: "",
  webgpu: "It needs a GPU and its driver; on Linux libvulkan1 too.",
  cuda: "It needs CUDA 12, cuDNN 9, and npm install onnxruntime-node --onnxruntime-node-install=cuda12.",
};

async function load(): Promise<OnnxRuntime> {
  try {
    return (await import("onnxruntime-node")) as unknown as OnnxRuntime;
  } catch (cause) {
    throw new Error("onnx: onnxruntime-node must be installed. Run: npm install onnxruntime-node@1.30.0", { cause });
  }
}

/** The runtime, saying what a provider lacks that cannot start. */
async function loadFor(provider: OnnxProvider): Promise<OnnxRuntime> {
  const { Tensor, InferenceSession } = await load();
  const create: typeof InferenceSession.create = async (model, options) => {
    try {
      return await InferenceSession.create(model, options);
    } catch (cause) {
      // Without the place in the runtime's sources.
      const reason = (cause as Error).message.trim().replace(/^.*was false\. /s, "");
      throw new Error(
        `onnx: provider "${provider}" cannot start here: ${reason}. ${remedies[provider]} Else use provider: "cpu".`,
        { cause },
      );
    }
  };
  return { Tensor, InferenceSession: { create } };
}

/**
 * Compiles losses to ONNX and runs them natively. A provider that cannot start is an error of the first compilation.
 *
 * @throws {RangeError} if `threads` is not an integer ≥ 1, or there is no such provider.
 * @example
 * await fit(problem, data, { optimizer: trustRegion(), backend: onnx({ threads: 2 }), epochs: 10 });
 */
export function onnx({ threads = 1, provider = "cpu" }: OnnxOptions = {}): Backend {
  requireInteger("onnx", "threads", threads, 1);
  requireOneOf("onnx", "provider", provider, Object.keys(remedies) as OnnxProvider[]);
  return onnxBackend(
    provider === "cpu" ? load : () => loadFor(provider),
    {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: "basic",
      // One block for all values of a run would be mapped anew each time: 2,800 page faults, 30 ms, for the autoencoder.
      enableMemPattern: false,
      logSeverityLevel: 3,
    },
    { threads, provider },
  );
}
