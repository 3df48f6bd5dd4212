/**
 * Sums and means of likelihoods and squared errors: the rounding of their terms neither ends a run early nor as a
 * failure.
 */
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { mlp } from "../../src/models/mlp.ts";
import { onnx } from "../../src/node.ts";
import { fit } from "../../src/training/fit.ts";
import { minimize } from "../../src/training/minimize.ts";

const backend = onnx();
const array = (values: Float64Array): np.Array => np.array(values);
const scalar = (v: number): np.Array => np.array(Float64Array.of(v)).reshape([]);

/** Uniform in [0, 1), from a linear congruential generator: 40 data sets that are always the same. */
function uniform(seed: number): () => number {
  let s = seed;
  return () => {
    s = (s * 1103515245 + 12345) % 2 ** 31;
    return s / 2 ** 31;
  };
}

type Two = Record<"a" | "b", np.Array>;
interface Family {
  readonly name: string;
  /**
   * −log likelihood of n draws, and where it is stationary: the score of the parameters over n, zero at the maximum.
   */
  sample(draw: () => number): { loss(p: Two): np.Array; score(a: number, b: number): readonly number[] };
}

const n = 5000;
const draws = (f: () => number): Float64Array => Float64Array.from({ length: n }, f);
const mean = (f: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += f(i);
  return sum / n;
};

const families: readonly Family[] = [
  {
    name: "normal",
    sample(draw) {
      const y = draws(() => 3 + 2 * Math.sqrt(-2 * Math.log(draw() + 1e-12)) * Math.cos(6.283185307 * draw()));
      const Y = array(y);
      return {
        loss: ({ a, b }) =>
          np.sum(
            np
              .square(Y.ref.sub(a))
              .mul(0.5)
              .mul(np.exp(b.ref.mul(-2)))
              .add(b),
          ),
        score: (a, b) => [
          mean((i) => (y[i] - a) * Math.exp(-2 * b)),
          mean((i) => (y[i] - a) ** 2 * Math.exp(-2 * b) - 1),
        ],
      };
    },
  },
  {
    name: "logit",
    sample(draw) {
      const x = draws(() => 4 * draw() - 2);
      const y = x.map((v) => Number(draw() < 1 / (1 + Math.exp(-(0.3 + 1.2 * v)))));
      const [X, Y] = [array(x), array(y)];
      return {
        loss({ a, b }) {
          const z = b.mul(X.ref).add(a);
          return np.sum(np.log(np.add(1, np.exp(z.ref))).sub(Y.ref.mul(z)));
        },
        score(a, b) {
          const gap = (i: number): number => y[i] - 1 / (1 + Math.exp(-(a + b * x[i])));
          return [mean(gap), mean((i) => gap(i) * x[i])];
        },
      };
    },
  },
  {
    name: "Poisson",
    sample(draw) {
      const x = draws(() => 2 * draw() - 1);
      const y = x.map((v) => {
        const limit = Math.exp(-Math.exp(1 + 0.7 * v));
        let count = 0;
        for (let product = draw(); product > limit; product *= draw()) count++;
        return count;
      });
      const [X, Y] = [array(x), array(y)];
      return {
        loss({ a, b }) {
          const z = b.mul(X.ref).add(a);
          return np.sum(np.exp(z.ref).sub(Y.ref.mul(z)));
        },
        score(a, b) {
          const gap = (i: number): number => y[i] - Math.exp(a + b * x[i]);
          return [mean(gap), mean((i) => gap(i) * x[i])];
        },
      };
    },
  },
  {
    // a = log of the shape, b = log of the scale
    name: "Weibull",
    sample(draw) {
      const y = draws(() => 2 * (-Math.log(1 - draw())) ** (1 / 1.7) + 1e-9);
      const logs = array(y.map(Math.log));
      return {
        loss({ a, b }) {
          const z = logs.ref.sub(b.ref).mul(np.exp(a.ref));
          return np.sum(np.exp(z.ref).sub(z).sub(a).add(logs.ref));
        },
        score(a, b) {
          const z = (i: number): number => (Math.log(y[i]) - b) * Math.exp(a);
          return [mean((i) => 1 + z(i) - z(i) * Math.exp(z(i))), mean((i) => Math.exp(z(i)) - 1)];
        },
      };
    },
  },
];

describe("G2: sums over 5,000 values", () => {
  test.each(families)("$name: all of 40 runs converge to where the score is zero", async ({ sample }) => {
    const draw = uniform(1);
    for (let k = 0; k < 40; k++) {
      const { loss, score } = sample(draw);
      const { status, x, message } = await minimize(loss, { a: scalar(0), b: scalar(0) }, { backend });
      expect(status, `run ${k}: ${message}`).toBe("converged");
      for (const s of score(x.a.item(), x.b.item())) expect(Math.abs(s), `run ${k}`).toBeLessThan(1e-6);
    }
  });
});

describe("G1: one loss per example ends where the mean of the losses does, whatever the units of y", () => {
  const count = 256;
  const net = mlp([1, 16, 16, 1]);
  const x = Float32Array.from({ length: count }, (_, i) => i / 128 - 1);
  type Batch = { x: np.Array; y: np.Array };
  const each = (p: ReturnType<typeof net.init>, { x, y }: Batch) => np.square(net.apply(p, x).ravel().sub(y));

  test.each([1, 1e-4])("y ~ %d", async (amplitude) => {
    const y = x.map((v) => amplitude * Math.sin(4 * v));
    const data = { x: { shape: [count, 1], data: x }, y: { shape: [count], data: y } };
    const left = async (loss: (p: ReturnType<typeof net.init>, b: Batch) => np.Array): Promise<number> => {
      const { history } = await fit({ loss, params: net.init(0) }, data, { backend, steps: 250 });
      return history.at(-1)!.loss / amplitude ** 2;
    };
    const [perExample, asMean] = [await left(each), await left((p, b) => np.mean(each(p, b)))];
    expect(perExample).toBeLessThan(1e-3);
    expect(perExample).toBeLessThan(10 * asMean);
  });
});
