/** A backend is a value: it turns a graph into something that runs. */
import type { StoppingRule } from "../subproblem/solver.ts";
import type { Tensor } from "../vector/tensor.ts";
import type { Graph } from "./graph.ts";

export interface Backend {
  /** "onnx" or "jax", for run.json. */
  readonly name: string;
  /** Settings that decide the numbers (threads, device, provider), for run.json. */
  readonly settings: Readonly<Record<string, unknown>>;
  compile(graph: Graph): Promise<Executable>;
  /**
   * A whole Steihaug–Toint solve over a curvature product, of whose inputs the last `tensors` are v, of whose outputs the first
   * are Bv; where vᵀBv = Σ⟨x, y⟩ is known without Bv, x… and y… follow. `capacity` pairs of earlier solves precondition it. Only
   * where the backend has loops. Inputs and outputs of the program: steihaug-loop.ts.
   */
  compileSteihaug?(product: Graph, tensors: number, rule: StoppingRule, capacity: number): Promise<Executable>;
}

/** A compiled graph: inputs and outputs in the graph's own order. */
export interface Executable {
  /** Results go into `outputs` where given (same shape and type), else into new tensors. */
  run(inputs: readonly Tensor[], outputs?: readonly Tensor[]): Promise<Tensor[]>;
  dispose(): void;
}
