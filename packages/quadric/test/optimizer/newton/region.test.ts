import { describe, expect, test } from "vitest";
import { norms } from "../../../src/norm/norms.ts";
import type { LocalModel } from "../../../src/optimizer/newton/model.ts";
import { makeRegion } from "../../../src/optimizer/newton/region.ts";
import type { Search } from "../../../src/optimizer/newton/search.ts";
import type { Ratio } from "../../../src/optimizer/ratio.ts";
import type { Step } from "../../../src/subproblem/step.ts";
import type { Vector } from "../../../src/vector/vector.ts";

const vector = (...x: number[]) => Float64Array.of(...x);

/** B = diag(8, 2). */
const model = (...gradient: number[]): LocalModel => {
  const multiply = ([u, v]: Vector) => vector(8 * u, 2 * v);
  return {
    gradientNorm: Math.hypot(...gradient),
    linearization: { gradient: Float64Array.from(gradient), curvature: { size: 2, multiply } },
  } as unknown as LocalModel;
};

/** Multiplies the size by 10·ρ; tells what it was asked. */
function searching(changes: Partial<Search> = {}): Search & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    ...{ asked, initial: 1, eta1: 0.1, isExhausted: (size) => size < 0.5 },
    next(size, ratio) {
      asked.push([size, ratio]);
      return 10 * ratio * size;
    },
    ...changes,
  };
}
const ratio = (value: number, atNoiseFloor = false): Ratio =>
  ({ ratio: value, atNoiseFloor, resolution: 0, isBelowResolution: atNoiseFloor }) as Ratio;
const step = (changes: Partial<Step> = {}): Step => ({
  ...{ step: vector(1, 0), stepNorm: 0.1, modelDecrease: 1, outcome: "interior", multiplier: 0, products: 1 },
  ...changes,
});

describe("makeRegion()", () => {
  test("feeds the norm with the gradients of points that it has not seen", async () => {
    const seen: Vector[] = [];
    const norm = { ...norms.diagonal([1, 1]), update: (g: Vector) => seen.push(g) } as never;
    const region = makeRegion(searching(), norm);
    expect(await region.enter(model(1, 2), vector(1, 1))).toBe(0);
    await region.enter(model(1, 2), vector(1, 1));
    expect(seen.length).toBe(1);
    region.follow(ratio(0.05), step());
    await region.enter(model(3, 4), vector(1, 1));
    expect(seen.length).toBe(1);
    expect(region.follow(ratio(0.1), step())).toBe(true);
    await region.enter(model(3, 4), vector(1, 1));
    expect(seen.map((g) => [...g])).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("counts the products that a norm asks for", async () => {
    const probing = {
      ...norms.diagonal([1, 1]),
      async probe(multiply: (v: Vector) => Promise<Vector>) {
        for (let k = 0; k < 3; k++) expect([...(await multiply(vector(1, k)))]).toEqual([8, 2 * k]);
      },
    };
    const region = makeRegion(searching(), probing as never);
    expect(await region.enter(model(1, 2), vector(1, 1))).toBe(3);
    expect(await region.enter(model(1, 2), vector(1, 1))).toBe(0);
  });

  test("has the size of its search at the start, or makes it of the first model with a gradient", async () => {
    expect(makeRegion(searching({ initial: 3 }), norms.diagonal([4, 1])).size).toBe(3);
    const first = (length: number, gamma: number) => 100 * length + gamma;
    const region = makeRegion(searching({ initial: undefined, first }), norms.diagonal([4, 1]));
    expect(region.size).toBeNaN();
    expect(await region.enter(model(0, 0), vector(1.5, 4))).toBe(0);
    expect(region.size).toBeNaN();
    await region.enter(model(8, 3), vector(1.5, 4));
    expect(region.size).toBe(505);
    await region.enter(model(8, 3), vector(100, 100));
    expect(region.size).toBe(505);
    const fromZero = makeRegion(searching({ initial: undefined, first }), norms.diagonal([4, 1]));
    expect(await fromZero.enter(model(8, 3), vector(0, 0))).toBe(1);
    expect(fromZero.size).toBe(255);
  });

  test("moves by ρ, and accepts from η₁ on", () => {
    const region = makeRegion(searching(), norms.euclidean());
    expect([region.follow(ratio(0.2), step()), region.size]).toEqual([true, 2]);
    expect([region.follow(ratio(0.1), step()), region.size]).toEqual([true, 2]);
    expect([region.follow(ratio(0.02), step()), region.size, region.isExhausted]).toEqual([false, 0.4, true]);
  });

  test("accepts what the loss cannot judge, and grows for it if it held the step back", () => {
    const search = searching();
    const region = makeRegion(search, norms.euclidean());
    expect([region.follow(ratio(-5, true), step()), region.size]).toEqual([true, 1]);
    expect([region.follow(ratio(-5, true), step({ outcome: "boundary" })), region.size]).toEqual([true, 10]);
    expect(search.asked).toEqual([[1, 1]]);
    expect(region.isExhausted).toBe(false);
  });

  /** The norm is ‖·‖ times the first entry of the last gradient, and lengths are of the last step. */
  function changing() {
    const length = { factor: 1 };
    const norm = { ...norms.diagonal([1, 1]), update: ([g]: Vector) => (length.factor = g) };
    const search = searching({
      onNormChange: {
        lengthIn: (_, last) => last && length.factor * Math.hypot(...last),
        rescaled: (size, factor) => size * factor,
      },
    });
    return makeRegion(search, norm as never);
  }

  test("follows the norm when that changes, by the length of the last accepted step", async () => {
    const region = changing();
    await region.enter(model(2, 0), vector(1, 1));
    expect(region.size).toBe(1); // no step yet
    const buffer = vector(3, 4);
    region.follow(ratio(0.1), step({ step: buffer }));
    buffer.fill(0); // its memory is the solver's
    await region.enter(model(6, 0), vector(1, 1));
    expect(region.size).toBe(3);
    region.follow(ratio(0.05), step({ step: vector(9, 9) }));
    await region.enter(model(12, 0), vector(1, 1));
    expect(region.size).toBe(1.5);
  });

  test("continues from its state", async () => {
    const [whole, again] = [changing(), changing()];
    for (const region of [whole, again]) await region.enter(model(2, 0), vector(1, 1));
    whole.follow(ratio(0.1), step({ step: vector(3, 4) }));
    expect(whole.state()).toEqual({ scalars: { size: 1, accepted: 1 }, vectors: { lastStep: vector(3, 4) } });
    again.restore(whole.state());
    for (const region of [whole, again]) await region.enter(model(6, 0), vector(1, 1));
    expect([whole.size, again.size]).toEqual([3, 3]);
    const rejected = makeRegion(searching(), norms.euclidean());
    rejected.follow(ratio(0.05), step());
    expect(rejected.state()).toEqual({ scalars: { size: 0.5, accepted: 0 }, vectors: {} });
    const seen: Vector[] = [];
    const kept = makeRegion(searching(), { ...norms.diagonal([1, 1]), update: (g: Vector) => seen.push(g) } as never);
    kept.restore(rejected.state());
    await kept.enter(model(1, 1), vector(1, 1));
    expect([kept.size, seen.length]).toEqual([0.5, 0]);
  });
});
