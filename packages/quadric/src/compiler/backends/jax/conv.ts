/** The three convolutions of ir/rules/conv.ts in jax-js, which convolves x with k and has no transposes of that. */
import { lax, numpy as np } from "@jax-js/jax";
import { geometryOf, type Node } from "../../ir/graph.ts";
import { paddingAfter } from "../../ir/rules/conv.ts";
import { materialized } from "./materialize.ts";

type Rule = (inputs: np.Array[], node: Node) => np.Array;

const spatial = ({ shape }: { shape: readonly number[] }): number[] => shape.slice(2).map((_, i) => i + 2);

export const conv: Rule = ([x, k], node) => {
  const { strides, dilations, padding, groups } = geometryOf(node);
  const after = paddingAfter(geometryOf(node), x.shape, k.shape, node.shape);
  return lax.convGeneralDilated(
    materialized(x),
    k,
    [...strides],
    padding.map((p, i): [number, number] => [p, after[i]]),
    { rhsDilation: [...dilations], featureGroupCount: groups },
  );
};

/** The zeros between the elements of y are lhsDilation; k is rotated by 180° and its channels change places. */
export const convInput: Rule = ([y, k], node) => {
  const { strides, dilations, padding, groups } = geometryOf(node);
  const [features, channels, ...taps] = k.shape;
  const grouped = k.reshape([groups, features / groups, channels, ...taps]);
  const swapped = np.swapaxes(grouped, 1, 2).reshape([groups * channels, features / groups, ...taps]);
  const pads = padding.map((p, i): [number, number] => {
    const reach = (taps[i] - 1) * dilations[i];
    const before = reach - p;
    return [before, node.shape[i + 2] + reach - before - ((y.shape[i + 2] - 1) * strides[i] + 1)];
  });
  return lax.convGeneralDilated(
    materialized(y),
    np.flip(swapped, spatial(k)),
    strides.map(() => 1),
    pads,
    {
      lhsDilation: [...strides],
      rhsDilation: [...dilations],
      featureGroupCount: groups,
    },
  );
};

/** Batch and channels change places, strides and dilations too; y is the kernel. */
export const convKernel: Rule = ([x, y], node) => {
  const { strides, dilations, padding, groups } = geometryOf(node);
  const after = paddingAfter(geometryOf(node), x.shape, node.shape, y.shape);
  const [batch, channels, ...input] = x.shape;
  const grouped = x.reshape([batch, groups, channels / groups, ...input]);
  const images = np.swapaxes(grouped, 0, 2).reshape([channels / groups, groups * batch, ...input]);
  const result = lax.convGeneralDilated(
    materialized(images),
    np.swapaxes(y, 0, 1),
    [...dilations],
    padding.map((p, i): [number, number] => [p, after[i]]),
    { rhsDilation: [...strides], featureGroupCount: groups },
  );
  return np.swapaxes(result, 0, 1);
};
