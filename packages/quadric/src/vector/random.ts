/**
 * Random vectors from explicit keys (generator sfc32: four 32-bit words). A draw that must be repeatable takes a stream
 * of its own, so that no generator state has to be kept.
 */
import { type Dtype, type Vector, zeros } from "./vector.ts";

export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal (Box–Muller, one of the pair). */
  normal(): number;
  /** Uniform in {0, …, below − 1}. */
  integer(below: number): number;
}

/** A generator; different (seed, stream) pairs give unrelated sequences. */
export function makeRandom(seed: number, stream = 0): Random {
  let [a, b, c, counter] = [seed | 0, Math.floor(seed / 2 ** 32) | 0, stream | 0, 1];
  const word = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) word(); // until the words of the key are mixed
  const uniform = () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53;
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer: (below) => Math.floor(uniform() * below),
  };
}

/** Independent standard normals. */
export function normalVector(random: Random, size: number, dtype: Dtype = "float64"): Vector {
  return zeros(size, dtype).map(() => random.normal());
}

/** Independent signs ±1. */
export function signVector(random: Random, size: number, dtype: Dtype = "float64"): Vector {
  return zeros(size, dtype).map(() => (random.uniform() < 0.5 ? -1 : 1));
}
