/** From graph to functions: what is stored is given memory and loops, in the order in which it is needed. */
import type { TensorData } from "../../../vector/tensor.ts";
import { byHalves } from "../../functions/halves.ts";
import { isCallResult } from "../../ir/call.ts";
import { type ElementType, elementCount, type Graph, type Node, type Op, reachable } from "../../ir/graph.ts";
import { conv, convInput, convKernel } from "./conv.ts";
import { type ElementaryName, elementaryFunctions } from "./elementary.ts";
import { emitCall, emitCopy, emitFill, emitNest, makeWriter } from "./emit.ts";
import { type FunctionBody, instruction, unsigned } from "./encoder.ts";
import type { Buffer } from "./expression.ts";
import { matmul } from "./matmul.ts";
import { type Lifetime, layOut } from "./memory.ts";
import {
  concatenate,
  elementwise,
  pad,
  poolTranspose,
  type Rule,
  reduce,
  type Step,
  type Surroundings,
  scatterAdd,
} from "./nests.ts";
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

/** A graph as steps over its own buffers, whose offsets are not known yet. */
interface Schedule {
  readonly steps: readonly Step[];
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
  readonly lifetimes: readonly Lifetime[];
}

/** What the graph of a program and the functions that it calls have in common. */
interface Common {
  imported(name: ElementaryName): number;
  /** The number of what runs in JavaScript. */
  call(call: Program["calls"][number]): number;
  constant(node: Node): Buffer;
  function(body: Graph): {
    readonly number: number;
    readonly inputs: readonly Buffer[];
    readonly outputs: readonly Buffer[];
  };
}

export function compileProgram(graph: Graph): Program {
  const imports: ElementaryName[] = [];
  const calls: Program["calls"][number][] = [];
  const constants = new Map<Node, Buffer>();
  const functions = new Map<Graph, Schedule & { readonly number: number; readonly bytes: number }>();
  const common: Common = {
    imported(name) {
      if (!imports.includes(name)) imports.push(name);
      return imports.indexOf(name);
    },
    call: (call) => calls.push(call) - 1,
    constant(node) {
      const buffer = constants.get(node) ?? { dtype: node.dtype, count: elementCount(node.shape), offset: 0 };
      constants.set(node, buffer);
      return buffer;
    },
    function(body) {
      let known = functions.get(body);
      if (known === undefined) {
        const own = schedule(body, common);
        known = { ...own, number: functions.size, bytes: layOut(own.lifetimes) };
        functions.set(body, known);
      }
      return known;
    },
  };

  const main = schedule(graph, common);
  const callees = [...functions.values()];
  // Calls follow one another, so all functions have one frame; it stays, as constants do from one run to the next.
  const frame = {
    dtype: "bool" as const,
    count: callees.reduce((most, { bytes }) => Math.max(most, bytes), 0),
    offset: 0,
  };
  const lasting = [...constants.values(), ...(callees.length > 0 ? [frame] : [])];
  const lifetimes = lasting.map((buffer) => ({ buffer, first: 0, last: Number.POSITIVE_INFINITY }));
  const bytes = layOut([...lifetimes, ...main.lifetimes]);
  for (const { lifetimes: own } of callees) for (const { buffer } of own) buffer.offset += frame.offset;
  return {
    imports: imports.map((name) => ({ name, parameters: elementaryFunctions[name].parameters })),
    calls,
    functions: emitFunctions(callees, main, imports.length, calls.length),
    bytes,
    inputs: main.inputs,
    outputs: main.outputs,
    constants: [...constants].map(([node, buffer]) => ({ data: node.data!, buffer })),
  };
}

