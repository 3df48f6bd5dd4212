/** `onnx()` on Node: ONNX Runtime's native engine. */
import { requireInteger, requireOneOf } from "../../../check.ts";
import { ConfigError } from "../../../errors.ts";
import type { Backend } from "../backend.ts";
import { type OnnxRuntime, onnxBackend } from "./backend.ts";

/** Where programs run. What a provider has no kernel for runs on the CPU. */
export type OnnxProvider = "cpu" | "webgpu" | "cuda";

export interface OnnxOptions {
  /**
   * Threads inside one operator; integer in [1, 1024]. Defaults to 1, with which results do not depend on the machine's
   * number of cores.
   */
  readonly threads?: number;
  /**
   * Defaults to "cpu". "webgpu" comes with onnxruntime-node and needs a graphics driver; "cuda" needs the libraries
   * that its install script fetches. float32 only pays there: float64 operators run on the CPU.
   */
  readonly provider?: OnnxProvider;
}

const remedies: Record<OnnxProvider, string> = {
  cpu: "",
  webgpu: 'It needs a GPU and its driver; on Linux libvulkan1 too. Else use provider: "cpu".',
  cuda:
    "It needs CUDA 12, cuDNN 9, and npm install onnxruntime-node --onnxruntime-node-install=cuda12. " +
    'Else use provider: "cpu".',
};

/**
 * glibc returns free memory to the system above twice the largest block it has seen freed, at most 32 MiB. The system
 * wants microseconds for every page of it that is asked for again: a quarter of a training step on networks of
 * half a million parameters. So it is shown a block of the largest size it learns from, which is never touched.
 */
function keepFreedMemory(): void {
  new ArrayBuffer(2 ** 25 - 2 ** 16);
}

/** More of them take the memory of the machine before one computes. */
const mostThreads = 1024;

/**
 * Bytes of a command line with which the engine can start: it matches its own against a regular expression, by a
 * recursion that overflows the stack at some 30,000.
 */
const longestCommandLine = 16384;

function requireShortCommandLine(): void {
  const words = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const bytes = words.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0);
  if (bytes <= longestCommandLine) return;
  throw new ConfigError(
    `onnx: the command line of this process must have at most ${longestCommandLine} bytes, got ${bytes}: the engine crashes on longer ones.`,
  );
}

async function start(): Promise<OnnxRuntime> {
  keepFreedMemory();
  try {
    return (await import("onnxruntime-node")) as unknown as OnnxRuntime;
  } catch (cause) {
    throw new Error("onnx: onnxruntime-node must be installed. Run: npm install onnxruntime-node@1.30.0", { cause });
  }
}

let runtime: Promise<OnnxRuntime> | undefined;
const load = () => (runtime ??= start());

/**
 * Compiles losses to ONNX and runs them natively. A provider that cannot start is an error of the first compilation.
 *
 * @throws {RangeError} if `threads` is not an integer in [1, 1024], or there is no such provider.
 * @throws {ConfigError} if the command line of this process is longer than 16 kB.
 * @example
 * await fit(problem, data, { optimizer: trustRegion(), backend: onnx({ threads: 2 }), epochs: 10 });
 */
export function onnx({ threads = 1, provider = "cpu" }: OnnxOptions = {}): Backend {
  requireInteger("onnx", "threads", threads, 1);
  if (threads > mostThreads) throw new RangeError(`onnx: threads must be at most ${mostThreads}, got ${threads}.`);
  requireOneOf("onnx", "provider", provider, Object.keys(remedies) as OnnxProvider[]);
  requireShortCommandLine();
  return onnxBackend({ load, provider, threads, remedy: remedies[provider], fillsOutputs: true, hasLoops: true });
}
