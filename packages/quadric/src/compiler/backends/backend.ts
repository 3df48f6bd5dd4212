/** A backend is a value: it turns a graph into something that runs. */
import type { CurvaturePairs } from "../../subproblem/curvature-pairs.ts";
import type { LoopEnd, LoopSettings } from "../../subproblem/fused-steihaug.ts";
import type { StoppingRule } from "../../subproblem/solver.ts";
import type { Layout } from "../../vector/layout.ts";
import type { Tensor } from "../../vector/tensor.ts";
import type { Vector } from "../../vector/vector.ts";
import type { Graph } from "../ir/graph.ts";

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
  compileSteihaug?(product: Graph, tensors: number, rule: StoppingRule, capacity: number): Promise<SteihaugLoop>;
}

/** Below this many parameters vectors travel flat through a solve: fewer operations beat the copies to and from the tensors. */
export const flatBelow: number = 2 ** 15;

/** A compiled Steihaug–Toint solve. */
export interface SteihaugLoop {
  /** With pairs if it was compiled for some, which only solves of flat vectors are; then all that it returns is new. */
  run(inputs: LoopInputs, settings: LoopSettings, pairs?: CurvaturePairs): Promise<LoopEnd>;
  dispose(): void;
}

export interface LoopInputs {
  /** What the product takes before v. */
  readonly fixed: readonly Tensor[];
  readonly gradient: Vector;
  /** That of A. */
  readonly diagonal: Float64Array;
  readonly layout: Layout;
  /** Memory that a loop without pairs may fill with its answer, [d] each. */
  readonly step: Vector;
  readonly p: Vector;
}

/** A compiled graph: inputs and outputs in the graph's own order. */
export interface Executable {
  /** Results go into `outputs` where given (same shape and type), else into new tensors. */
  run(inputs: readonly Tensor[], outputs?: readonly Tensor[]): Promise<Tensor[]>;
  dispose(): void;
}
