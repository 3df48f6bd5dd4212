import { numpy as np, random, vmap } from "@jax-js/jax";
import type { Node, RandomBits } from "../../ir/graph.ts";

/** By jax-js itself, whose `split` makes the single words of its generator. */
export function randomBits([k0, k1]: np.Array[], { inputs, shape, attributes }: Node): np.Array {
  const { mode } = attributes as unknown as RandomBits;
  const keyRank = inputs[0].shape.length;
  const own = shape.slice(keyRank);
  const one = (key: np.Array): np.Array =>
    mode === "xor" ? random.bits(key, own) : random.split(key, own).slice(...own.map((): [] => []), mode);
  const f = Array.from({ length: keyRank }).reduce<typeof one>((inner) => vmap(inner) as typeof one, one);
  return f(np.stack([k0, k1], -1));
}
