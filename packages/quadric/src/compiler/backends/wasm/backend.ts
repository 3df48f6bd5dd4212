/** The wasm backend: a graph as one WebAssembly module of our own, in float32 or exact float64. */
import type { Tensor, TensorData } from "../../../vector/tensor.ts";
import type { Graph } from "../../ir/graph.ts";
import type { Backend, Executable } from "../backend.ts";
import { elementaryFunctions } from "./elementary.ts";
import { encodeModule } from "./encoder.ts";
import type { Buffer } from "./expression.ts";
import { instantiate, memoryOf } from "./memory.ts";
import { compileProgram, type Program } from "./program.ts";

/**
 * Runs losses as WebAssembly that is compiled for them: no library between, microseconds a call, the functions of
 * `Math` in float64. One thread. The backend for small problems and for exact float64 everywhere; `onnx()` is faster
 * where matrix products or convolutions are large.
 *
 * @example
 * const { x } = await minimize(f, x0, { backend: wasm() });
 */
export function wasm(): Backend {
  return {
    name: "wasm",
    settings: {},
    hasLoops: false,
    compile: async (graph) => executable(graph, compileProgram(graph)),
  };
}

const arrays = { float64: Float64Array, float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

async function executable(graph: Graph, program: Program): Promise<Executable> {
  const shared = memoryOf(program.bytes);
  const { memory } = shared;
  const math = Object.fromEntries(program.imports.map(({ name }) => [name, elementaryFunctions[name].evaluate]));
  const { instance } = await instantiate(encodeModule(program.imports, program.functions), { math, host: { memory } });
  const { run } = instance.exports;
  const viewOf = ({ dtype, offset, count }: Buffer): TensorData => new arrays[dtype](memory.buffer, offset, count);

  let buffer: ArrayBuffer | undefined;
  let inputViews: TensorData[] = [];
  let outputViews: TensorData[] = [];
  const self = {};
  /** Views again after the memory grew, constants again after another program ran. */
  function attach(): void {
    if (buffer !== memory.buffer) {
      buffer = memory.buffer;
      inputViews = program.inputs.map(viewOf);
      outputViews = program.outputs.map(viewOf);
    }
    if (shared.owner === self) return;
    shared.owner = self;
    for (const { data, buffer: place } of program.constants) viewOf(place).set(data);
  }

  return {
    async run(inputs, outputs) {
      attach();
      for (let i = 0; i < inputViews.length; i++) inputViews[i].set(inputs[i].data);
      run();
      if (outputs !== undefined) {
        for (let i = 0; i < outputViews.length; i++) outputs[i].data.set(outputViews[i]);
        return outputs as Tensor[];
      }
      return graph.outputs.map(({ shape }, i) => ({ shape, data: outputViews[i].slice() }));
    },
    dispose() {
      if (shared.owner === self) shared.owner = undefined;
    },
  };
}
