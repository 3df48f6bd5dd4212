/** The onnx backend over any build of ONNX Runtime: graphs lowered to ONNX and run in its sessions. */
import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from "onnxruntime-common";
import { UnsupportedPrimitiveError } from "../../../errors.ts";
import type { Tensor, TensorData } from "../../../vector/tensor.ts";
import { type Graph, type Op, reachable } from "../../ir/graph.ts";
import type { Backend, Executable } from "../backend.ts";
import { wasm } from "../wasm/backend.ts";
import type { Declaration, LoweredProgram } from "./emitter.ts";
import { isFineGrained, tiny } from "./fine-grained.ts";

export type OnnxSession = Pick<InferenceSession, "run" | "release">;

/** What a build of ONNX Runtime must offer; onnxruntime-node and onnxruntime-web both do. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<OnnxSession>;
  };
  readonly Tensor: TensorConstructor;
}

export interface OnnxBuild {
  load(): Promise<OnnxRuntime>;
  readonly provider: string;
  readonly threads: number;
  /** What it takes for the provider to start; "" for one that always does. */
  readonly remedy: string;
  /** Whether a session writes its results into tensors given for them. The web's returns those tensors unwritten. */
  readonly fillsOutputs: boolean;
  /** Whether the provider runs programs with loops; the WebGPU build refuses the nodes inside them. */
  readonly hasLoops: boolean;
}

/** A closed port drops what it is sent. */
const { port1: nowhere } = new MessageChannel();
nowhere.close();

/**
 * Gives back the memory of large tensors at once: onnxruntime-node hands over copies even of results that it wrote into
 * given tensors. Until they are collected every copy needs fresh memory, whose pages cost several times what
 * copying does.
 */
function free(tensors: readonly OrtTensor[]): void {
  const buffers = tensors.map(({ data }) => (data as Float32Array).buffer as ArrayBuffer);
  const large = buffers.filter(({ byteLength }) => byteLength >= 2 ** 16);
  if (large.length > 0) nowhere.postMessage(undefined, large);
}

export function onnxBackend(build: OnnxBuild): Backend {
  const { provider, threads, hasLoops } = build;
  const start = async (program: LoweredProgram) => {
    const runtime = await build.load();
    return executable(build, runtime, await createSession(build, runtime, program), program);
  };
  return {
    name: "onnx",
    settings: { threads, provider },
    loopsPay: (graph) => hasLoops && !isFineGrained(graph),
    // Then the wasm backend takes the program.
    callsPay: (elements) => elements < tiny,
    async compile(graph) {
      if (isFineGrained(graph)) return wasm().compile(graph);
      if (!hasLoops) requireNoLoops(graph, provider);
      // Loaded with the first program: the format of ONNX takes 50 ms to read, which no other backend needs.
      const { lowerGraph } = await import("./lower.ts");
      return start(lowerGraph(graph));
    },
  };
}

/** Primitives that are lowered to loops. */
const looping = new Set<Op>(["cholesky", "lu"]);

/** @throws {UnsupportedPrimitiveError} if the graph needs one. */
function requireNoLoops({ outputs }: Graph, provider: string): void {
  const node = reachable(outputs).find(({ op }) => looping.has(op));
  if (node === undefined) return;
  throw new UnsupportedPrimitiveError(
    `compileObjective: provider "${provider}" has no loops, which "${node.op}" needs. Use onnx() without it, or wasm().`,
    node.op,
  );
}

/** Operations of a program that the engine no longer optimizes: more than those of ordinary networks. */
const manyOperations = 2000;

async function createSession(
  { provider, threads, remedy }: OnnxBuild,
  { InferenceSession }: OnnxRuntime,
  { model, operations }: LoweredProgram,
): Promise<OnnxSession> {
  try {
    return await InferenceSession.create(model, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // Its passes over large graphs cost several times the rest of a session, and find little that is not simple yet.
      graphOptimizationLevel: operations > manyOperations ? "disabled" : "basic",
      // One block for all values of a run would be mapped again each time: 2,800 page faults, 30 ms, for the
      // autoencoder.
      enableMemPattern: false,
      // It makes AᵀB of a transposed A again, which takes a processor longer.
      ...(provider === "cpu" && { extra: { optimization: { disable_specified_optimizers: "GemmTransposeFusion" } } }),
      logSeverityLevel: 3,
    });
  } catch (cause) {
    if (remedy === "") throw cause;
    // Without the place in the runtime's sources.
    const reason = (cause as Error).message.trim().replace(/^.*was false\. /s, "");
    throw new Error(`onnx: provider "${provider}" cannot start here: ${reason}. ${remedy}`, { cause });
  }
}

function executable(
  { fillsOutputs }: OnnxBuild,
  { Tensor }: OnnxRuntime,
  session: OnnxSession,
  program: LoweredProgram,
): Executable {
  const wrapped = new WeakMap<Tensor, OrtTensor>();
  const wrap = (tensor: Tensor, { type }: Declaration): OrtTensor => {
    let known = wrapped.get(tensor);
    if (known === undefined) {
      known = new Tensor(type as "float32", tensor.data as Float32Array, tensor.shape);
      wrapped.set(tensor, known);
    }
    return known;
  };
  const named = (tensors: readonly Tensor[], declarations: readonly Declaration[]) =>
    Object.fromEntries(declarations.map((declaration, i) => [declaration.name, wrap(tensors[i], declaration)]));
  return {
    async run(inputs, outputs) {
      const feeds = named(inputs, program.inputs);
      if (outputs !== undefined && fillsOutputs) {
        const copies = await session.run(feeds, named(outputs, program.outputs));
        free(Object.values(copies));
        return [...outputs];
      }
      const results = await session.run(feeds);
      return program.outputs.map(({ name, shape }, i) => {
        const data = results[name].data as TensorData;
        if (outputs === undefined) return { shape: shape!, data };
        outputs[i].data.set(data);
        return outputs[i];
      });
    },
    dispose() {
      void session.release();
    },
  };
}
