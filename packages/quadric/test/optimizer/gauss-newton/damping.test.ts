import { describe, expect, test } from "vitest";
import {
  classical,
  type DampingSearch,
  greedy,
  type Trial,
  type Trials,
  targetRatio,
} from "../../../src/optimizer/gauss-newton/damping.ts";

/** Trials of a model whose ratio is a function of λ, and the λ that were asked for. */
function trialsOf(ratioOf: (lambda: number) => number, scale = 1): Trials & { readonly asked: number[] } {
  const asked: number[] = [];
  const trial = (lambda: number): Trial => {
    asked.push(lambda);
    const step = new Float64Array(1);
    const solution = {
      step,
      stepNorm: 1 / (1 + lambda),
      multiplier: lambda,
      modelDecrease: 1,
      outcome: "boundary",
      products: 0,
      rank: 1,
    } as const;
    return { solution, ratio: ratioOf(lambda) };
  };
  return { asked, scale, damped: async (lambda) => trial(lambda), within: async (radius) => trial(1 / radius - 1) };
}

const rising = (lambda: number) => lambda / (1 + lambda);

describe("greedy()", () => {
  test("starts a step at an eighth of the last λ and doubles it until the ratio is reached", async () => {
    const run = greedy().begin();
    run.restore({ scalars: { known: 8 }, vectors: {} });
    const trials = trialsOf((lambda) => (lambda < 3 ? 0.09 : 0.11));
    const taken = await run.search(trials);
    expect(trials.asked).toEqual([1, 2, 4]);
    expect(taken!.solution.multiplier).toBe(4);
    const next = trialsOf(() => 1);
    await run.search(next);
    expect(next.asked).toEqual([0.5]);
  });

  test("starts at a thousandth of the curvature", async () => {
    const trials = trialsOf(() => 1, 400);
    await greedy().begin().search(trials);
    expect(trials.asked).toEqual([0.4 / 8]);
  });
});

describe("targetRatio()", () => {
  test.each([1e-4, 1, 1e4])("hits its ratio from λ = %d", async (known) => {
    const run = targetRatio({ target: 0.2 }).begin();
    run.restore({ scalars: { known }, vectors: {} });
    const taken = await run.search(trialsOf(rising));
    // One interpolation between neighbours a factor of 3 apart.
    expect(Math.abs(taken!.ratio - 0.2)).toBeLessThan(0.03);
  });

  test("takes the longest step of all where every ratio is above it", async () => {
    const taken = await targetRatio()
      .begin()
      .search(trialsOf(() => 0.9));
    expect(taken!.solution.multiplier).toBe(1e-20);
  });
});

describe("classical()", () => {
  test("halves the radius below the first threshold and doubles it above the second", async () => {
    const run = classical().begin();
    run.restore({ scalars: { known: 0.8 }, vectors: {} });
    let ratio = 0;
    const radii = async () => {
      await run.search(trialsOf(() => (ratio++ === 0 ? -1 : 0.9)));
      return run.state().scalars.known;
    };
    expect(await radii()).toBeCloseTo(0.8);
  });
});

describe.each<[string, DampingSearch]>([
  ["greedy", greedy()],
  ["targetRatio", targetRatio()],
  ["classical", classical()],
])("%s", (_, search) => {
  test("gives up where no step is acceptable, and where none is finite", async () => {
    for (const ratio of [-1, -Infinity]) expect(await search.begin().search(trialsOf(() => ratio))).toBeUndefined();
  });

  test("continues from its state as if it had not stopped", async () => {
    const [whole, second] = [search.begin(), search.begin()];
    await whole.search(trialsOf(rising));
    second.restore(whole.state());
    const [a, b] = [trialsOf(rising), trialsOf(rising)];
    await whole.search(a);
    await second.search(b);
    expect(a.asked).toEqual(b.asked);
  });
});

test("options out of range are refused", () => {
  expect(() => greedy({ ratio: 0 })).toThrow("greedy: ratio must be in (0, 1), got 0.");
  expect(() => targetRatio({ factor: 1 })).toThrow("targetRatio: factor must be > 1, got 1.");
  expect(() => classical({ ratios: [0.8, 0.2] })).toThrow(
    "classical: need 0 < ratios[0] < ratios[1] < 1, got 0.8 and 0.2.",
  );
});
