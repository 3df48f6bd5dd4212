/** Exported models run in ONNX Runtime, native and wasm, and give what the network gives. */
import { fromBinary } from "@bufbuild/protobuf";
import { numpy as np } from "@jax-js/jax";
import { type ModelProto, ModelProtoSchema } from "onnx-buf";
import * as native from "onnxruntime-node";
import * as web from "onnxruntime-web";
import { describe, expect, test } from "vitest";
import { convAutoencoder } from "../../../../../../examples/models/conv-autoencoder.ts";
import { resnet18 } from "../../../../../../examples/models/resnet.ts";
import { transformer } from "../../../../../../examples/models/transformer.ts";
import { exportOnnx } from "../../../../src/compiler/backends/onnx/export.ts";
import { convnet } from "../../../../src/models/convnet.ts";
import { mlp, type Network } from "../../../../src/models/mlp.ts";
import { makeRandom } from "../../../../src/vector/random.ts";
import type { Tensor } from "../../../../src/vector/tensor.ts";
import "../../../helpers/matchers.ts";

web.env.wasm.numThreads = 1;

// biome-ignore lint/suspicious/noExplicitAny: networks of any parameters, side by side.
type AnyNetwork = Network<any>;

/** Numbers, or that many different tokens, of a network's input shape. */
function examples({ inputShape }: AnyNetwork, batch: number, tokens = 0): Tensor {
  const random = makeRandom(batch);
  const shape = [batch, ...inputShape];
  const length = shape.reduce((product, n) => product * n, 1);
  const data = tokens
    ? Int32Array.from({ length }, () => Math.floor(tokens * random.uniform()))
    : Float32Array.from({ length }, () => random.normal());
  return { shape, data };
}

const typeOf = ({ data }: Tensor) => (data instanceof Int32Array ? "int32" : "float32");

/** What jax-js makes of the network at the parameters of seed 3. */
function forward(network: AnyNetwork, x: Tensor): Tensor {
  const array = np.array(x.data as Float32Array<ArrayBuffer>, { shape: [...x.shape], dtype: typeOf(x) as np.DType });
  const outputs = network.apply(network.init(3), array);
  return { shape: outputs.shape, data: outputs.dataSync() as Float32Array };
}

async function exported(network: AnyNetwork, tokens?: number): Promise<Uint8Array> {
  return exportOnnx(network.apply, network.init(3), examples(network, 2, tokens));
}

const structure = (bytes: Uint8Array): ModelProto => fromBinary(ModelProtoSchema, bytes);

/** Channels that ResNet-18 normalizes at width 4. */
const channels = 4 + 4 * 4 + 5 * 8 + 5 * 16 + 5 * 32;
const statistics = Float64Array.from({ length: 2 * channels }, (_, i) => Number(i >= channels) + 0.3 * Math.sin(i));

const networks: [string, AnyNetwork, number?][] = [
  ["multilayer perceptron", mlp([20, 16, 16, 5], { activation: "gelu" })],
  ["convnet", convnet({ inputShape: [1, 16, 16], features: [4, 6], kernelSize: 3, units: [12, 10] })],
  ["ResNet-18", resnet18({ inputShape: [3, 16, 16], width: 4 }).withStatistics(statistics)],
  ["convolutional autoencoder", convAutoencoder({ inputShape: [1, 16, 16], features: [3, 4] })],
  ["transformer", transformer({ vocabulary: 11, context: 6, width: 8, heads: 2 }), 11],
];

