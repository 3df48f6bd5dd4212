/** L_S(w) from what its programs return. */
import type { Evaluation } from "../objective/objective.ts";
import type { Layout } from "../vector/layout.ts";
import type { Tensor } from "../vector/tensor.ts";
import { type Vector, zeros } from "../vector/vector.ts";
import { elementCount, type Node } from "./ir/graph.ts";
import { tensorsOf } from "./parameters.ts";
import type { Programs } from "./programs.ts";

export function newTensor({ shape, dtype }: Node): Tensor {
  const size = elementCount(shape);
  if (dtype === "bool") return { shape, data: new Uint8Array(size) };
  return { shape, data: dtype === "int32" || dtype === "uint32" ? new Int32Array(size) : zeros(size, dtype) };
}

/** L_S(w) from the terms of its sums, which run in float64. */
export function evaluationOf({ lossTerms, perExample }: Programs, terms: readonly Tensor[]): Evaluation {
  let [value, magnitude] = [0, 0];
  lossTerms.forEach(({ factor }, i) => {
    let [sum, size] = [0, 0];
    for (const term of terms[i].data) {
      sum += term;
      size += Math.abs(term);
    }
    value += factor * sum;
    magnitude += Math.abs(factor) * size;
  });
  if (perExample) return { value, losses: terms[0].data as Vector, magnitude };
  return lossTerms.every(({ isSum }) => isSum) ? { value, magnitude } : { value };
}

/** New tensors for the terms of the loss, then the gradient's own. */
export function evaluationOutputs({ lossTerms }: Programs, gradient: Vector, layout: Layout): Tensor[] {
  return [...lossTerms.map(({ terms }) => newTensor(terms)), ...tensorsOf(gradient, layout)];
}
