/** A backend is a value: it turns a graph into something that runs. */
import type { Tensor } from "../../vector/tensor.ts";
import type { Graph } from "../ir/graph.ts";

export interface Backend {
  /** "wasm", "onnx" or "jax", for run.json. */
  readonly name: string;
  /** Settings that decide the numbers (threads, device, provider), for run.json. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether loops and choices (ir/control.ts) may be made around a graph, and pay. */
  loopsPay(graph: Graph): boolean;
  /** Whether a graph may call functions (ir/call.ts), and gains by it if their operations have so many elements. */
  callsPay(elements: number): boolean;
  compile(graph: Graph): Promise<Executable>;
}

/** A compiled graph: inputs and outputs in the graph's own order. */
export interface Executable {
  /** Results go into `outputs` where given (same shape and type), else into new tensors. */
  run(inputs: readonly Tensor[], outputs?: readonly Tensor[]): Promise<Tensor[]>;
  /** Where the first call compiles: makes one. */
  warmUp?(): Promise<void>;
  dispose(): void;
}
