/**
 * A committee: networks whose outputs are averaged, each a perceptron beside a linear map.
 *
 *   z(x) = (1/M)·Σ_m (x·U_m + Σ_k mlp_mk(x))
 *
 * The last layer of a new mlp_mk is zero, so that a member begins as its linear map.
 * References: [KroghVedelsby1995].
 */
import { numpy as np } from "@jax-js/jax";
import type { DenseLayer, Network } from "quadric";

export type MemberParams = { readonly perceptrons: readonly DenseLayer[][]; readonly linear: np.Array };

/** x ↦ x·U + Σ_k mlp_k(x). */
export function besideLinear(perceptrons: readonly Network<DenseLayer[]>[]): Network<MemberParams> {
  const [{ name, inputShape, outputSize }] = perceptrons;
  return {
    name: `${name}+linear`,
    inputShape,
    outputSize,
    init: (seed) => ({
      perceptrons: perceptrons.map((perceptron, k) => levelled(perceptron.init(seed + mostMembers * k))),
      linear: np.zeros([inputShape[0], outputSize]),
    }),
    apply: (params, x) =>
      perceptrons
        .map((perceptron, k) => perceptron.apply(params.perceptrons[k], x.ref))
        .reduce((sum, z) => sum.add(z))
        .add(np.dot(x, params.linear)),
  };
}

/** The last layer zero. */
function levelled(layers: readonly DenseLayer[]): DenseLayer[] {
  const { weight, bias } = layers.at(-1)!;
  return [...layers.slice(0, -1), { weight: np.zerosLike(weight), bias: np.zerosLike(bias) }];
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

/** Most members of a committee. */
export const mostMembers = 100;

/** Members of runs with neighbouring seeds differ. */
export const memberSeed = (seed: number, member: number): number => 1000 * seed + member;
