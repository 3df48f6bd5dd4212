/**
 * A convolutional autoencoder: convolutions of 4×4 with stride 2 that halve the images, and transposed ones that double them
 * again; logistic outputs in [0, 1]. [Kohler2020] trains one on CIFAR-10 with the mean squared error per pixel and leaves its layers
 * unsaid; these are ours.
 *
 *   3×32×32 → 12×16×16 → 24×8×8 → 48×4×4 → 24×8×8 → 12×16×16 → 3×32×32
 */
import { lax, nn } from "@jax-js/jax";
import { requireInteger } from "../check.ts";
import { makeRandom, type Random } from "../vector/random.ts";
import { type ActivationName, activations } from "./activations.ts";
import type { InitializerName } from "./initializers.ts";
import { addChannels, type ConvLayer, convolve, drawBias, drawConv, drawWeight } from "./layers.ts";
import type { Network } from "./mlp.ts";

export type ConvAutoencoderParams = {
  readonly encoder: ConvLayer[];
  /** Weights are [in, out, 4, 4], as of the convolutions that they transpose. */
  readonly decoder: ConvLayer[];
};

export interface ConvAutoencoderOptions {
  /** Channels, height and width of an image, the latter two divisible by 2 for every layer; defaults to [3, 32, 32]. */
  readonly inputShape?: readonly [channels: number, height: number, width: number];
  /** Channels after each convolution; defaults to [12, 24, 48]. */
  readonly features?: readonly number[];
  /** Between the layers; defaults to "relu". */
  readonly activation?: ActivationName;
  /** Defaults to "fanIn": weights and biases uniform in ±1/√fanIn. */
  readonly initializer?: InitializerName;
}

/** A transposed convolution of stride 2, which of its 16 places lets 4 meet in a pixel. */
function drawDoubling(random: Random, initializer: InitializerName, from: number, to: number): ConvLayer {
  const fanIn = 4 * from;
  return {
    weight: drawWeight(random, initializer, [from, to, 4, 4], fanIn, 4 * to),
    bias: drawBias(random, initializer, to, fanIn),
  };
}

/**
 * @throws {RangeError} if a size is not an integer ≥ 1, or height or width does not halve once a layer.
 * @example
 * const problem = reconstruction(convAutoencoder(), meanSquaredError); // 47,355 parameters
 */
export function convAutoencoder({
  inputShape = [3, 32, 32],
  features = [12, 24, 48],
  activation = "relu",
  initializer = "fanIn",
}: ConvAutoencoderOptions = {}): Network<ConvAutoencoderParams> {
  for (const [name, list] of Object.entries({ inputShape, features })) {
    for (const n of list) requireInteger("convAutoencoder", name, n, 1);
  }
  const [channels, ...size] = inputShape;
  if (size.some((n) => n % 2 ** features.length !== 0)) {
    throw new RangeError(
      `convAutoencoder: height and width must be divisible by ${2 ** features.length}, got ${size.join("×")}.`,
    );
  }
  const outputSize = channels * size[0] * size[1];
  const widths = [channels, ...features];
  const phi = activations[activation];
  const geometry = { stride: 2, padding: 1 };

  return {
    name: `conv-autoencoder:${inputShape.join("x")}-${features.join("-")}`,
    inputShape,
    outputSize,
    init(seed) {
      const random = makeRandom(seed);
      const encoder = features.map((n, l) => drawConv(random, initializer, [n, widths[l], 4, 4]));
      const decoder = features.map((n, l) => drawDoubling(random, initializer, n, widths[l])).reverse();
      return { encoder, decoder };
    },
    apply({ encoder, decoder }, x) {
      const images = x.reshape([x.shape[0], ...inputShape]);
      const code = encoder.reduce(
        (h, { weight, bias }) => phi(addChannels(convolve(h, weight, geometry), bias)),
        images,
      );
      const outputs = decoder.reduce((h, { weight, bias }, l) => {
        const z = addChannels(
          lax.convTranspose(
            h,
            weight,
            [2, 2],
            [
              [1, 1],
              [1, 1],
            ],
            { transposeKernel: true },
          ),
          bias,
        );
        return l < decoder.length - 1 ? phi(z) : nn.sigmoid(z);
      }, code);
      return outputs.reshape([outputs.shape[0], outputSize]);
    },
  };
}
