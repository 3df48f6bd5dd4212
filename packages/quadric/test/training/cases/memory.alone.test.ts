/**
 * Long runs stay the size they are: memory after garbage collection, native sessions and jax-js arrays, from the middle
 * of a run to its end. `npm run soak:memory` takes 10,000 steps, each run in another process; from the middle on
 * memory may grow by 1 %.
 */
import { nn, numpy as np } from "@jax-js/jax";
import { beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../src/compiler/backends/backend.ts";
import { jax } from "../../../src/compiler/backends/jax/backend.ts";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { compileObjective } from "../../../src/compiler/objective.ts";
import { norms } from "../../../src/norm/norms.ts";
import { adam } from "../../../src/optimizer/first-order/adam.ts";
import { trustRegion } from "../../../src/optimizer/newton/trust-region.ts";
import type { Optimizer } from "../../../src/optimizer/optimizer.ts";
import { train } from "../../../src/training/train.ts";
import { makeRandom, normalVector } from "../../../src/vector/random.ts";
import { memoryStore } from "../../helpers/memory-store.ts";
import { record } from "../../helpers/record.ts";
import { countArrays, countSessions, memory } from "../../helpers/resources.ts";

const steps = Number(process.env.SOAK_STEPS ?? 200);
const random = makeRandom(1);
const params = {
  w1: np.array([...normalVector(random, 64)]).reshape([8, 8]),
  w2: np.array([...normalVector(random, 8)]),
};
const problem = {
  params,
  loss({ w1, w2 }: { w1: np.Array; w2: np.Array }, { x, y }: { x: np.Array; y: np.Array }) {
    return np.square(np.subtract(np.dot(nn.sigmoid(np.matmul(x, w1)), w2), y));
  },
};
const data = {
  x: { shape: [512, 8], data: Float32Array.from(normalVector(random, 4096)) },
  y: { shape: [512], data: Float32Array.from(normalVector(random, 512)) },
};
const cases: readonly [string, Backend, Optimizer][] = [
  ["onnx-adam", onnx(), adam()],
  ["onnx-tr-rmsprop", onnx(), trustRegion({ norm: norms.rmsprop() })],
  ["jax-tr-rmsprop", jax(), trustRegion({ norm: norms.rmsprop() })],
];

interface Held {
  readonly resident: number;
  readonly heap: number;
  readonly sessions: number;
  readonly arrays: number;
}

/** Of several samples: allocators give memory back when they like. What leaks is missing from none of them. */
const least = (a: Held, b: Held): Held => ({
  resident: Math.min(a.resident, b.resident),
  heap: Math.min(a.heap, b.heap),
  sessions: Math.min(a.sessions, b.sessions),
  arrays: Math.min(a.arrays, b.arrays),
});

let sessions: () => number;
let arrays: () => number;
beforeAll(async () => {
  sessions = countSessions();
  arrays = await countArrays("wasm");
});

describe.each(cases)("%s", (name, backend, optimizer) => {
  test(`holds at the end of ${steps} steps what it held in the middle, and nothing when it is over`, async () => {
    const before = { sessions: sessions(), arrays: arrays() };
    const objective = await compileObjective(problem, { backend });
    const held: Held[] = [];
    const { status } = await train(objective, objective.initial, data, {
      optimizer,
      batchSize: 64,
      steps,
      history: false,
      validation: { fraction: 0.125, every: steps / 10 },
      checkpoint: { store: memoryStore(), every: steps / 20 },
      callbacks: [
        ({ step }) => {
          const fiftieth = (50 * step) / steps;
          const isSampled = (fiftieth > 20 && fiftieth <= 25) || fiftieth > 45;
          if (isSampled && Number.isInteger(fiftieth))
            held.push({ ...memory(), sessions: sessions(), arrays: arrays() });
        },
      ],
    });
    expect([status, held.length]).toEqual(["max-iterations", 10]);
    const [middle, end] = [held.slice(0, 5).reduce(least), held.slice(5).reduce(least)];
    expect(end.sessions).toBe(middle.sessions);
    expect(end.arrays).toBe(middle.arrays);
    const growth = { resident: end.resident / middle.resident - 1, heap: end.heap / middle.heap - 1 };
    // A short run is still finding its size.
    if (steps >= 10_000) {
      expect(growth.resident).toBeLessThan(0.01);
      expect(growth.heap).toBeLessThan(0.01);
    }
    objective.dispose();
    // Sessions are promises, so they are released a turn later.
    await new Promise(setImmediate);
    expect({ sessions: sessions(), arrays: arrays() }).toEqual(before);
    record(`soak-memory-${name}`, { steps, middle, end, growth });
  });
});
