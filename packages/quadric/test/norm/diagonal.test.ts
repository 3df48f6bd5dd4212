/** Diagonal norms by themselves: their names, what they accept, what they remember. */
import { describe, expect, test } from "vitest";
import { clipped } from "../../src/norm/diagonal.ts";
import { norms } from "../../src/norm/norms.ts";
import { flatLayout } from "../../src/vector/layout.ts";
import "../helpers/matchers.ts";

test("norms are called by their own names", () => {
  const made = {
    ...norms,
    clipped: () => norms.clipped(norms.adagrad(), { min: 1 }),
    diagonal: () => norms.diagonal([1, 2]),
    fullMatrix: () => norms.fullMatrix(),
  };
  const names = Object.entries(made).map(([key, make]) => [key, make().name]);
  expect(Object.fromEntries(names)).toEqual({
    equilibrated: "equilibrated",
    euclidean: "euclidean",
    diagonal: "diagonal",
    adagrad: "adagrad",
    rmsprop: "rmsprop",
    adam: "adam",
    fullMatrix: "full-rmsprop",
    hutchinson: "hutchinson",
    clipped: "clipped(adagrad)",
  });
});

describe("norms.diagonal() and norms.euclidean()", () => {
  test("have nothing to remember", () => {
    const sphere = norms.euclidean();
    sphere.norm(Float64Array.of(1, 2));
    sphere.update(Float64Array.of(3, 4));
    for (const norm of [sphere, norms.diagonal([1, 4])]) expect(norm.state()).toEqual({ scalars: {}, vectors: {} });
  });

  test("measure √Σaᵢvᵢ²", () => {
    expect(norms.diagonal([4, 9]).norm(Float64Array.of(3, 2))).toBeAllclose(Math.sqrt(72));
  });

  test.each([[0], [-1], [Number.NaN], [Infinity]])("refuse an entry of %d", (entry) => {
    expect(() => norms.diagonal([1, entry])).toThrow(/^norms.diagonal: every entry must be > 0, got .* at 1/);
  });
});

describe("clipped()", () => {
  test("keeps entries between its limits, which may be one number", () => {
    const norm = clipped(norms.adagrad(), { min: 2, max: 2 });
    norm.norm(Float64Array.of(1, 1));
    norm.update(Float64Array.of(100, 1e-3));
    expect([...norm.diagonal!]).toEqual([2, 2]);
    expect(() => clipped(norms.adagrad(), { min: 2, max: 1 })).toThrow(/^norms.clipped: need 0 < min <= max/);
  });

  test("passes probes on", async () => {
    const layout = flatLayout(2);
    const [plain, limited] = [
      norms.hutchinson().fresh(layout),
      clipped(norms.hutchinson(), { min: 1e-9 }).fresh(layout),
    ];
    for (const norm of [plain, limited]) await norm.probe(([x, y]) => Float64Array.of(8 * x, 27 * y));
    expect(limited.diagonal).toBeAllclose(plain.diagonal!);
    expect(limited.diagonal).toBeAllclose([2 + 1e-4, 3 + 1e-4]); // p = 1/3
  });
});
