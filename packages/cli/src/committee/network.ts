/**
 * A committee: networks whose outputs are averaged, each a perceptron beside a linear map.
 *
 *   z(x) = (1/M)·Σ_m (x·U_m + mlp_m(x))
 *
 * The last layer of a new mlp_m is zero, so that a member begins as its linear map.
 * References: [KroghVedelsby1995].
 */
import { numpy as np } from "@jax-js/jax";
import type { DenseLayer, Network } from "quadric";

export type MemberParams = { readonly perceptron: DenseLayer[]; readonly linear: np.Array };

/** x ↦ x·U + mlp(x). */
export function besideLinear(perceptron: Network<DenseLayer[]>): Network<MemberParams> {
  const { name, inputShape, outputSize } = perceptron;
  return {
    name: `${name}+linear`,
    inputShape,
    outputSize,
    init(seed) {
      const layers = perceptron.init(seed);
      const last = layers.at(-1)!;
      const level = { weight: np.zerosLike(last.weight), bias: np.zerosLike(last.bias) };
      return { perceptron: [...layers.slice(0, -1), level], linear: np.zeros([inputShape[0], outputSize]) };
    },
    apply: (params, x) => perceptron.apply(params.perceptron, x.ref).add(np.dot(x, params.linear)),
  };
}

type Params = { readonly [key: string]: Params } | readonly Params[] | np.Array;

/** The mean of the outputs of `count` members of one shape; each starts from its own seed. */
export function averaged<P extends Params>(member: Network<P>, count: number): Network<P[]> {
  return {
    ...member,
    name: `${count}*${member.name}`,
    init: (seed) => Array.from({ length: count }, (_, m) => member.init(memberSeed(seed, m))),
    apply: (members, x) =>
      members
        .map((params, m) => member.apply(params, m + 1 < count ? x.ref : x))
        .reduce((sum, z) => sum.add(z))
        .mul(1 / count),
  };
}

/** Members of runs with neighbouring seeds differ. */
export const memberSeed = (seed: number, member: number): number => 1000 * seed + member;
