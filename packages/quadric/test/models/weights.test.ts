/** Weights that PyTorch wrote (fixtures/torch_weights.py), in our networks. */
import { readFileSync } from "node:fs";
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { resnet18 } from "../../../../examples/models/resnet.ts";
import { torchStatistics } from "../../../../examples/models/statistics.ts";
import { readSafetensors, writeSafetensors } from "../../src/data/safetensors.ts";
import { convnet } from "../../src/models/convnet.ts";
import { mlp, type Network } from "../../src/models/mlp.ts";
import { loadParameters, namedTensors } from "../../src/models/weights.ts";
import type { Tensor } from "../../src/vector/tensor.ts";
import "../helpers/matchers.ts";

const file = readSafetensors(readFileSync(new URL("../fixtures/torch-weights.safetensors", import.meta.url)));

/** A model's tensors, under its own names. */
const tensorsOf = (model: string): Map<string, Tensor> =>
  new Map(
    [...file.tensors].flatMap(([name, tensor]) =>
      name.startsWith(`${model}.`) ? [[name.slice(model.length + 1), tensor]] : [],
    ),
  );

const resnetLayers = {
  stem: "conv1",
  "stem.norm": "bn1",
  "blocks.0.first": "layer1.0.conv1",
  "blocks.0.first.norm": "layer1.0.bn1",
  "blocks.0.second": "layer1.0.conv2",
  "blocks.0.second.norm": "layer1.0.bn2",
  "blocks.1.first": "layer2.0.conv1",
  "blocks.1.first.norm": "layer2.0.bn1",
  "blocks.1.second": "layer2.0.conv2",
  "blocks.1.second.norm": "layer2.0.bn2",
  "blocks.1.shortcut.0": "layer2.0.downsample.0",
  "blocks.1.shortcut.0.norm": "layer2.0.downsample.1",
  head: "fc",
};
const normalizations = ["bn1", "layer1.0.bn1", "layer1.0.bn2", "layer2.0.bn1", "layer2.0.bn2", "layer2.0.downsample.1"];

// biome-ignore lint/suspicious/noExplicitAny: networks of any parameters, side by side.
const cases: [string, Network<any>, Record<string, string>][] = [
  ["mlp", mlp([4, 4, 3]), { "0": "0", "1": "2" }],
  [
    "convnet",
    convnet({ inputShape: [1, 14, 14], features: [3, 4], kernelSize: 3, units: [6, 5] }),
    { "convolutions.0": "conv1", "convolutions.1": "conv2", "dense.0": "fc1", "dense.1": "fc2" },
  ],
  [
    "resnet",
    resnet18({ inputShape: [3, 8, 8], width: 4, blocks: [1, 1], classes: 5 }).withStatistics(
      torchStatistics(tensorsOf("resnet"), normalizations),
    ),
    resnetLayers,
  ],
];

describe.each(cases)("a PyTorch %s", (name, network, layers) => {
  const tensors = tensorsOf(name);
  const names = { torch: layers };

  test("gives its outputs in our network", () => {
    const params = loadParameters(network.init(0), tensors, names);
    const { shape, data } = tensors.get("x")!;
    const outputs = network.apply(params, np.array(data as Float32Array<ArrayBuffer>, { shape: [...shape] }));
    // float32 on both sides.
    expect(outputs.dataSync() as Float32Array).toBeAllclose(tensors.get("outputs")!.data, { relative: 1e-5 });
  });

  test("comes back with the names and bytes that PyTorch gave it", () => {
    const params = loadParameters(network.init(0), tensors, names);
    const written = readSafetensors(writeSafetensors(namedTensors(params, names))).tensors;
    for (const [key, tensor] of written) expect(tensor).toEqual(tensors.get(key));
    expect(written.size).toBe([...tensors.keys()].filter((key) => !/^(x|outputs)$|running_/.test(key)).length);
  });
});

test("parameters come back from a file of our own names", () => {
  const params = mlp([3, 2, 1]).init(4);
  const written = namedTensors(params);
  expect([...written.keys()]).toEqual(["0.weight", "0.bias", "1.weight", "1.bias"]);
  expect(namedTensors(loadParameters(mlp([3, 2, 1]).init(0), written))).toEqual(written);
});

test("a file that does not fit is refused", () => {
  const tensors = namedTensors(mlp([3, 2, 1]).init(0));
  expect(() => loadParameters(mlp([3, 3, 1]).init(0), tensors)).toThrow(
    'loadParameters: tensor "0.weight" must have shape [3,3], got shape [3,2].',
  );
  expect(() => torchStatistics(tensors, ["bn1"])).toThrow(
    'torchStatistics: there must be a tensor "bn1.running_mean", got none.',
  );
});
