/** The onnx backend over any build of ONNX Runtime: graphs lowered to ONNX and run in native sessions. */
import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from "onnxruntime-common";
import type { Tensor, TensorData } from "../../vector/tensor.ts";
import type { Backend, Executable } from "../backend.ts";
import type { ElementType, Graph } from "../graph.ts";
import { lowerGraph } from "./lower.ts";

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
  return {
    name: "onnx",
    settings,
    async compile(graph) {
      const runtime = await load();
      const session = await runtime.InferenceSession.create(lowerGraph(graph), sessionOptions);
      return executable(runtime, session, graph);
    },
  };
}

function executable({ Tensor }: OnnxRuntime, session: InferenceSession, graph: Graph): Executable {
  const wrapped = new WeakMap<Tensor, OrtTensor>();
  const wrap = (tensor: Tensor, type: ElementType): OrtTensor => {
    let known = wrapped.get(tensor);
    if (known === undefined) {
      known = new Tensor(type, tensor.data as Float32Array, tensor.shape);
      wrapped.set(tensor, known);
    }
    return known;
  };
  const { inputNames, outputNames } = session;
  return {
    async run(inputs, outputs) {
      const feeds: Record<string, OrtTensor> = {};
      inputNames.forEach((name, i) => {
        feeds[name] = wrap(inputs[i], graph.inputs[i].dtype);
      });
      if (outputs !== undefined) {
        const fetches: Record<string, OrtTensor> = {};
        outputNames.forEach((name, i) => {
          fetches[name] = wrap(outputs[i], graph.outputs[i].dtype);
        });
        await session.run(feeds, fetches);
        return [...outputs];
      }
      const results = await session.run(feeds);
      return outputNames.map((name, i) => ({
        shape: graph.outputs[i].shape,
        data: results[name].data as TensorData,
      }));
    },
    dispose() {
      void session.release();
    },
  };
}
