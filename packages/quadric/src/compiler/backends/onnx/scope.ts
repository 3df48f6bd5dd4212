import type { Node } from "../../ir/graph.ts";
import type { Emitter } from "./emitter.ts";

/** A tensor on its way into a graph. */
export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Values by name while a list of nodes is written. */
export interface Scope {
  readonly emitter: Emitter;
  /** The name of a node's value; writes it first if it was left to its user. */
  name(node: Node): string;
  /** Whether a node's only use is the one at hand, so that it may be absorbed there. */
  usedOnce(node: Node): boolean;
}

/** How a primitive is written; returns the name of its value. */
export type Rule = (scope: Scope, node: Node) => string;
