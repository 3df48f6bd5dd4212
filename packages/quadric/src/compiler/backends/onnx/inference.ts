/** A model with its parameters as an ONNX file for inference: names that mean something, any batch size. */
import type { numpy as np } from "@jax-js/jax";
import type { GraphProto } from "onnx-buf";
import { isTensor, type TensorTree } from "../../../vector/tensor.ts";
import { flattenTree } from "../../../vector/tree.ts";
import type { Dtype } from "../../../vector/vector.ts";
import { withoutStopGradients } from "../../ir/rebuild.ts";
import { simplifyingBuilder } from "../../ir/simplify.ts";
import { flattenParameters, tensorsOf } from "../../parameters.ts";
import { trace } from "../../trace/import.ts";
import { elementTypeOf } from "../../traced-problem.ts";
import { batchSizes, withDynamicBatch } from "./dynamic-batch.ts";
import { type Emitter, makeEmitter, modelFile } from "./emitter.ts";
import { lowerNodes } from "./lower.ts";

export function inferenceModel<P>(
  model: (params: P, input: never) => np.Array,
  params: P,
  example: TensorTree,
  dtype: Dtype,
): Uint8Array {
  const parameters = flattenParameters(params, dtype);
  const values = tensorsOf(parameters.vector, parameters.layout);
  const tree = flattenTree(example, isTensor);

  function write(batch: number): { emitter: Emitter; graph: GraphProto } {
    const b = simplifyingBuilder();
    const parameterNodes = parameters.layout.tensors.map(({ name, shape }) => b.input(name, shape, dtype));
    const inputNodes = tree.leaves.map(({ shape, data }, i) =>
      b.input(tree.paths[i] || "input", [batch, ...shape.slice(1)], elementTypeOf(data, dtype)),
    );
    const traced = trace(
      b,
      (...args) =>
        model(
          parameters.assemble(args.slice(0, parameterNodes.length)) as P,
          tree.unflatten(args.slice(parameterNodes.length)) as never,
        ),
      [...parameterNodes, ...inputNodes],
    );
    const [output] = withoutStopGradients(b, traced);

    const emitter = makeEmitter();
    const taken = new Set(["output"]);
    /** The name, or one like it if it is an input's or could be an inner value's. */
    const unique = (name: string): string => {
      if (taken.has(name) || /^v\d+$/.test(name)) return unique(`${name}_`);
      taken.add(name);
      return name;
    };
    const declare = (name: string, { shape, dtype: type }: typeof output) => ({ name, shape, type });
    const inputs = inputNodes.map((node, i) => declare(unique(tree.paths[i] || "input"), node));
    const given = new Map(inputNodes.map((node, i) => [node, inputs[i].name]));
    parameterNodes.forEach((node, i) => {
      const { name } = parameters.layout.tensors[i];
      given.set(node, emitter.constant(values[i].data, node.shape, dtype, unique(name)));
    });
    const [result] = lowerNodes(emitter, [output], given);
    const inner = [...given.values()].includes(result) ? emitter.emit("Identity", [result]) : result;
    return { emitter, graph: renamed(emitter.graph("quadric", inputs, [declare("output", output)]), inner, "output") };
  }

  const [first, second] = batchSizes.map(write);
  return modelFile(withDynamicBatch(first.emitter, [first.graph, second.graph]));
}

/** The graph with another name for one of its values. */
function renamed(graph: GraphProto, from: string, to: string): GraphProto {
  const rename = (names: string[]) => names.map((name) => (name === from ? to : name));
  for (const node of graph.node) Object.assign(node, { input: rename(node.input), output: rename(node.output) });
  return graph;
}
