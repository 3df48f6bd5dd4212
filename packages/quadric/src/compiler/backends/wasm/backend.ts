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
    loopsPay: () => false,
    callsPay: () => true,
    compile: async (graph) => executable(graph, compileProgram(graph)),
  };
}

const arrays = {
  float64: Float64Array,
  float32: Float32Array,
  int32: Int32Array,
  uint32: Int32Array,
  bool: Uint8Array,
} as const;

/** Runs a graph at once: inputs and outputs in its own order, their numbers copied. */
export type InstantProgram = (inputs: readonly TensorData[], outputs: readonly TensorData[]) => void;

/** A program that answers at once, for loops of microseconds. */
export async function instantProgram(graph: Graph): Promise<InstantProgram> {
  const { write, run, views } = await instance(compileProgram(graph));
  return (inputs, outputs) => {
    write(inputs);
    run();
    views().forEach((view, i) => {
      outputs[i].set(view);
    });
  };
}

async function executable(graph: Graph, program: Program): Promise<Executable> {
  const { write, run, views, dispose } = await instance(program);
  return {
    async run(inputs, outputs) {
      write(inputs.map(({ data }) => data));
      run();
      const results = views();
      if (outputs !== undefined) {
        results.forEach((view, i) => {
          outputs[i].data.set(view);
        });
        return outputs as Tensor[];
      }
      return graph.outputs.map(({ shape }, i) => ({ shape, data: results[i].slice() }));
    },
    dispose,
  };
}

async function instance(program: Program) {
  const shared = memoryOf(program.bytes);
  const { memory } = shared;
  const viewOf = ({ dtype, offset, count }: Buffer): TensorData => new arrays[dtype](memory.buffer, offset, count);
  const calls = program.calls.map(({ run, inputs, target }, i) => {
    const call = () => {
      run(inputs.map(viewOf), viewOf(target));
      return 0;
    };
    return { name: `call${i}`, parameters: 0, call };
  });
  const math = Object.fromEntries([
    ...program.imports.map(({ name }) => [name, elementaryFunctions[name].evaluate]),
    ...calls.map(({ name, call }) => [name, call]),
  ]);
  const module = encodeModule([...program.imports, ...calls], program.functions);
  const { instance } = await instantiate(module, { math, host: { memory } });
  const { run } = instance.exports;

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
    run,
    write(inputs: readonly TensorData[]): void {
      attach();
      for (let i = 0; i < inputViews.length; i++) inputViews[i].set(inputs[i]);
    },
    views: (): readonly TensorData[] => outputViews,
    dispose(): void {
      if (shared.owner === self) shared.owner = undefined;
    },
  };
}
