/**
 * A seeded generator (sfc32: four 32-bit words, period about 2¹²⁷ on average) whose state is plain data, so that a run
 * that stops in the middle of its draws continues with the same numbers.
 */
import { type Dtype, type Vector, zeros } from "./vector.ts";

export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal (Box–Muller, one of the pair). */
  normal(): number;
  /** Uniform in {0, …, below − 1}. */
  integer(below: number): number;
  /** Four 32-bit words. */
  state(): readonly number[];
  restore(state: readonly number[]): void;
}

/** A generator; different (seed, stream) pairs give unrelated sequences. */
export function makeRandom(seed: number, stream = 0): Random {
  // The words are hashed by twelve rounds of the generator itself before the first draw.
  let words: [number, number, number, number] = [seed | 0, Math.floor(seed / 2 ** 32) | 0, stream | 0, 1];
  const word = () => {
    const [a, b, c, counter] = words;
    const sum = (a + b + counter) | 0;
    words = [b ^ (b >>> 9), (c + (c << 3)) | 0, (((c << 21) | (c >>> 11)) + sum) | 0, (counter + 1) | 0];
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) word();
  const uniform = () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53;
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer: (below) => Math.floor(uniform() * below),
    state: () => [...words],
    restore([a, b, c, counter]) {
      words = [a, b, c, counter];
    },
  };
}

/** A vector of independent standard normals. */
export function normalVector(random: Random, size: number, dtype: Dtype = "float64"): Vector {
  return zeros(size, dtype).map(() => random.normal());
}

/** A vector of independent signs ±1. */
export function signVector(random: Random, size: number, dtype: Dtype = "float64"): Vector {
  return zeros(size, dtype).map(() => (random.uniform() < 0.5 ? -1 : 1));
}
