import { describe, expect, test } from "vitest";
import { limitedMemory } from "../../../src/optimizer/lbfgs/inverse-hessian.ts";
import "../../helpers/matchers.ts";

const vector = (...x: number[]) => Float64Array.of(...x);
const pair = (s: Float64Array, y: Float64Array) => ({ s, y, sy: s[0] * y[0] + s[1] * y[1] });
/** Pairs of y = Bs with B = diag(2, 8). */
const pairs = [pair(vector(1, 0), vector(2, 0)), pair(vector(0, 1), vector(0, 8)), pair(vector(1, 1), vector(2, 8))];
const g = vector(2, 8);

function memoryOf(m: number, count: number) {
  const inverse = limitedMemory(m);
  for (const known of pairs.slice(0, count)) inverse.update(known, 1, g);
  return inverse;
}

describe("limitedMemory()", () => {
  test("is the identity until the first pair, and after it forgets", () => {
    const inverse = limitedMemory(2);
    expect(inverse.isIdentity).toBe(true);
    expect([...inverse.direction(g)]).toEqual([-2, -8]);
    inverse.update(pairs[0], 1, g);
    expect(inverse.isIdentity).toBe(false);
    inverse.forget();
    expect(inverse.isIdentity).toBe(true);
    expect([...inverse.direction(g)]).toEqual([-2, -8]);
    expect(inverse.state()).toEqual({ scalars: { pairs: 0 }, vectors: {} });
  });

  test("inverts a quadratic whose eigenvectors it has seen, in a new vector", () => {
    const inverse = memoryOf(2, 2);
    expect(inverse.direction(g)).toBeAllclose([-1, -1]);
    expect([...g]).toEqual([2, 8]);
  });

  test("has H₀ = ⟨s, y⟩/⟨y, y⟩ of the newest pair where it has seen nothing", () => {
    expect(memoryOf(2, 1).direction(g)).toBeAllclose([-1, -4]);
    // The second pair has ⟨s, y⟩/⟨y, y⟩ = 1/8; the first is forgotten.
    expect(memoryOf(1, 2).direction(g)).toBeAllclose([-0.25, -1]);
  });

  test("continues from its state", () => {
    const inverse = memoryOf(2, 3);
    const { scalars, vectors } = inverse.state();
    expect(scalars).toEqual({ pairs: 2 });
    expect(vectors).toEqual({ s0: pairs[1].s, y0: pairs[1].y, s1: pairs[2].s, y1: pairs[2].y });
    const again = memoryOf(2, 1);
    again.restore({ scalars, vectors });
    expect([...again.direction(vector(3, -1))]).toEqual([...inverse.direction(vector(3, -1))]);
    expect(again.isIdentity).toBe(false);
  });
});
