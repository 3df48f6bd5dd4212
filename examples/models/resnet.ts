/**
 * Residual networks of basic blocks [He2016], for small images:
 *
 *   block(x) = φ(bn(K₂ * φ(bn(K₁ * x))) + shortcut(x)),   the shortcut x itself, or bn(K₃ * x) where the shape changes
 *
 * A 3×3 convolution, stages of blocks that halve height and width and double the channels from one to the next, the
 * mean over all places, and a dense layer. ResNet-18 has two blocks in each of four stages.
 */
import { lax, nn, numpy as np } from "@jax-js/jax";
import type { Network } from "quadric";
import { type Dense, type Draw, dense, drawFrom } from "./draw.ts";
import { batchNorm, channelMoments, type Moments, type ScaleShift, unitScaleShift } from "./normalization.ts";

/** A convolution without bias, which normalization would take away. */
type NormalizedConv = { readonly weight: np.Array; readonly norm: ScaleShift };

type Block = {
  readonly first: NormalizedConv;
  readonly second: NormalizedConv;
  /** One where the shape changes, else none. */
  readonly shortcut: NormalizedConv[];
};

export type ResnetParams = { readonly stem: NormalizedConv; readonly blocks: Block[]; readonly head: Dense };

export interface ResnetOptions {
  /** Channels, height and width of an image; defaults to [3, 32, 32]. */
  readonly inputShape?: readonly [channels: number, height: number, width: number];
  /** Defaults to 10. */
  readonly classes?: number;
  /** Channels of the first stage; defaults to 64. */
  readonly width?: number;
  /** Blocks in each stage; defaults to [2, 2, 2, 2]. */
  readonly blocks?: readonly number[];
  /** φ; defaults to `nn.relu`. */
  readonly activation?: (x: np.Array) => np.Array;
}

/** A network whose outputs depend on the whole batch, through the statistics of its normalizations. */
export interface NormalizedNetwork<P> extends Network<P> {
  /** Means and variances of all normalized channels on a batch, layer by layer: [2, channels]. Consumes its arguments. */
  statistics(params: P, x: np.Array): np.Array;
  /** The same network with statistics given, for inference: an example's outputs no longer depend on the others. */
  withStatistics(statistics: Float64Array): Network<P>;
}

/** Normalizes the channels of x; called layer after layer, always in the same order. */
type Normalize = (x: np.Array, layer: ScaleShift) => np.Array;

/** A 3×3 or 1×1 convolution that keeps the images' size, or halves it. */
const convolve = (x: np.Array, weight: np.Array, stride: number) => {
  const padding: [number, number] = weight.shape[2] === 3 ? [1, 1] : [0, 0];
  return lax.conv(x, weight, [stride, stride], [padding, padding]);
};

/**
 * @example
 * const network = resnet18({ inputShape: [1, 28, 28] });
 * const problem = supervised(network, losses.crossEntropy); // 11,172,810 parameters
 */
export function resnet18({
  inputShape = [3, 32, 32],
  classes = 10,
  width = 64,
  blocks = [2, 2, 2, 2],
  activation = nn.relu,
}: ResnetOptions = {}): NormalizedNetwork<ResnetParams> {
  // What each block makes of the channels before it; the first of a stage, but for the first stage, halves the images.
  const plan = blocks.flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => ({
      from: width * 2 ** Math.max(0, i === 0 ? stage - 1 : stage),
      to: width * 2 ** stage,
      stride: i === 0 && stage > 0 ? 2 : 1,
    })),
  );
  const last = plan[plan.length - 1].to;

  // Variance 2/fanIn, for rectified units [He2015].
  const conv = (draw: Draw, from: number, to: number, size: number): NormalizedConv => ({
    weight: draw.normal([to, from, size, size], 2 / (from * size * size)),
    norm: unitScaleShift(to),
  });

  function run({ stem, blocks, head }: ResnetParams, x: np.Array, normalize: Normalize): np.Array {
    const step = (h: np.Array, { weight, norm }: NormalizedConv, stride = 1) =>
      normalize(convolve(h, weight, stride), norm);
    const images = x.reshape([x.shape[0], ...inputShape]);
    let h = activation(step(images, stem));
    blocks.forEach(({ first, second, shortcut: [reshaping] }, i) => {
      const { stride } = plan[i];
      const inner = activation(step(h.ref, first, stride));
      const residual = step(inner, second);
      h = activation(residual.add(reshaping ? step(h, reshaping, stride) : h));
    });
    return dense(np.mean(h, [2, 3]), head);
  }

  const network: Network<ResnetParams> = {
    name: `resnet18:${inputShape.join("x")}-${classes}`,
    inputShape,
    outputSize: classes,
    init(seed) {
      const draw = drawFrom(seed);
      const stem = conv(draw, inputShape[0], width, 3);
      const drawn = plan.map(({ from, to, stride }) => ({
        first: conv(draw, from, to, 3),
        second: conv(draw, to, to, 3),
        shortcut: from === to && stride === 1 ? [] : [conv(draw, from, to, 1)],
      }));
      return {
        stem,
        blocks: drawn,
        head: { weight: draw.normal([last, classes], 1 / last), bias: np.zeros([classes]) },
      };
    },
    apply: (params, x) => run(params, x, (h, layer) => batchNorm(h.ref, layer, channelMoments(h))),
  };

  return {
    ...network,
    statistics(params, x) {
      const found: Moments[] = [];
      const outputs = run(params, x, (h, layer) => {
        const { mean, variance } = channelMoments(h.ref);
        found.push({ mean: mean.ref, variance: variance.ref });
        return batchNorm(h, layer, { mean, variance });
      });
      outputs.dispose();
      const all = (which: keyof Moments) => np.concatenate(found.map((moments) => moments[which]));
      return np.stack([all("mean"), all("variance")]);
    },
    withStatistics: (statistics) => ({
      ...network,
      apply(params, x) {
        const half = statistics.length / 2;
        let channel = 0;
        return run(params, x, (h, layer) => {
          const size = h.shape[1];
          const part = (from: number) => {
            const values = statistics.subarray(from + channel, from + channel + size);
            const data = h.dtype === np.float64 ? Float64Array.from(values) : Float32Array.from(values);
            return np.array(data, { shape: [size], dtype: h.dtype });
          };
          const moments = { mean: part(0), variance: part(half) };
          channel += size;
          return batchNorm(h, layer, moments);
        });
      },
    }),
  };
}
