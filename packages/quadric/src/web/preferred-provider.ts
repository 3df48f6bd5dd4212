/** Which engine a browser should use: its GPU if it has one. */

interface Adapter {
  readonly info?: {
    readonly isFallbackAdapter?: boolean;
    readonly architecture?: string;
    readonly description?: string;
  };
}

/** WebGPU on a processor, by the names that browsers give it. */
const softwareAdapters = /swiftshader|llvmpipe|basic render/i;

/**
 * "webgpu" if the browser has a real GPU for it, else "wasm": software adapters are slower than wasm.
 *
 * @example
 * const backend = onnx({ provider: await preferredProvider() }); // or jax({ device: await preferredProvider() })
 */
export async function preferredProvider(): Promise<"webgpu" | "wasm"> {
  const { navigator } = globalThis as unknown as {
    navigator?: { gpu?: { requestAdapter(): Promise<Adapter | null> } };
  };
  const info = (await navigator?.gpu?.requestAdapter())?.info;
  const software = info?.isFallbackAdapter || softwareAdapters.test(`${info?.architecture} ${info?.description}`);
  return info && !software ? "webgpu" : "wasm";
}
