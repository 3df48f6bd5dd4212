import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { groupNorm, layerNorm, unitScaleShift } from "../../../../../examples/models/normalization.ts";
import { resnet18 } from "../../../../../examples/models/resnet.ts";
import { populationStatistics } from "../../../../../examples/models/statistics.ts";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { compileObjective, losses, supervised } from "../../../src/index.ts";
import { makeRandom, normalVector } from "../../../src/vector/random.ts";
import "../../helpers/matchers.ts";

const network = resnet18({ inputShape: [2, 6, 6], width: 3, blocks: [1, 1], classes: 4 });
const features = 72;
const examples = (n: number, seed: number) => ({
  shape: [n, features],
  data: normalVector(makeRandom(seed), n * features),
});

async function outputs(of: typeof network | ReturnType<typeof network.withStatistics>, x: ReturnType<typeof examples>) {
  const problem = supervised(of, losses.crossEntropy, { seed: 1 });
  const objective = await compileObjective(problem, { backend: onnx(), dtype: "float64" });
  const y = { shape: [x.shape[0]], data: new Int32Array(x.shape[0]) };
  const { data } = await objective.predict!(objective.initial, { x, y });
  objective.dispose();
  return data as Float64Array;
}

describe("populationStatistics()", () => {
  const options = { backend: onnx(), dtype: "float64" } as const;

  test("of one batch give that batch the outputs that it had", async () => {
    const x = examples(5, 1);
    const statistics = await populationStatistics(network, network.init(1), [{ x }], options);
    expect(await outputs(network.withStatistics(statistics), x)).toBeAllclose(await outputs(network, x), {
      relative: 1e-12,
    });
  });

  test("of two batches are those of all their examples in the first layer", async () => {
    const [a, b] = [examples(5, 1), examples(5, 2)];
    const both = { shape: [10, features], data: Float64Array.of(...a.data, ...b.data) };
    const apart = await populationStatistics(network, network.init(1), [{ x: a }, { x: b }], options);
    const together = await populationStatistics(network, network.init(1), [{ x: both }], options);
    const first = (statistics: Float64Array) => [
      ...statistics.slice(0, 3),
      ...statistics.slice(apart.length / 2).slice(0, 3),
    ];
    expect(first(apart)).toBeAllclose(first(together));
  });

  test("make outputs independent of the rest of a batch", async () => {
    const x = examples(5, 1);
    const statistics = await populationStatistics(network, network.init(1), [{ x }], options);
    const inference = network.withStatistics(statistics);
    const alone = { shape: [1, features], data: x.data.slice(0, features) };
    expect(await outputs(inference, alone)).toBeAllclose((await outputs(inference, x)).slice(0, 4));
    expect(await outputs(network, alone)).not.toBeAllclose((await outputs(network, x)).slice(0, 4), { relative: 1e-2 });
  });

  test("refuse no batch at all", async () => {
    await expect(populationStatistics(network, network.init(1), [], options)).rejects.toThrow(
      "populationStatistics: batches must hold at least one batch, got none.",
    );
  });
});

describe("normalizations", () => {
  const moments = (values: ArrayLike<number>) => {
    const mean = Array.from(values).reduce((a, b) => a + b, 0) / values.length;
    return [mean, Array.from(values).reduce((a, b) => a + (b - mean) ** 2, 0) / values.length];
  };

  test("layerNorm leaves mean 0 and variance 1 to every example", () => {
    const x = np.array(Float32Array.from(normalVector(makeRandom(3), 24)), { shape: [3, 8] });
    const y = layerNorm(x, unitScaleShift(8)).dataSync();
    // ε = 1e-5 beside variances of about 1, and float32.
    for (let i = 0; i < 3; i++) expect(moments(y.slice(8 * i, 8 * i + 8))).toBeAllclose([0, 1], { absolute: 1e-4 });
  });

  test("groupNorm leaves them to every group of channels of an example", () => {
    const x = np.array(Float32Array.from(normalVector(makeRandom(3), 96)), { shape: [2, 4, 3, 4] });
    const y = groupNorm(x, unitScaleShift(4), 2).dataSync();
    for (let i = 0; i < 4; i++) expect(moments(y.slice(24 * i, 24 * i + 24))).toBeAllclose([0, 1], { absolute: 1e-4 });
  });
});
