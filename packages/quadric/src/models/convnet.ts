/**
 * Convolutional classifiers: stages of a convolution, an activation and 2×2 max pooling, then a multilayer perceptron.
 *
 *   h_l = pool(φ(h_{l−1} * K_l + b_l)),   outputs = mlp(flatten h_L)
 *
 * [Kohler2020] has two. For 28×28 images of one channel: 5×5(20), 5×5(50), 500, 10 with rectified units.
 * For 32×32 images of three channels: 5×5(6), 5×5(16), 120, 84, 10 with softplus.
 */
import { requireInteger } from "../check.ts";
import { makeRandom } from "../vector/random.ts";
import { type ActivationName, activations } from "./activations.ts";
import type { InitializerName } from "./initializers.ts";
import { addChannels, type ConvLayer, convolve, type DenseLayer, drawConv, drawDense, maxPool } from "./layers.ts";
import { mlp, type Network } from "./mlp.ts";

export type ConvnetParams = { readonly convolutions: ConvLayer[]; readonly dense: DenseLayer[] };

export interface ConvnetOptions {
  /** Channels, height and width of an image; defaults to [1, 28, 28]. */
  readonly inputShape?: readonly [channels: number, height: number, width: number];
  /** Features of each convolution; defaults to [20, 50]. */
  readonly features?: readonly number[];
  /** Height and width of every kernel; defaults to 5. No padding. */
  readonly kernelSize?: number;
  /** Units of the dense layers, outputs last; defaults to [500, 10]. */
  readonly units?: readonly number[];
  /** Of all layers but the last; defaults to "relu". */
  readonly activation?: ActivationName;
  /** Defaults to "fanIn": weights and biases uniform in ±1/√fanIn ([Kohler2020]). */
  readonly initializer?: InitializerName;
}

/**
 * @throws {RangeError} if a size is not an integer ≥ 1, or an image does not survive the stages.
 * @example
 * const network = convnet({ activation: "softplus" });
 * const problem = supervised(network, losses.crossEntropy, { seed: 0 }); // 431,080 parameters
 */
export function convnet({
  inputShape = [1, 28, 28],
  features = [20, 50],
  kernelSize = 5,
  units = [500, 10],
  activation = "relu",
  initializer = "fanIn",
}: ConvnetOptions = {}): Network<ConvnetParams> {
  const sizes = { inputShape, features, kernelSize: [kernelSize], units };
  for (const [name, list] of Object.entries(sizes)) for (const n of list) requireInteger("convnet", name, n, 1);
  const [channels, height, width] = inputShape;
  const stages = features.reduce<readonly number[][]>(
    (all) => [...all, all[all.length - 1].map(pooled)],
    [[height, width]],
  );
  function pooled(n: number): number {
    return Math.floor((n - kernelSize + 1) / 2);
  }
  const last = stages[stages.length - 1];
  if (last.some((n) => n < 1)) {
    throw new RangeError(
      `convnet: images must survive ${features.length} convolutions of ${kernelSize}×${kernelSize} and pooling, got ${height}×${width}.`,
    );
  }
  const flat = (features[features.length - 1] ?? channels) * last[0] * last[1];
  const head = mlp([flat, ...units], { activation, initializer });
  const phi = activations[activation];

  return {
    name: `convnet:${channels}x${height}x${width}-${features.join("-")}-${units.join("-")}`,
    inputShape,
    outputSize: head.outputSize,
    init(seed) {
      const random = makeRandom(seed);
      const convolutions = features.map((n, l) =>
        drawConv(random, initializer, [n, features[l - 1] ?? channels, kernelSize, kernelSize]),
      );
      const dense = units.map((n, l) => drawDense(random, initializer, units[l - 1] ?? flat, n));
      return { convolutions, dense };
    },
    apply({ convolutions, dense }, x) {
      const images = x.reshape([x.shape[0], ...inputShape]);
      const maps = convolutions.reduce(
        (h, { weight, bias }) => maxPool(phi(addChannels(convolve(h, weight), bias)), 2),
        images,
      );
      return head.apply(dense, maps.reshape([maps.shape[0], flat]));
    },
  };
}
