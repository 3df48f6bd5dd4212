import { makeJaxpr, numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { repeatsOf } from "../../../src/compiler/trace/repeats.ts";

/** y ← y + h(t)·sin(w·y)³·…, 20 equations a step. */
function program(steps: number, h: (i: number) => number) {
  const { jaxpr } = makeJaxpr((w: np.Array) => {
    let y = np.array(0.5);
    for (let i = 0; i < steps; i++) {
      let x = np.sin(y.ref.mul(w.ref));
      for (let k = 0; k < 8; k++) x = np.cos(x.mul(k + 2));
      y = y.add(x.mul(h(i)));
    }
    w.dispose();
    return y;
  })(np.zeros([]));
  return jaxpr.jaxpr;
}

describe("repeatsOf()", () => {
  test("finds the steps of an unrolled loop: whole steps, from a state to the next", () => {
    const { length, starts, results, args } = repeatsOf(program(100, () => 0.1))!;
    expect(length % 20).toBe(0);
    expect(length * starts.length).toBeGreaterThan(90 * 20);
    // The state and w.
    expect(args[0]).toHaveLength(2);
    expect(results).toHaveLength(1);
  });

  test("makes arguments of numbers that are not the same in every step", () => {
    const { length, args } = repeatsOf(program(100, (i) => 1 / (1 + i)))!;
    expect(args[0]).toHaveLength(2 + length / 20);
    expect(args[0].slice(2).every((atom) => "value" in atom)).toBe(true);
  });

  test("leaves short programs, and those in which little comes again, as they are", () => {
    expect(repeatsOf(program(15, () => 0.1))).toBeUndefined();
    const { jaxpr } = makeJaxpr((x: np.Array) => {
      let y = x;
      // Of growing shapes: no equation comes again.
      for (let i = 0; i < 1100; i++) y = np.pad(y, [[0, 1]]);
      return y;
    })(np.zeros([1]));
    expect(repeatsOf(jaxpr.jaxpr)).toBeUndefined();
  });
});
