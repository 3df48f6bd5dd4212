import { describe, expect, test } from "vitest";
import { closuresObjective } from "../../src/objective/closures.ts";
import { stalled } from "../../src/optimizer/stall.ts";

describe("stalled()", () => {
  /** What is said at w of f when `slope` is given for its derivative. */
  async function saidOf(
    f: (x: number) => number,
    slope: number,
    {
      w = 1,
      dtype = "float64",
      a,
      claimed = () => slope,
    }: { w?: number; dtype?: "float64" | "float32"; a?: number; claimed?(x: number): number } = {},
  ): Promise<string> {
    const vector = (x: number) => (dtype === "float64" ? Float64Array.of(x) : Float32Array.of(x));
    const objective = closuresObjective({ value: ([x]) => f(x), gradient: ([x]) => vector(claimed(x)) }, vector(w), {
      checkDeterminism: false,
    });
    const ending = await stalled(objective, {
      ...{ w: vector(w), batch: undefined, gradient: vector(slope), largest: 1 },
      ...(a !== undefined && { a: Float64Array.of(a) }),
    });
    expect(ending.status).toBe("stalled");
    expect(objective.ledger.counts().values).toBe(0);
    return ending.message;
  }
  const seen = "No step was acceptable, however short, although the gradient is not small";
  const fits = `${seen}. It fits the loss by finite differences: a kink is near, or noise.`;
  const rounding = `${seen}, but too small for the loss to resolve: rounding.`;
  const noisy = `${seen}: the loss is noisier than rounding, or has a kink here.`;
  const wrong = (measured: string, slope: string) =>
    `${seen}: it does not fit the loss. Along −g the loss changes by ${measured} a unit of length by finite ` +
    `differences, the gradient says ${slope}. Check the gradient.`;

  test("finds a gradient right that fits by one of three central differences", async () => {
    expect(await saidOf((x) => 0.5 * (x - 3) ** 2, -2)).toBe(fits);
    expect(await saidOf((x) => 3 * x, 3.2)).toBe(fits);
    // The shortest difference alone stays on one side of the kink.
    expect(await saidOf((x) => Math.abs(x - 1 + 1e-6), 1)).toBe(fits);
    expect(await saidOf(() => 1, 0)).toBe(rounding);
  });

  test("says by how much a gradient is wrong that is so all around", async () => {
    expect(await saidOf((x) => 3 * x, 5)).toBe(wrong("-15.0", "-25.0"));
    expect(await saidOf((x) => 3 * x, 5, { a: 4 })).toBe(wrong("-3.75", "-6.25"));
    // Two differences are enough, those within 10⁻⁵ of w.
    expect(await saidOf((x) => Math.abs(x - 1 + 1e-5), 5)).toBe(wrong("-5.00", "-25.0"));
  });

  test.each([1e12, 1e-12, -1e-12])("takes differences of the size of the parameters, here of %s", async (w) => {
    expect(await saidOf((x) => 3 * x + (x / w) ** 3 * w, 9, { w })).toBe(wrong("-54.0", "-81.0"));
  });

  test("takes longer differences in float32", async () => {
    const f = (x: number) => Math.fround(3 * x);
    expect(await saidOf(f, 5, { dtype: "float32" })).toMatch(/changes by -1[45]\.\d+ a unit/);
  });

  test("accuses nobody where differences do not agree with each other", async () => {
    // The first is that of the point itself.
    let calls = 0;
    expect(await saidOf(() => [1, 1, 0, 0, 1, 1, 0][calls++ % 7], 5)).toBe(noisy);
  });

  test("accuses nobody where the terms that cancel may have swallowed what the gradient promises", async () => {
    // Of a cross-entropy in float32 that has fallen from 1 to 10⁻⁹: the logarithm of 1 + 10⁻⁹ is that of 1.
    const flat = { dtype: "float32" } as const;
    expect(await saidOf(() => 1e-9, 3e-6, flat)).toBe(rounding);
    expect(await saidOf(() => 1e-9, 4e-6, flat)).toBe(wrong("0.00", "-1.60e-11"));
  });

  test("accuses nobody where the gradient changes by more than it misses the loss by", async () => {
    // ½·10⁶·v² + 0.003·v, v = w − 1: the slope at v = 0 is 0.003.
    const valley = (x: number) => 0.5e6 * (x - 1) ** 2 + 3e-3 * (x - 1);
    expect(await saidOf(valley, 1e-3, { claimed: (x) => 1e-3 + 1e6 * (x - 1) })).toBe(
      `${seen}: what is left of it changes between neighbouring points by more than it misses the loss by. Rounding, or a kink.`,
    );
    expect(await saidOf(valley, 1e-3)).toMatch(/Check the gradient\.$/);
  });
});

