import { describe, expect, test } from "vitest";
import {
  classical,
  type DampingSearch,
  dampingSearch,
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
  test("starts at an eighth of the last λ and doubles it until the ratio is reached", async () => {
    const run = greedy().begin();
    run.restore({ scalars: { known: 8 }, vectors: {} });
    const trials = trialsOf((lambda) => (lambda < 3 ? 0.09 : 0.11));
    const taken = await run.search(trials);
    expect(trials.asked).toEqual([1, 2, 4]);
    expect(taken!.solution.multiplier).toBe(4);
    const next = trialsOf(() => 1);
    await run.search(next);
    // Three trials were too many: the next step starts at a quarter.
    expect(next.asked).toEqual([1]);
  });

  test("reaches further down after a first trial that is good, less far after many, within 2 and 64", async () => {
    const run = greedy().begin();
    const started = async (ratioOf: (lambda: number) => number) => {
      run.restore({ scalars: { ...run.state().scalars, known: 1024 }, vectors: {} });
      const trials = trialsOf(ratioOf);
      await run.search(trials);
      return 1024 / trials.asked[0];
    };
    const good = () => 1;
    const late = (lambda: number) => (lambda > 1000 ? 1 : 0);
    for (const reach of [8, 16, 32, 64, 64]) expect(await started(good)).toBe(reach);
    for (const reach of [64, 32, 16, 8, 4, 2, 2]) expect(await started(late)).toBe(reach);
    const second = greedy().begin();
    second.restore(run.state());
    expect(second.state()).toEqual(run.state());
  });

  test("takes a ratio that is just reached, and never looks below 10⁻²⁰ of the curvature", async () => {
    const run = greedy({ ratio: 0.3 }).begin();
    run.restore({ scalars: { known: 1e-30 }, vectors: {} });
    const trials = trialsOf(() => 0.3, 4);
    expect((await run.search(trials))!.ratio).toBe(0.3);
    expect(trials.asked).toEqual([4e-20]);
    expect(greedy().settings).toEqual({ ratio: 0.1 });
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

  const from = async (
    known: number,
    ratioOf: (lambda: number) => number,
    options = { target: 0.2, factor: 2 },
    scale = 1,
  ) => {
    const run = targetRatio(options).begin();
    run.restore({ scalars: { known }, vectors: {} });
    const trials = trialsOf(ratioOf, scale);
    const taken = await run.search(trials);
    return { asked: trials.asked, taken: taken?.solution.multiplier, next: run.state().scalars.known };
  };

  test("walks by its factor until the target lies between, then to where the line has it", async () => {
    // The ratios 0.1 and 0.3 of 4 and 8 have 0.2 halfway, at the geometric mean.
    const steps = (lambda: number) => (lambda <= 4 ? 0.1 : lambda < 8 ? 0.2 : 0.3);
    const mean = Math.sqrt(32);
    expect(await from(1, steps)).toEqual({
      asked: [1, 2, 4, 8, 4 * 2 ** 0.5],
      taken: 4 * 2 ** 0.5,
      next: 4 * 2 ** 0.5,
    });
    expect(mean).toBeCloseTo(4 * 2 ** 0.5, 14);
    const down = await from(32, steps);
    expect(down.asked.slice(0, 4)).toEqual([32, 16, 8, 4]);
    expect(down.taken).toBe(4 * 2 ** 0.5);
  });

  test("goes halfway where the line says nothing, and to the safe side where that is worse than half the target", async () => {
    const wall = (lambda: number) => (lambda <= 4 ? -Infinity : 0.9);
    expect((await from(1, wall)).asked).toEqual([1, 2, 4, 8, 4 * 2 ** 0.5]);
    const deep = (lambda: number) => (lambda < 8 ? -1 : 0.3);
    expect(await from(4, deep)).toMatchObject({ taken: 8, next: 8 });
    const half = (lambda: number) => (lambda <= 4 ? 0 : lambda < 8 ? 0.1 : 0.4);
    expect((await from(4, half)).taken).toBe(4 * 2 ** 0.5);
  });

  test("counts a ratio that is the target as reached", async () => {
    expect((await from(1, (lambda) => (lambda < 2 ? 0.1 : 0.2))).asked.slice(0, 2)).toEqual([1, 2]);
    const level = await from(1e-19, () => 0.2);
    expect(level.taken).toBe(1e-20);
  });

  test("starts at a thousandth of the curvature, and never below 10⁻²⁰ of it", async () => {
    const trials = trialsOf(() => 0, 400);
    await targetRatio().begin().search(trials);
    expect(trials.asked[0]).toBe(0.4);
    expect((await from(1e-30, () => 0.9, undefined, 4)).asked).toEqual([4e-20]);
    expect(targetRatio().settings).toEqual({ target: 0.1, factor: 3 });
  });

  test("takes the longest step of all where every ratio is above it", async () => {
    const taken = await targetRatio()
      .begin()
      .search(trialsOf(() => 0.9));
    expect(taken!.solution.multiplier).toBe(1e-20);
  });
});

describe("classical()", () => {
  /** Radii that were tried, and the next one, from Δ = 1 with steps as long as it unless they are inside. */
  async function tried(
    ratios: readonly number[],
    { outcome = "boundary", stepNorm }: { outcome?: "boundary" | "interior"; stepNorm?: number } = {},
    options?: Parameters<typeof classical>[0],
  ) {
    const run = classical(options).begin();
    run.restore({ scalars: { known: 1 }, vectors: {} });
    const [radii, starts]: [number[], (number | undefined)[]] = [[], []];
    const trials: Trials = {
      scale: 1,
      damped: () => Promise.reject(new Error("asked for a damping")),
      async within(radius, start) {
        radii.push(radius);
        starts.push(start);
        const solution = { ...{ step: new Float64Array(1), modelDecrease: 1, products: 0, rank: 1 }, outcome };
        return {
          solution: { ...solution, stepNorm: stepNorm ?? radius, multiplier: 10 * radii.length },
          ratio: ratios[radii.length - 1],
        };
      },
    };
    const taken = await run.search(trials);
    return { radii, starts, taken: taken !== undefined, next: run.state().scalars.known };
  }

  test.each([
    [0.24, 0.5],
    [0.25, 1],
    [0.75, 1],
    [0.76, 2],
  ])("after a ratio of %d the radius is %d", async (ratio, next) => {
    expect(await tried([ratio])).toEqual({ radii: [1], starts: [undefined], taken: true, next });
  });

  test("grows after steps to the boundary alone, and shrinks from a step inside", async () => {
    expect((await tried([0.9], { outcome: "interior", stepNorm: 0.1 })).next).toBe(1);
    expect((await tried([0.2], { outcome: "interior", stepNorm: 0.1 })).next).toBe(0.05);
    expect((await tried([0.2], { stepNorm: 0 })).next).toBe(0.5);
    expect((await tried([0.2], { stepNorm: 3 })).next).toBe(0.5);
  });

  test("takes a step of a ratio of 10⁻⁴, tries a shorter one below it, from the last multiplier", async () => {
    expect((await tried([1e-4])).radii).toEqual([1]);
    expect(await tried([0.9e-4, 0.5])).toEqual({ radii: [1, 0.5], starts: [undefined, 10], taken: true, next: 0.5 });
  });

  test("has its thresholds and factors from its options", async () => {
    const options = { ratios: [0.4, 0.6], grow: 3, shrink: 0.1 } as const;
    expect((await tried([0.39], {}, options)).next).toBe(0.1);
    expect((await tried([0.61], {}, options)).next).toBe(3);
    expect(classical(options).settings).toEqual(options);
    expect(classical().settings).toEqual({ ratios: [0.25, 0.75], grow: 2, shrink: 0.5 });
  });

  test("starts with the length of the step of a thousandth of the curvature", async () => {
    const trials = trialsOf(() => 0.5, 400);
    const run = classical().begin();
    await run.search(trials);
    expect(trials.asked[0]).toBe(0.4);
    expect(run.state().scalars.known).toBe(1 / 1.4);
  });

  test("gives up where the radius is nothing", async () => {
    const run = classical().begin();
    run.restore({ scalars: { known: 0 }, vectors: {} });
    const trials = trialsOf(() => 1);
    expect(await run.search(trials)).toBeUndefined();
    expect(trials.asked).toEqual([]);
  });

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

describe.each<[string, () => DampingSearch, number]>([
  ["greedy", greedy, 80],
  ["target-ratio", targetRatio, 81],
  // One for the first radius.
  ["classical", classical, 81],
])("%s", (name, make, trials) => {
  test(`gives up after ${trials} trials where no step is acceptable, and where none is finite`, async () => {
    for (const ratio of [-1, -Infinity]) {
      const tried = trialsOf(() => ratio);
      expect(await make().begin().search(tried)).toBeUndefined();
      expect(tried.asked.length).toBe(trials);
    }
  });

  test("goes on from where it gave up", async () => {
    const run = make().begin();
    await run.search(trialsOf(() => -1));
    const before = run.state().scalars.known;
    expect(before).toBeGreaterThan(0);
    expect(before).not.toBe(1e-3);
  });

  test("is named, and found by its name", () => {
    expect(make().name).toBe(name);
    expect(dampingSearch(name as never)).toMatchObject({ name, settings: make().settings });
    const own = make();
    expect(dampingSearch(own)).toBe(own);
  });

  test("has nothing to remember at its start", async () => {
    const run = make().begin();
    expect(run.state().scalars.known).toBeNaN();
    run.restore(run.state());
    const [a, b] = [trialsOf(rising), trialsOf(rising)];
    await run.search(a);
    await make().begin().search(b);
    expect(a.asked).toEqual(b.asked);
  });

  test("continues from its state as if it had not stopped", async () => {
    const [whole, second] = [make().begin(), make().begin()];
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
  expect(() => targetRatio({ factor: Infinity })).toThrow("targetRatio: factor must be > 1, got Infinity.");
  expect(() => targetRatio({ target: 1 })).toThrow("targetRatio: target must be in (0, 1), got 1.");
  expect(() => targetRatio({ factor: 1.01 })).not.toThrow();
  for (const [low, high] of [
    [0.8, 0.2],
    [0, 0.5],
    [0.5, 0.5],
    [0.5, 1],
  ] as const) {
    expect(() => classical({ ratios: [low, high] })).toThrow(
      `classical: need 0 < ratios[0] < ratios[1] < 1, got ${low} and ${high}.`,
    );
  }
  for (const grow of [1, Infinity]) {
    expect(() => classical({ grow })).toThrow(`classical: grow must be > 1, got ${grow}.`);
  }
  expect(() => classical({ shrink: 1 })).toThrow("classical: shrink must be in (0, 1), got 1.");
  expect(() => dampingSearch("timid" as never)).toThrow("gaussNewton: search must be one of");
});
