/** Initial weights from a seed. */
import type { Random } from "../vector/random.ts";

/** Draws one number, given the fans of its tensor. */
export type Initializer = (random: Random, fanIn: number, fanOut: number) => number;

const uniform = (random: Random, bound: number) => (2 * random.uniform() - 1) * bound;

export type InitializerName = "fanIn" | "lecun" | "glorot" | "he";

export const initializers: Record<InitializerName, Initializer> = {
  /** Uniform in ±1/√fanIn, weights and biases alike ([Kohler2020], and the default of common libraries). */
  fanIn: (random, fanIn) => uniform(random, 1 / Math.sqrt(fanIn)),
  /** Normal with variance 1/fanIn ([LeCun1998]). */
  lecun: (random, fanIn) => random.normal() / Math.sqrt(fanIn),
  /** Uniform with variance 2/(fanIn + fanOut) ([GlorotBengio2010]). */
  glorot: (random, fanIn, fanOut) => uniform(random, Math.sqrt(6 / (fanIn + fanOut))),
  /** Normal with variance 2/fanIn, for rectified units ([He2015]). */
  he: (random, fanIn) => random.normal() * Math.sqrt(2 / fanIn),
};