describe("stalled() at the rounding of a loss", () => {
  const roundoff = { float64: 2 ** -52, float32: 2 ** -23 };
  interface Setting {
    /** Every second value of the loss is 2η larger, so that its measured noise is √3.2·η. */
    readonly eta?: number;
    readonly largest?: number;
    readonly curvature?: number;
    readonly kind?: "hessian" | undefined;
    readonly dtype?: "float64" | "float32";
    readonly distance?: number;
  }

  /** What a run ends with at 1 + distance of (x − 1)², of which 10⁻⁶ is left to gain, and where the loss was tried. */
  async function ended({ distance = 1e-3, ...setting }: Setting) {
    const { eta = 2e-9, largest = 1e14, curvature = 2, dtype = "float64" } = setting;
    const kind = "kind" in setting ? setting.kind : "hessian";
    const vector = (x: number) => (dtype === "float64" ? Float64Array.of(x) : Float32Array.of(x));
    const tried: number[] = [];
    const objective = closuresObjective(
      {
        value: ([x]) => distance ** 2 + 0 * x + eta * (tried.push(x) % 2 ? 1 : -1),
        gradient: () => vector(2 * distance),
        hvp: (_, [v]) => vector(curvature * v),
      },
      vector(1),
      { checkDeterminism: false },
    );
    const w = vector(1 + distance);
    const place = { w, batch: undefined, gradient: vector(2 * distance), kind, largest };
    const { status, reason } = await stalled(objective, place);
    expect(objective.ledger.counts()).toMatchObject({ values: 0, gradients: 0, hvps: 0 });
    return { ending: reason ?? status, tried };
  }

  test("has converged where the noise is that of terms as large as the loss has been, and explains what is left", async () => {
    expect((await ended({})).ending).toBe("rounding");
  });

  test.each<[string, Setting]>([
    ["there is no noise", { eta: 0 }],
    // √(10⁻⁶/(√3.2·10⁻⁹/10ε)) = 1.1·10⁻⁶.
    ["the noise does not hide what is left to gain", { eta: 1e-9 }],
    // 10⁴ε√(10⁻⁶·10¹⁴) = 2.2·10⁻⁸ is what the terms explain.
    ["the noise is larger than the terms explain", { eta: 1.3e-8 }],
    ["the loss has never been so large", { largest: 1e12 }],
    ["the model has no minimum", { curvature: -2 }],
    ["nobody knows the curvature", { kind: undefined }],
  ])("has not where %s", async (_, setting) => {
    expect((await ended(setting)).ending).toBe("stalled");
  });

  test.each(["float64", "float32"] as const)("measures the noise within a few roundings of w in %s", async (dtype) => {
    const { tried } = await ended({ dtype });
    const w = dtype === "float64" ? 1 + 1e-3 : Math.fround(1 + 1e-3);
    expect(tried[3]).toBe(w);
    const offsets = tried.slice(0, 7).map((x) => (x - w) / roundoff[dtype]);
    expect(Math.max(...offsets.map(Math.abs))).toBeLessThanOrEqual(13);
    expect(new Set(offsets).size).toBeGreaterThan(2);
    expect(Math.sign(offsets[0])).toBe(-Math.sign(offsets[6]));
  });

  test("asks for less in float32", async () => {
    // √(10⁻⁶/(√3.2·10⁻⁷/10ε)) = 3·10⁻³ beside a level of 2·10⁻²; the terms explain 10⁴ε√(10⁻⁶·10⁶).
    expect((await ended({ dtype: "float32", eta: 1e-7, largest: 1e6 })).ending).toBe("rounding");
    expect((await ended({ dtype: "float32", eta: 1e-7, largest: 1e-6 })).ending).toBe("stalled");
  });
});
