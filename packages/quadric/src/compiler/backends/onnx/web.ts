/** `onnx()` in a browser: ONNX Runtime compiled to WebAssembly, with WebGPU where wanted. */
import { requireInteger, requireOneOf } from "../../../check.ts";
import type { Backend } from "../backend.ts";
import { type OnnxRuntime, onnxBackend } from "./backend.ts";

/** Where programs run. What "webgpu" has no kernel for runs in WebAssembly. */
export type OnnxProvider = "wasm" | "webgpu";

export interface OnnxOptions {
  /**
   * Threads inside one operator; integer ≥ 1. Defaults to 1, with which results do not depend on the machine's number
   * of cores. More need a page that is cross-origin isolated, and all `onnx()` of a page or worker share one number.
   */
  readonly threads?: number;
  /** Defaults to "wasm"; `preferredProvider()` says what this browser should use. float32 only on "webgpu". */
  readonly provider?: OnnxProvider;
  /**
   * URL of the folder with onnxruntime-web's .wasm files, with a slash at its end. Defaults to where its module lies,
   * which is right for unbundled modules and for bundlers that follow `new URL(…, import.meta.url)`, as Vite does.
   */
  readonly wasmPaths?: string;
}

interface WebRuntime extends OnnxRuntime {
  /** Settings that the engine reads when its first session starts. */
  readonly env: { readonly wasm: { numThreads?: number; wasmPaths?: unknown } };
}

/** Each build is a separate module: the one with WebGPU is twice as large. */
const builds: Record<OnnxProvider, () => Promise<unknown>> = {
  wasm: () => import("onnxruntime-web/wasm"),
  webgpu: () => import("onnxruntime-web/webgpu"),
};

const remedies: Record<OnnxProvider, string> = {
  wasm: "",
  webgpu: 'It needs a browser with WebGPU and a GPU that it trusts. Else use provider: "wasm".',
};

async function load(provider: OnnxProvider, threads: number, wasmPaths: string | undefined): Promise<OnnxRuntime> {
  const runtime = (await builds[provider]().catch((cause) => {
    throw new Error("onnx: onnxruntime-web must be installed. Run: npm install onnxruntime-web@1.30.0", { cause });
  })) as WebRuntime;
  const { wasm } = runtime.env;
  wasm.numThreads ??= threads;
  if (wasm.numThreads !== threads) {
    throw new RangeError(`onnx: threads must be ${wasm.numThreads}, as in the first onnx() here, got ${threads}.`);
  }
  wasm.wasmPaths ??= wasmPaths;
  return provider === "webgpu" ? oneAtATime(runtime) : runtime;
}

let last: Promise<unknown> = Promise.resolve();

/** Starts work when all before it is done. */
function queued<T>(work: () => Promise<T>): Promise<T> {
  const next = last.then(work);
  last = next.catch(() => undefined);
  return next;
}

/** The build with WebGPU suspends its only stack while the GPU works, and a second call would overwrite it. */
function oneAtATime({ Tensor, InferenceSession }: OnnxRuntime): OnnxRuntime {
  return {
    Tensor,
    InferenceSession: {
      create: async (model, options) => {
        const session = await queued(() => InferenceSession.create(model, options));
        return {
          run: (feeds) => queued(() => session.run(feeds)),
          release: () => queued(() => session.release()),
        };
      },
    },
  };
}

/**
 * Compiles losses to ONNX and runs them in WebAssembly or on the GPU. A provider that cannot start is an error of the
 * first compilation.
 *
 * @throws {RangeError} if `threads` is not an integer ≥ 1, or more than 1 on a page that is not cross-origin isolated,
 *   or there is no such provider.
 * @example
 * await fit(problem, data, { optimizer: trustRegion(), backend: onnx(), epochs: 10 });
 */
export function onnx({ threads = 1, provider = "wasm", wasmPaths }: OnnxOptions = {}): Backend {
  requireInteger("onnx", "threads", threads, 1);
  requireOneOf("onnx", "provider", provider, Object.keys(builds) as OnnxProvider[]);
  if (threads > 1 && !(globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated) {
    throw new RangeError(
      `onnx: threads must be 1 on a page that is not cross-origin isolated, got ${threads}. Serve it with the headers ` +
        "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.",
    );
  }
  return onnxBackend({
    load: () => load(provider, threads, wasmPaths),
    provider,
    threads,
    remedy: remedies[provider],
    fillsOutputs: false,
    hasLoops: provider === "wasm",
  });
}
