/** What several methods are let loose on: a problem, and how it is looked at. */
import type { Choice, CompiledObjective, Norm, Status, StepEvent, Vector } from "quadric";
import type { MethodName } from "../methods.ts";
import type { Picture, Scene } from "./scene.ts";
import type { Task } from "./tasks.ts";

export interface Contest {
  readonly scene: Scene;
  /** What a run has spent of its budget; whose turn it is follows from this. */
  spentOf(event: StepEvent): number;
  /** How far parameters are from what is wanted, if that costs next to nothing. */
  measure?(parameters: Vector): number;
  /** The held-out loss before the first step, if there is one. */
  readonly start?: number;
  picture(parameters: Vector): Promise<Picture>;
  /** Sets a run up. @param rate - the learning rate of a first-order method. */
  enter(method: MethodName, rate: number): Promise<Entrant>;
  /** Of networks that are trained: what their curvature is taken from. */
  readonly training?: { readonly objective: CompiledObjective; readonly task: Task };
  dispose(): void;
}

export interface Entrant {
  /** Of a trust region. */
  norm(): Norm | undefined;
  run(hooks: RunHooks): Promise<Finish>;
}

export interface RunHooks {
  readonly signal: AbortSignal;
  /** To be awaited after every step: other runs take theirs meanwhile. */
  afterStep(event: StepEvent, parameters: Vector): Promise<void>;
}

export interface Finish {
  readonly status: Status;
  readonly choice: Choice;
  /** What the run returns: of the least held-out loss if that was watched, else the last ones. */
  readonly parameters: Vector;
  /** The step they are of, if that is not the last. */
  readonly bestStep?: number;
}
