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
  /** The names of the results of a node that has several. */
  results(node: Node): readonly string[];
  /** Matrices that are written transposed as well. */
  readonly transposed: Map<Node, string>;
  /** Whether a node's only use is the one at hand, so that it may be absorbed there. */
  usedOnce(node: Node): boolean;
  /**
   * Writes what the outputs need into a graph inside this one, which sees the values written so far and those `within`
   * it.
   */
  nested(emitter: Emitter, outputs: readonly Node[], within?: ReadonlyMap<Node, string>): string[];
}

/** How a primitive is written; returns the name of its value. */
export type Rule = (scope: Scope, node: Node) => string;
