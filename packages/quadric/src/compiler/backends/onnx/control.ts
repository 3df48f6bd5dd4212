/** Control in ONNX: Loop, If and Split. What only one side of an If needs is computed inside it. */
import { sidesOf } from "../../ir/control.ts";
import { type Node, type Op, reachable } from "../../ir/graph.ts";
import { type Declaration, type Emitter, makeEmitter, zeroOf } from "./emitter.ts";
import type { Scope } from "./scope.ts";
import { gainsByTransposing, transpose } from "./sums.ts";

/** Writes a node with several results; returns their names. */
export function lowerResults(scope: Scope, node: Node): readonly string[] {
  if (node.op === "loop") return lowerLoop(scope, node);
  if (node.op === "cond") return lowerIf(scope, node);
  const sizes = node.attributes.sizes as number[];
  return scope.emitter.emitAll("Split", [scope.name(node.inputs[0]), scope.emitter.integers(sizes)], sizes.length, {
    axis: 0,
  });
}

export function lowerUndefined({ emitter }: Scope, { shape, dtype }: Node): string {
  return emitter.emit("ConstantOfShape", [emitter.integers(shape)], { value: zeroOf(dtype) });
}

/** The primitives that have several results. */
export const severalOps: ReadonlySet<Op> = new Set(["loop", "cond", "split"]);

/** Transposes once, before a loop, what its turns multiply from the left by its transpose. */
function transposeFactors(scope: Scope, outputs: readonly Node[], outside: Set<Node>): void {
  for (const node of reachable(outputs)) {
    if (outside.has(node.inputs[0]) && gainsByTransposing(node)) transpose(scope, node.inputs[0]);
  }
}

function lowerLoop(scope: Scope, { inputs, attributes, body }: Node): string[] {
  const { emitter, name, nested } = scope;
  const count = attributes.state as number;
  const initial = inputs.slice(0, 1 + count).map(name);
  inputs.slice(1 + count).forEach(name);
  transposeFactors(scope, body!.outputs, new Set(inputs.slice(1 + count)));
  const inner = makeEmitter(emitter);
  const declare = ({ shape, dtype }: Node): Declaration => ({ name: emitter.fresh(), shape, type: dtype });
  const iteration: Declaration = { name: emitter.fresh(), shape: [], type: "int64" };
  const entered: Declaration = { name: emitter.fresh(), shape: [], type: "bool" };
  const state = body!.inputs.map(declare);
  const within = new Map(body!.inputs.map((node, i) => [node, state[i].name]));
  const results = nested(inner, body!.outputs, within);
  const forever = emitter.scalar(2 ** 31, "int64");
  const graph = inner.graph("turn", [iteration, entered, ...state], declareAll(results, body!.outputs));
  return emitter.emitAll("Loop", [forever, ...initial], results.length - 1, { body: graph });
}

function lowerIf({ emitter, name, nested }: Scope, node: Node): string[] {
  const { test, yes, no } = sidesOf(node);
  const branch = (side: readonly Node[]) => {
    const inner = makeEmitter(emitter);
    return inner.graph("side", [], declareAll(nested(inner, side), side));
  };
  return emitter.emitAll("If", [name(test)], yes.length, { then_branch: branch(yes), else_branch: branch(no) });
}

function declareAll(names: readonly string[], nodes: readonly Node[]): Declaration[] {
  return nodes.map(({ shape, dtype }, i) => ({ name: names[i], shape, type: dtype }));
}

/** Names of results that no input and no other result has. */
export function ownNames(emitter: Emitter, results: readonly string[], foreign: Iterable<string>): string[] {
  const taken = new Set(foreign);
  return results.map((result) => {
    const name = taken.has(result) ? emitter.emit("Identity", [result]) : result;
    taken.add(name);
    return name;
  });
}

/** Whether a shape is known before the program runs. */
export function isStatic({ shape }: Node): boolean {
  return shape.every((n) => n >= 0);
}
