import { numpy as np, random, vmap } from "@jax-js/jax";
import { beforeAll, describe, expect, test } from "vitest";
import { compileObjective } from "../../../src/compiler/objective.ts";
import { eachBackend } from "../../helpers/oracles.ts";
import "../../helpers/matchers.ts";

const n = 5;
const words = Int32Array.of(7, -123456789);

/** A row of numbers each, from one key. */
const draws: Record<string, (key: np.Array) => np.Array> = {
  uniform: (key) => random.uniform(key, [n]),
  "the upper half of bits": (key) => random.bits(key, [n]).div(np.array(65536, { dtype: np.uint32 })),
  "integers, by remainders": (key) => random.randint(key, { minval: -3, maxval: 1000003, shape: [n] }),
  "a matrix": (key) => random.uniform(key, [n, 4]).slice([], 3),
  "a permutation": (key) => random.permutation(key, n),
  choices: (key) => random.bernoulli(key, 0.4, [n]),
  "exponential, of a split key": (key) => random.exponential(random.split(key, 3).slice(1), [n]),
  "normal, a key an example": (key) =>
    (vmap((own: np.Array) => random.normal(own, [2]))(random.split(key, n)) as np.Array).sum(-1),
};

const all = (key: np.Array): np.Array => {
  const rows = Object.values(draws).map((draw) => draw(key.ref).astype(np.float32).reshape([1, n]));
  key.dispose();
  return np.concatenate(rows, 0);
};

let expected: Float32Array[];
beforeAll(() => {
  const key = np.array(Uint32Array.from(words), { dtype: np.uint32 });
  const numbers = all(key).dataSync() as Float32Array;
  expected = Object.keys(draws).map((_, i) => numbers.slice(i * n, (i + 1) * n));
});

describe.each(eachBackend)("random numbers in %s", (_name, dtype, backend) => {
  test("are those of jax-js", async () => {
    const problem = {
      params: { w: np.ones([n]) },
      loss: ({ w }: { w: np.Array }, { key }: { key: np.Array }) =>
        all(key.reshape([2]).astype(np.uint32))
          .mul(w)
          .reshape([-1]),
    };
    const objective = await compileObjective(problem, { backend: backend(), dtype });
    const { losses } = await objective.value(objective.initial, { key: { shape: [1, 2], data: words } });
    objective.dispose();
    expected.forEach((numbers, i) => {
      const got = losses!.slice(i * n, (i + 1) * n);
      // Those before the exponential ones are exact; these are made of logarithms and cosines in float32.
      expect(got).toBeAllclose(numbers, { relative: i < 6 ? 0 : 3e-6 });
    });
  });
});

test("the derivative of dropout is the mask over the rate, and its curvature sees the same mask", async () => {
  const keep = 0.5;
  const problem = {
    params: { w: np.arange(1, 9).astype(np.float32) },
    loss: ({ w }: { w: np.Array }, { key }: { key: np.Array }) => {
      const mask = random.bernoulli(key.reshape([2]).astype(np.uint32), keep, [8]);
      return np.square(np.where(mask, w.mul(1 / keep), 0)).sum();
    },
  };
  const objective = await compileObjective(problem);
  const batch = { key: { shape: [1, 2], data: words } };
  const linearization = await objective.linearize(objective.initial, batch, "hessian");
  const diagonal = await linearization.curvature.multiply(new Float32Array(8).fill(1));
  linearization.dispose();
  objective.dispose();
  const kept = Array.from(diagonal, (h) => Number(h > 0));
  expect([2, 3, 4, 5, 6]).toContain(kept.reduce((sum, k) => sum + k, 0));
  expect(diagonal).toBeAllclose(
    kept.map((k) => (2 * k) / keep ** 2),
    { relative: 1e-6 },
  );
  expect(linearization.gradient).toBeAllclose(
    kept.map((k, i) => (k * 2 * (i + 1)) / keep ** 2),
    { relative: 1e-6 },
  );
});
