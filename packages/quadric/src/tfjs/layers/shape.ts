/** Layers that move elements: flatten, reshape, permute, repeat, crop, pad, enlarge. */
import { numpy as np } from "@jax-js/jax";
import type { Converter, LayerCall } from "./call.ts";
import { asValue, channelsLast, channelsSecond, type Value } from "./value.ts";

export type Pair = readonly [number, number];

/** Whether the layer takes its input as [b, channels, …]. */
export function isChannelsFirst({ read }: Pick<LayerCall, "read">): boolean {
  return read("dataFormat") === "channelsFirst";
}

/** The input as [b, channels, …], by the layer's own data format. */
export function imagesOf(call: LayerCall): np.Array {
  return isChannelsFirst(call) ? channelsLast(call.inputs[0]) : channelsSecond(call.inputs[0]);
}

/** An output [b, channels, …], in the layer's own data format. */
export function inFormat(call: LayerCall, images: np.Array): Value {
  return asValue(images, isChannelsFirst(call) ? "last" : "second");
}

export const shapeLayers: Readonly<Record<string, Converter>> = {
  Flatten(call) {
    const x = channelsLast(call.inputs[0]);
    const y = isChannelsFirst(call) && x.ndim > 2 ? np.moveaxis(x, 1, -1) : x;
    return asValue(y.reshape([y.shape[0], y.shape.slice(1).reduce((n, m) => n * m, 1)]));
  },
  Reshape({ inputs: [x], read }) {
    const y = channelsLast(x);
    const target = read<(number | null)[]>("targetShape").map((n) => (n === null || n < 0 ? -1 : n));
    return asValue(y.reshape([y.shape[0], ...target]));
  },
  Permute({ inputs: [x], read }) {
    return asValue(np.transpose(channelsLast(x), [0, ...read<number[]>("dims")]));
  },
  RepeatVector({ inputs: [x], read }) {
    const y = channelsLast(x);
    return asValue(np.repeat(y.reshape([y.shape[0], 1, y.shape[1]]), read<number>("n"), 1));
  },
  Cropping2D(call) {
    const [rows, columns] = call.read<[Pair, Pair]>("cropping");
    const x = imagesOf(call);
    const [, , height, width] = x.shape;
    return inFormat(call, x.slice([], [], [rows[0], height - rows[1]], [columns[0], width - columns[1]]));
  },
  ZeroPadding2D(call) {
    const [rows, columns] = call.read<[Pair, Pair]>("padding");
    return inFormat(call, np.pad(imagesOf(call), [[0, 0], [0, 0], [...rows], [...columns]]));
  },
  UpSampling2D(call) {
    const [rows, columns] = call.read<Pair>("size");
    const x = imagesOf(call);
    if (call.read("interpolation") === "nearest") return inFormat(call, np.repeat(np.repeat(x, rows, 2), columns, 3));
    const [, , height, width] = x.shape;
    const wider = np.dot(x, interpolation(width, columns));
    const higher = np.dot(np.moveaxis(wider, 2, -1), interpolation(height, rows));
    return inFormat(call, np.moveaxis(higher, -1, 2));
  },
};

/** The matrix [n, n·times] from n values to values at i/times, linear in between and constant after the last. */
function interpolation(n: number, times: number): np.Array {
  const weights = new Float32Array(n * n * times);
  for (let i = 0; i < n * times; i++) {
    const [below, above] = [Math.floor(i / times), Math.min(n - 1, Math.ceil(i / times))];
    weights[below * n * times + i] += 1 - (i / times - below);
    weights[above * n * times + i] += i / times - below;
  }
  return np.array(weights, { shape: [n, n * times] });
}