describe("exportOnnx()", () => {
  test.each(networks)(
    "a %s gives its outputs at batches of 1, 7 and 64, native and in wasm",
    async (_, network, tokens) => {
      const bytes = await exported(network, tokens);
      const batches = [1, 7, 64].map((batch) => examples(network, batch, tokens));
      const expected = batches.map((x) => forward(network, x));
      for (const { InferenceSession, Tensor } of [native, web as unknown as typeof native]) {
        const session = await InferenceSession.create(bytes);
        // That of onnxruntime-web, which it does not use for one thread; jax-js would take it for a browser's.
        Reflect.deleteProperty(globalThis, "Worker");
        for (const [i, x] of batches.entries()) {
          const { output } = await session.run({ input: new Tensor(typeOf(x), x.data as Float32Array, x.shape) });
          expect(output.dims).toEqual(expected[i].shape);
          // Of the largest output; float32 on both sides.
          expect(output.data as Float32Array).toBeAllclose(expected[i].data, { relative: 1e-5 });
        }
        await session.release();
      }
    },
  );

  test("names inputs, outputs and parameters, and leaves the batch free", async () => {
    const { graph, opsetImport, irVersion } = structure(await exported(mlp([4, 3, 2])));
    expect(opsetImport.map(({ version }) => version)).toEqual([21n]);
    expect(irVersion).toBe(10n);
    expect(graph!.initializer.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["0.weight", "0.bias", "1.weight", "1.bias"]),
    );
    const sizes = [...graph!.input, ...graph!.output].map(({ name, type }) => [
      name,
      type!.value.case === "tensorType" && type!.value.value.shape!.dim.map(({ value }) => value.value),
    ]);
    expect(sizes).toEqual([
      ["input", ["batch", 4n]],
      ["output", ["batch", 2n]],
    ]);
  });

  test("asks for no batch size if reshapes can infer it", async () => {
    const { graph } = structure(
      await exported(convnet({ inputShape: [1, 8, 8], features: [2], kernelSize: 3, units: [4] })),
    );
    expect(graph!.node.map(({ opType }) => opType)).not.toContain("Shape");
  });

  test("leaves the caller's parameters alone", async () => {
    const network = mlp([4, 3, 2]);
    const params = network.init(0);
    await exportOnnx(network.apply, params, examples(network, 1));
    expect(params.map(({ weight }) => weight.refCount)).toEqual([1, 1]);
  });

  test("keeps names distinct", async () => {
    const model = ({ v0, output, x: w }: Record<string, np.Array>, { x }: { x: np.Array }) =>
      x.mul(v0).add(output).mul(w);
    const params = { v0: np.array([2]), output: np.array([3]), x: np.array([4]) };
    const bytes = await exportOnnx(model, params, { x: { shape: [1, 1], data: Float32Array.of(1) } });
    const session = await native.InferenceSession.create(bytes);
    const { output } = await session.run({ x: new native.Tensor("float32", Float32Array.of(1, 2), [2, 1]) });
    expect(Array.from(output.data as Float32Array)).toEqual([20, 28]);
  });

  test("returns float64 where asked to", async () => {
    const model = ({ a }: { a: np.Array }, x: np.Array) => np.tanh(x.mul(a));
    const bytes = await exportOnnx(
      model,
      { a: np.array(0.1, { dtype: np.float64 }) },
      { shape: [1], data: Float64Array.of(1) },
      { dtype: "float64" },
    );
    const session = await native.InferenceSession.create(bytes);
    const { output } = await session.run({ input: new native.Tensor("float64", Float64Array.of(1, 2), [2]) });
    expect(output.data as Float64Array).toBeAllclose([Math.tanh(0.1), Math.tanh(0.2)]);
  });

  test.each([
    ["normalizes over the batch", (x: np.Array) => x.ref.sub(x.mean(0))],
    ["numbers its examples", (x: np.Array) => x.add(np.arange(x.shape[0]).reshape([-1, 1]))],
    ["pairs its examples", (x: np.Array) => np.dot(x.ref, x.transpose()).reshape([-1])],
  ])("refuses a model that %s", async (_, model) => {
    const example = { shape: [2, 3], data: new Float32Array(6) };
    await expect(exportOnnx((_: np.Array, x: np.Array) => model(x), np.array(0), example)).rejects.toThrow(
      /batch size must decide shapes alone/,
    );
  });
});
