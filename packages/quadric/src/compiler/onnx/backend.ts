/** The onnx backend over any build of ONNX Runtime: graphs lowered to ONNX and run in native sessions. */
import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from "onnxruntime-common";
import type { Tensor, TensorData } from "../../vector/tensor.ts";
import type { Backend, Executable } from "../backend.ts";
import type { Declaration, LoweredProgram } from "./emitter.ts";
import { lowerGraph } from "./lower.ts";
import { lowerSteihaugLoop } from "./steihaug-loop.ts";

/** What a build of ONNX Runtime must offer; onnxruntime-node and onnxruntime-web both do. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
}

export function onnxBackend(
  load: () => Promise<OnnxRuntime>,
  sessionOptions: InferenceSession.SessionOptions,
  settings: Backend["settings"],
): Backend {
  const start = async (program: LoweredProgram) => {
    const runtime = await load();
    const session = await runtime.InferenceSession.create(program.model, sessionOptions);
    return executable(runtime, session, program);
  };
  return {
    name: "onnx",
    settings,
    compile: (graph) => start(lowerGraph(graph)),
    compileSteihaug: (product, tensors, rule) => start(lowerSteihaugLoop(product, tensors, rule)),
  };
}

function executable({ Tensor }: OnnxRuntime, session: InferenceSession, program: LoweredProgram): Executable {
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
      if (outputs !== undefined) {
        await session.run(feeds, named(outputs, program.outputs));
        return [...outputs];
      }
      const results = await session.run(feeds);
      return program.outputs.map(({ name, shape }) => ({ shape: shape!, data: results[name].data as TensorData }));
    },
    dispose() {
      void session.release();
    },
  };
}
