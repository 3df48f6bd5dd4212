import type { Backend } from "../compiler/backends/backend.ts";
import { wasm } from "../compiler/backends/wasm/backend.ts";

/** The fastest backend that is installed: ONNX Runtime's engine in Node, WebAssembly elsewhere. */
export async function defaultBackend(): Promise<Backend> {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  if (process?.versions?.node === undefined) return wasm();
  try {
    // By names that bundlers do not follow into a page.
    await load("onnxruntime-node");
    const { onnx } = await load<{ onnx(): Backend }>("quadric/node");
    return onnx();
  } catch (error) {
    if (/ERR_MODULE_NOT_FOUND|ERR_DLOPEN_FAILED/.test((error as { code?: string }).code ?? "")) return wasm();
    throw error;
  }
}

const load = async <T>(name: string): Promise<T> => import(/* @vite-ignore */ /* webpackIgnore: true */ name) as T;
