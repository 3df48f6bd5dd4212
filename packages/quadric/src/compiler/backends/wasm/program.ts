/** From graph to functions: what is stored is given memory and loops, in the order in which it is needed. */
import type { TensorData } from "../../../vector/tensor.ts";
import { type ElementType, elementCount, type Graph, type Node, type Op, reachable } from "../../ir/graph.ts";
import { conv, convInput, convKernel } from "./conv.ts";
import { type ElementaryName, elementaryFunctions } from "./elementary.ts";
import { emitCall, emitFill, emitNest, makeWriter } from "./emit.ts";
import { type FunctionBody, instruction, unsigned } from "./encoder.ts";
import type { Buffer } from "./expression.ts";
import { matmul } from "./matmul.ts";
import { type Lifetime, layOut } from "./memory.ts";
import { concatenate, elementwise, pad, poolTranspose, type Rule, reduce, type Step, scatterAdd } from "./nests.ts";
import { isAlias, isGiven, storedNodes } from "./plan.ts";
import { emitProduct } from "./product.ts";
import { type Routine, routines } from "./routines.ts";

export interface Program {
  readonly imports: readonly { readonly name: ElementaryName; readonly parameters: number }[];
  /** What runs in JavaScript between the loops, each a function that the module imports after those of `imports`. */
  readonly calls: readonly { readonly run: Routine; readonly inputs: readonly Buffer[]; readonly target: Buffer }[];
  /** The last of them runs the program. */
  readonly functions: readonly FunctionBody[];
  /** How much memory it takes. */
  readonly bytes: number;
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
  readonly constants: readonly { readonly data: TensorData; readonly buffer: Buffer }[];
}

const rules: Partial<Record<Op, Rule>> = {
  reduce,
  matmul,
  pad,
  concatenate,
  scatter_add: scatterAdd,
  pool_transpose: poolTranspose,
  conv,
  conv_input: convInput,
  conv_kernel: convKernel,
};

/** Engines compile a function at a time and slow down on long ones; several kilobytes are some dozens of nests. */
const longFunction = 4096;

export function compileProgram(graph: Graph): Program {
  const nodes = reachable([...graph.outputs, ...graph.inputs]);
  const stored = storedNodes(graph);
  const lifetimes = new Map<Buffer, Lifetime>();
  const buffers = new Map<Node, Buffer>();
  const imports: ElementaryName[] = [];
  const calls: Program["calls"][number][] = [];
  const steps: Step[] = [];
  let time = 0;

  function allocate(count: number, dtype: ElementType, last = time): Buffer {
    const buffer = { dtype, count, offset: 0 };
    lifetimes.set(buffer, { buffer, first: time, last });
    return buffer;
  }

  function bufferOf(node: Node): Buffer | undefined {
    const buffer = buffers.get(node);
    if (buffer === undefined) return isAlias(node) ? bufferOf(node.inputs[0]) : undefined;
    const lifetime = lifetimes.get(buffer)!;
    lifetime.last = Math.max(lifetime.last, time);
    return buffer;
  }

  function imported(name: ElementaryName): number {
    if (!imports.includes(name)) imports.push(name);
    return imports.indexOf(name);
  }

  const given = nodes.filter(isGiven);
  for (const node of given) {
    // A constant stays from one run to the next.
    const last = node.op === "constant" ? Number.POSITIVE_INFINITY : 0;
    buffers.set(node, allocate(elementCount(node.shape), node.dtype, last));
  }
  for (const node of nodes) {
    if (!stored.has(node)) continue;
    time++;
    const target = allocate(elementCount(node.shape), node.dtype);
    const routine = routines[node.op];
    if (routine) {
      const inputs = node.inputs.map((input) => bufferOf(input)!);
      steps.push({ kind: "call", number: calls.push({ run: routine(node), inputs, target }) - 1 });
    } else {
      const rule = rules[node.op] ?? elementwise;
      steps.push(...rule({ bufferOf, imported, scratch: (count, dtype) => allocate(count, dtype) }, node, target));
    }
    buffers.set(node, target);
  }
  time = Number.POSITIVE_INFINITY;
  const outputs = graph.outputs.map((node) => bufferOf(node)!);
  const bytes = layOut([...lifetimes.values()]);
  return {
    imports: imports.map((name) => ({ name, parameters: elementaryFunctions[name].parameters })),
    calls,
    functions: emitSteps(steps, imports.length, calls.length),
    bytes,
    inputs: graph.inputs.map((node) => buffers.get(node)!),
    outputs,
    constants: given.flatMap((node) =>
      node.op === "constant" ? [{ data: node.data!, buffer: buffers.get(node)! }] : [],
    ),
  };
}

/** Functions of a length that engines like, and one that calls them in order. */
function emitSteps(steps: readonly Step[], imports: number, calls: number): FunctionBody[] {
  let writer = makeWriter();
  const writers = [writer];
  for (const step of steps) {
    if (writer.body.code.length > longFunction) {
      writer = makeWriter();
      writers.push(writer);
    }
    if (step.kind === "fill") emitFill(writer, step);
    else if (step.kind === "product") emitProduct(writer, step);
    else if (step.kind === "call") emitCall(writer, imports + step.number);
    else emitNest(writer, step);
  }
  const bodies = writers.map(({ body }) => body);
  const code = bodies.flatMap((_, i) => [...instruction.call, ...unsigned(imports + calls + i)]);
  return [...bodies, { locals: [], code }];
}
