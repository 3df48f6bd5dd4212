/** What every norm must do, whatever it is made of. */
import { describe, expect, test } from "vitest";
import { symmetricEigen } from "../../../src/linalg/symmetric-eigen.ts";
import { clipped } from "../../../src/norm/diagonal.ts";
import type { Norm } from "../../../src/norm/norm.ts";
import { norms } from "../../../src/norm/norms.ts";
import type { Layout } from "../../../src/vector/layout.ts";
import { makeRandom, normalVector } from "../../../src/vector/random.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import { inner } from "../../helpers/dense.ts";
import "../../helpers/matchers.ts";

const layout: Layout = {
  size: 23,
  tensors: [
    { name: "0.weight", shape: [3, 4], offset: 0, size: 12 },
    { name: "0.bias", shape: [3], offset: 12, size: 3 },
    { name: "kernel", shape: [2, 2, 2], offset: 15, size: 8 },
  ],
};

const battery: readonly (readonly [string, () => Norm])[] = [
  ["euclidean", () => norms.euclidean()],
  ["adagrad", () => norms.adagrad()],
  ["adagrad, no root", () => norms.adagrad({ exponent: 1, epsilon: 1e-3 })],
  ["rmsprop", () => norms.rmsprop()],
  ["rmsprop, ε outside", () => norms.rmsprop({ epsilonPlacement: "outside", epsilon: 1e-4, exponent: 0.7 })],
  ["adam", () => norms.adam()],
  ["clipped(adagrad)", () => clipped(norms.adagrad(), { min: 0.5, max: 1.5 })],
  ["hutchinson", () => norms.hutchinson()],
  ["hutchinson in units", () => norms.hutchinson({ units: norms.equilibrated({ probes: 0 }) })],
  ["equilibrated", () => norms.equilibrated()],
  ["full-matrix rmsprop", () => norms.fullMatrix({ epsilon: 1e-4 })],
  ["full-matrix adagrad, clipped", () => norms.fullMatrix({ accumulate: "adagrad", clip: { min: 0.1, max: 2 } })],
  ["full-matrix adam, no root", () => norms.fullMatrix({ accumulate: "adam", exponent: 1, epsilon: 1e-3 })],
];

const vector = (stream: number) => normalVector(makeRandom(42, stream), layout.size);
const hessian = (v: Vector) => v.map((x, i) => (i - 5) * x + 0.1 * v[(i + 1) % layout.size] + 0.1 * v.at(i - 1)!);

async function feed(norm: Norm, from: number, to: number): Promise<Norm> {
  for (let t = from; t < to; t++) {
    norm.update(vector(t));
    await norm.probe(hessian);
  }
  return norm;
}

describe.each(battery)("%s", (_, make) => {
  test("is a symmetric positive definite matrix with the inverse, length, bounds and trace it claims", async () => {
    for (const updates of [0, 1, 4]) {
      const norm = await feed(make().fresh(layout), 0, updates);
      const [u, v] = [vector(100), vector(101)];
      const dense = new Float64Array(layout.size ** 2);
      for (let i = 0; i < layout.size; i++) {
        dense.set(norm.multiply(Float64Array.from(u, (_, j) => (i === j ? 1 : 0))), i * layout.size);
      }
      const { values } = symmetricEigen(dense, layout.size);
      const condition = values[layout.size - 1] / values[0];
      expect(values[0]).toBeGreaterThan(0);
      expect(inner(u, norm.multiply(v))).toBeAllclose(inner(norm.multiply(u), v), { absolute: 1e-13 * values.at(-1)! });
      expect(norm.solve(norm.multiply(v))).toBeAllclose(v, { relative: 1e-14 * condition + 1e-13 });
      expect(norm.root(norm.root(v))).toBeAllclose(norm.multiply(v));
      expect(norm.norm(v)).toBeAllclose(Math.sqrt(inner(v, norm.multiply(v))));
      const { min, max, mu } = norm.bounds();
      expect([min, max]).toBeAllclose([values[0], values.at(-1)!], { relative: 1e-12 });
      expect(min).toBeAllclose(values[0], { relative: 1e-13 * condition });
      expect(mu).toBe(Math.max(1, 1 / Math.sqrt(min), Math.sqrt(max)));
      expect(norm.trace()).toBeAllclose(values.reduce((sum, value) => sum + value, 0));
      if (norm.diagonal !== undefined) {
        expect(dense.filter((_, i) => i % (layout.size + 1) === 0)).toEqual(norm.diagonal);
      }
    }
  });

  test("writes into the vector given, which may be the one read, in its precision", async () => {
    const norm = await feed(make().fresh(layout), 0, 2);
    for (const apply of [norm.multiply, norm.solve, norm.root]) {
      const v = Float32Array.from(vector(7));
      const before = v.slice();
      const fresh = apply(v);
      expect(fresh).toBeInstanceOf(Float32Array);
      expect(v).toEqual(before);
      expect(apply(v, v)).toBe(v);
      expect(v).toEqual(fresh);
    }
  });

  test("continues bit for bit from its state, which later updates do not touch", async () => {
    const whole = await feed(make().fresh(layout), 0, 7);
    const half = await feed(make().fresh(layout), 0, 4);
    const state = half.state();
    const frozen = structuredClone(state);
    await feed(half, 4, 7);
    expect(state).toEqual(frozen);
    const restored = make().fresh(layout);
    restored.restore(state);
    await feed(restored, 4, 7);
    for (const norm of [half, restored]) {
      expect(norm.state()).toEqual(whole.state());
      expect(norm.solve(vector(50))).toEqual(whole.solve(vector(50)));
    }
  });

  test("makes independent copies, each starting from nothing", async () => {
    const origin = make();
    const [a, b] = [origin.fresh(layout), origin.fresh(layout)];
    const start = b.multiply(vector(1));
    await feed(a, 0, 3);
    expect(b.multiply(vector(1))).toEqual(start);
    expect(a.fresh(layout).multiply(vector(1))).toEqual(start);
  });

  test("refuses vectors of another length", () => {
    expect(() => make().fresh(layout).solve(new Float64Array(5))).toThrow("must have shape [23], got [5].");
    expect(() => make().bounds()).toThrow("norm must be bound to a size. Call fresh(layout) first.");
  });
});

test("an unbound norm binds itself to the first vector it sees", () => {
  const norm = norms.rmsprop();
  expect(norm.diagonal).toBeUndefined();
  norm.update(Float64Array.of(3, 4));
  expect(norm.diagonal).toHaveLength(2);
  expect(() => norm.solve(new Float64Array(3))).toThrow("rmsprop: vector must have shape [2], got [3].");
});
