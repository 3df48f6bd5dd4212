/** Loops of one's own in jax-js, with our norms and methods as gradient transformations. */
import { grad, type JsTree, numpy as np, tree } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { onDevice } from "../../src/compiler/trace/trace.ts";
import { shampoo } from "../../src/norm/kronecker.ts";
import { norms } from "../../src/norm/norms.ts";
import { closuresObjective } from "../../src/objective/closures.ts";
import {
  applyUpdates,
  type GradientTransformation,
  scaleByNorm,
  transformation,
} from "../../src/optax/transformation.ts";
import { adagrad } from "../../src/optimizer/first-order/adagrad.ts";
import { adam, adamw } from "../../src/optimizer/first-order/adam.ts";
import { rmsprop } from "../../src/optimizer/first-order/rmsprop.ts";
import { schedules } from "../../src/optimizer/first-order/schedule.ts";
import { momentum, sgd } from "../../src/optimizer/first-order/sgd.ts";
import { noBatches } from "../../src/training/batches.ts";
import type { Vector } from "../../src/vector/vector.ts";
import "../helpers/matchers.ts";

type Params = { weight: np.Array; bias: np.Array };

const start = (): Params => ({
  weight: np.array([
    [1, -2],
    [0.5, 3],
    [-1, 0.25],
  ]),
  bias: np.array([0.1, -0.3]),
});

/** Something that is no quadratic. */
function loss({ weight, bias }: Params): np.Array {
  const scaled = np.tanh(
    weight.mul(
      np.array([
        [1, 3],
        [0.2, 1],
        [2, 0.5],
      ]),
    ),
  );
  return np.square(scaled.add(bias)).sum();
}

const gradientOf = grad(loss as unknown as (x: np.Array) => np.Array) as unknown as (params: Params) => Params;

const values = ({ weight, bias }: Params): number[] =>
  [weight, bias].flatMap((leaf) => Array.from(leaf.ref.dataSync()));

/** The iterates of a loop as its users write it. */
function loop(solver: GradientTransformation, steps: number, rate = 1): number[][] {
  return onDevice("wasm", () => {
    let params = start();
    let state = solver.init(tree.ref(params) as Params);
    return Array.from({ length: steps }, () => {
      const gradients = gradientOf(tree.ref(params) as Params);
      let updates: Params;
      [updates, state] = solver.update(gradients, state, tree.ref(params) as Params);
      params = applyUpdates(params, tree.map((u: np.Array) => u.mul(rate), updates) as Params);
      return values(params);
    });
  });
}

const schedule = schedules.cosine({ rate: 0.1, steps: 8 });

describe("transformation()", () => {
  test.each([
    sgd({ learningRate: 0.05 }),
    momentum({ learningRate: schedule, nesterov: true }),
    adagrad({ learningRate: 0.1 }),
    rmsprop({ learningRate: 0.01 }),
    adam({ learningRate: 0.01 }),
    adamw({ learningRate: 0.01, weightDecay: 0.1 }),
  ])("goes the way of $name", async (method) => {
    // The same gradients, through the method's own interface.
    const at = (w: Vector): Params => ({
      weight: np.array(w.slice(0, 6) as Float32Array<ArrayBuffer>, { shape: [3, 2] }),
      bias: np.array(w.slice(6) as Float32Array<ArrayBuffer>),
    });
    const gradient = (w: Vector) => onDevice("wasm", () => Float32Array.from(values(gradientOf(at(w)))));
    const objective = closuresObjective({ value: () => 0, gradient }, Float32Array.from(values(start())));
    const run = method.start(objective, Float32Array.from(values(start())), { seed: 0 });
    const expected: number[][] = [];
    for (let t = 0; t < 10; t++) {
      await run.step(noBatches());
      expected.push(Array.from(run.parameters));
    }
    const found = loop(transformation(method), 10);
    // A transformation rounds the step to float32 before it is added to w, the method the sum only.
    for (const [t, x] of found.entries()) expect(x).toBeAllclose(expected[t], { relative: 1e-6 });
  });

  test("wants the parameters where it decays them", () => {
    const solver = transformation(adamw());
    const state = solver.init(np.array([1]));
    expect(() => solver.update(np.array([1]), state)).toThrow("transformation: adamw must be given params, got none.");
  });
});

describe("scaleByNorm()", () => {
  test.each([norms.adagrad(), norms.rmsprop(), norms.fullMatrix(), shampoo()])("preconditions by $name", (norm) => {
    // The same in plain vectors.
    const layout = {
      size: 8,
      tensors: [
        { name: "weight", shape: [3, 2], offset: 0, size: 6 },
        { name: "bias", shape: [2], offset: 6, size: 2 },
      ],
    };
    const own = norm.fresh(layout);
    const solver = scaleByNorm(norm);
    let state: JsTree<np.Array> = solver.init(start());
    for (let t = 0; t < 5; t++) {
      const g = Float32Array.from({ length: 8 }, (_, i) => Math.sin(3 * i + t));
      own.update(g);
      const updates: Params = { weight: np.array(g.slice(0, 6), { shape: [3, 2] }), bias: np.array(g.slice(6)) };
      let scaled: Params;
      [scaled, state] = solver.update(updates, state);
      expect(Float32Array.from(values(scaled))).toEqual(own.solve(g));
    }
  });

  test("lowers a loss in someone else's loop", () => {
    const first = loop(scaleByNorm(norms.rmsprop()), 1, 0)[0];
    const last = loop(scaleByNorm(norms.rmsprop()), 100, -0.05).at(-1)!;
    const at = (x: number[]) =>
      Number(loss({ weight: np.array(x.slice(0, 6)).reshape([3, 2]), bias: np.array(x.slice(6)) }).dataSync()[0]);
    expect(at(last)).toBeLessThan(0.2 * at(first));
  });

  test("consumes what it is given, and nothing else", () => {
    const solver = scaleByNorm(norms.adam());
    const params = np.array([1, 2]);
    const state = solver.init(params.ref);
    const g = np.array([3, 4]);
    const [updates, next] = solver.update(g.ref, state, params.ref);
    expect([params.refCount, g.refCount]).toEqual([1, 1]);
    expect(() => solver.update(g, state)).toThrow();
    tree.dispose(next);
    updates.dispose();
  });
});
