/**
 * Statistics of normalizations over many batches, for inference:
 *
 *   μ = mean of μ_b,   σ² = mean of σ_b² + (μ_b − μ)²
 *
 * They are taken once, at the parameters that training ended with [WuJohnson2021], rather than averaged along the way:
 * so no evaluation changes what the next one computes, and all products of a subproblem see the same function.
 */
import type { numpy as np } from "@jax-js/jax";
import { type CompileOptions, compileObjective, type Tensor, type TensorTree } from "quadric";
import type { NormalizedNetwork } from "./resnet.ts";

/**
 * @param batches - Examples { x } of one size, at least one batch; a few thousand examples are plenty.
 * @returns what `network.withStatistics` takes, in float64.
 * @throws {RangeError} if there is no batch.
 * @example
 * const statistics = await populationStatistics(network, run.params, batches, { backend: onnx() });
 * const inference = network.withStatistics(statistics);
 */
export async function populationStatistics<P>(
  network: NormalizedNetwork<P>,
  params: P,
  batches: Iterable<TensorTree>,
  options: CompileOptions = {},
): Promise<Float64Array> {
  const problem = {
    model: (w: P, { x }: { x: np.Array }) => network.statistics(w, x),
    loss: (statistics: np.Array) => statistics.sum(),
    params,
  };
  const objective = await compileObjective(problem, options);
  const found: Float64Array[] = [];
  for (const batch of batches) {
    const { data } = await objective.predict!(objective.initial, batch);
    found.push(Float64Array.from(data));
  }
  objective.dispose();
  if (found.length === 0) throw new RangeError("populationStatistics: batches must hold at least one batch, got none.");
  const half = found[0].length / 2;
  const result = new Float64Array(2 * half);
  for (const batch of found) for (let i = 0; i < half; i++) result[i] += batch[i] / found.length;
  for (const batch of found) {
    for (let i = 0; i < half; i++) result[half + i] += (batch[half + i] + (batch[i] - result[i]) ** 2) / found.length;
  }
  return result;
}

/**
 * Running statistics of normalizations in a PyTorch file, as `withStatistics` takes them.
 *
 * @param layers - Their names in the order in which the network normalizes.
 * @throws {RangeError} if one has no running_mean or running_var.
 */
export function torchStatistics(tensors: ReadonlyMap<string, Tensor>, layers: readonly string[]): Float64Array {
  const all = ["running_mean", "running_var"].flatMap((kind) =>
    layers.flatMap((layer) => {
      const tensor = tensors.get(`${layer}.${kind}`);
      if (!tensor) throw new RangeError(`torchStatistics: there must be a tensor "${layer}.${kind}", got none.`);
      return Array.from(tensor.data);
    }),
  );
  return Float64Array.from(all);
}
