import type { numpy as np } from "@jax-js/jax";
import type { Builder } from "../../src/compiler/ir/builder.ts";
import type { ElementType, Node } from "../../src/compiler/ir/graph.ts";
import { printGraph } from "../../src/compiler/ir/print.ts";
import { simplifyingBuilder } from "../../src/compiler/ir/simplify.ts";
import { trace } from "../../src/compiler/trace/import.ts";

/** A graph of inputs x0, x1, … with these shapes, as text. */
export function printed(
  shapes: readonly (readonly number[])[],
  build: (b: Builder, ...inputs: Node[]) => Node | Node[],
  dtype: ElementType = "float32",
): string {
  const b = simplifyingBuilder();
  const inputs = shapes.map((shape, i) => b.input(`x${i}`, shape, dtype));
  const built = build(b, ...inputs);
  return printGraph({ inputs, outputs: Array.isArray(built) ? built : [built] });
}

/** The graph of a jax-js function of arrays with these shapes, as text. */
export function printedTrace(
  shapes: readonly (readonly number[])[],
  f: (...args: np.Array[]) => np.Array | np.Array[],
  dtype: ElementType = "float32",
): string {
  return printed(shapes, (b, ...inputs) => trace(b, f, inputs), dtype);
}