function schedule(written: Graph, common: Common): Schedule {
  const graph = byHalves(written);
  const nodes = reachable([...graph.outputs, ...graph.inputs]);
  const stored = storedNodes(graph);
  const lifetimes = new Map<Buffer, Lifetime>();
  const buffers = new Map<Node, Buffer>();
  const steps: Step[] = [];
  const results = new Map<Node, Node[]>();
  let time = 0;

  function allocate(count: number, dtype: ElementType): Buffer {
    const buffer = { dtype, count, offset: 0 };
    lifetimes.set(buffer, { buffer, first: time, last: time });
    return buffer;
  }

  function bufferOf(node: Node): Buffer | undefined {
    const buffer = buffers.get(node);
    if (buffer === undefined) return isAlias(node) ? bufferOf(node.inputs[0]) : undefined;
    const lifetime = lifetimes.get(buffer);
    if (lifetime) lifetime.last = Math.max(lifetime.last, time);
    return buffer;
  }

  const surroundings: Surroundings = { bufferOf, imported: common.imported, scratch: allocate };

  function callFunction(node: Node): void {
    const { number, inputs, outputs } = common.function(node.body!);
    node.inputs.forEach((x, i) => {
      steps.push({ kind: "copy", from: bufferOf(x)!, target: inputs[i], at: 0 });
    });
    steps.push({ kind: "function", number });
    for (const result of results.get(node)!) {
      const target = allocate(elementCount(result.shape), result.dtype);
      steps.push({ kind: "copy", from: outputs[result.attributes.index as number], target, at: 0 });
      buffers.set(result, target);
    }
  }

  function compute(node: Node): void {
    const target = allocate(elementCount(node.shape), node.dtype);
    const routine = routines[node.op];
    if (routine) {
      const inputs = node.inputs.map((input) => bufferOf(input)!);
      steps.push({ kind: "call", number: common.call({ run: routine(node), inputs, target }) });
    } else {
      steps.push(...(rules[node.op] ?? elementwise)(surroundings, node, target));
    }
    buffers.set(node, target);
  }

  for (const node of nodes.filter(isGiven)) {
    buffers.set(node, node.op === "constant" ? common.constant(node) : allocate(elementCount(node.shape), node.dtype));
  }
  for (const node of nodes) {
    if (node.op === "call") results.set(node, []);
    if (isCallResult(node)) results.get(node.inputs[0])!.push(node);
  }
  for (const node of nodes) {
    if (!stored.has(node) || isCallResult(node)) continue;
    time++;
    if (node.op === "call") callFunction(node);
    else compute(node);
  }
  time = Number.POSITIVE_INFINITY;
  return {
    steps,
    inputs: graph.inputs.map((node) => buffers.get(node)!),
    outputs: graph.outputs.map((node) => bufferOf(node)!),
    lifetimes: [...lifetimes.values()],
  };
}

/** All functions of a module, those that are called before their callers; the last runs the program. */
function emitFunctions(callees: readonly Schedule[], main: Schedule, imports: number, calls: number): FunctionBody[] {
  const functions: FunctionBody[] = [];
  const callOf = (i: number) => [...instruction.call, ...unsigned(imports + calls + i)];
  const entries: number[] = [];

  /** Functions of a length that engines like, and one that calls them in order. */
  function emit({ steps }: Schedule): void {
    const first = functions.length;
    let writer = makeWriter();
    functions.push(writer.body);
    for (const step of steps) {
      if (writer.body.code.length > longFunction) {
        writer = makeWriter();
        functions.push(writer.body);
      }
      if (step.kind === "fill") emitFill(writer, step);
      else if (step.kind === "copy") emitCopy(writer, step);
      else if (step.kind === "product") emitProduct(writer, step);
      else if (step.kind === "call") emitCall(writer, imports + step.number);
      else if (step.kind === "function") writer.body.code.push(...callOf(entries[step.number]));
      else emitNest(writer, step);
    }
    const code = functions.slice(first).flatMap((_, i) => callOf(first + i));
    entries.push(functions.push({ locals: [], code }) - 1);
  }

  for (const schedule of [...callees, main]) emit(schedule);
  return functions;
}
