/**
 * A convolutional autoencoder: convolutions of 4×4 with stride 2 that halve the images, and transposed ones that double
 * them again; logistic outputs in [0, 1]. [Kohler2020] trains one on CIFAR-10 with the mean squared error per pixel and
 * leaves its layers unsaid; these are ours.
 *
 *   3×32×32 → 12×16×16 → 24×8×8 → 48×4×4 → 24×8×8 → 12×16×16 → 3×32×32
 */
import { lax, nn, type numpy as np } from "@jax-js/jax";
import type { Network } from "quadric";
import { type Draw, drawFrom } from "./draw.ts";

// A type rather than an interface: only then does it count as a record of arrays.
type ConvLayer = {
  /** [out, in, 4, 4]. */
  readonly weight: np.Array;
  /** [out]. */
  readonly bias: np.Array;
};

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
  /** Between the layers; defaults to `nn.relu`. */
  readonly activation?: (x: np.Array) => np.Array;
}

/** Uniform in ±1/√fanIn. A transposed convolution of stride 2 lets 4 of its 16 taps meet in a pixel. */
function drawLayer(draw: Draw, shape: readonly number[], outputs: number, fanIn: number): ConvLayer {
  const bound = 1 / Math.sqrt(fanIn);
  return { weight: draw.uniform(shape, bound), bias: draw.uniform([outputs], bound) };
}

const addChannels = (x: np.Array, bias: np.Array) => x.add(bias.reshape([bias.shape[0], 1, 1]));

const halving: { readonly stride: [number, number]; readonly padding: [number, number][] } = {
  stride: [2, 2],
  padding: [
    [1, 1],
    [1, 1],
  ],
};

/**
 * @throws {RangeError} if height or width does not halve once a layer.
 * @example
 * const problem = supervised(convAutoencoder(), losses.meanSquaredError); // 47,355 parameters
 */
export function convAutoencoder({
  inputShape = [3, 32, 32],
  features = [12, 24, 48],
  activation = nn.relu,
}: ConvAutoencoderOptions = {}): Network<ConvAutoencoderParams> {
  const [channels, ...size] = inputShape;
  if (size.some((n) => n % 2 ** features.length !== 0)) {
    throw new RangeError(
      `convAutoencoder: height and width must be divisible by ${2 ** features.length}, got ${size.join("×")}.`,
    );
  }
  const outputSize = channels * size[0] * size[1];
  const widths = [channels, ...features];

  return {
    name: `conv-autoencoder:${inputShape.join("x")}-${features.join("-")}`,
    inputShape,
    outputSize,
    init(seed) {
      const draw = drawFrom(seed);
      const encoder = features.map((n, l) => drawLayer(draw, [n, widths[l], 4, 4], n, 16 * widths[l]));
      const decoder = features.map((n, l) => drawLayer(draw, [n, widths[l], 4, 4], widths[l], 4 * n)).reverse();
      return { encoder, decoder };
    },
    apply({ encoder, decoder }, x) {
      const images = x.reshape([x.shape[0], ...inputShape]);
      const code = encoder.reduce(
        (h, { weight, bias }) => activation(addChannels(lax.conv(h, weight, halving.stride, halving.padding), bias)),
        images,
      );
      const outputs = decoder.reduce((h, { weight, bias }, l) => {
        const z = addChannels(
          lax.convTranspose(h, weight, halving.stride, halving.padding, { transposeKernel: true }),
          bias,
        );
        return l < decoder.length - 1 ? activation(z) : nn.sigmoid(z);
      }, code);
      return outputs.reshape([outputs.shape[0], outputSize]);
    },
  };
}
