import { describe, expect, test } from "vitest";
import { norms } from "../../../src/norm/norms.ts";
import { lengthOfStart, requireThresholds } from "../../../src/optimizer/newton/search.ts";
import type { Vector } from "../../../src/vector/vector.ts";

const vector = (...x: number[]) => Float64Array.of(...x);

describe("lengthOfStart()", () => {
  /** With A = diag(4, 1) and B = diag(b, 2): A⁻¹g = (2, 3), γ² = 16 + 9. */
  const of = async (w: Vector, b = 8, gradient: Vector = vector(8, 3)) => {
    let products = 0;
    const multiply = async ([u, v]: Vector) => {
      products++;
      return vector(b * u, 2 * v);
    };
    const found = await lengthOfStart({ gradient, multiply, norm: norms.diagonal([4, 1]) }, w);
    expect(found.products).toBe(products);
    return found;
  };

  test("is ‖w₀‖_A, for nothing, with γ = ‖g‖_{A⁻¹}", async () => {
    expect(await of(vector(2, 3))).toEqual({ length: 5, gamma: 5, products: 0 });
  });

  test("is that of the Cauchy step at zero parameters, or where theirs is no number", async () => {
    // κ = 8·4 + 2·9 = 50: γ³/κ = 125/50.
    expect(await of(vector(0, 0))).toEqual({ length: 2.5, gamma: 5, products: 1 });
    expect(await of(vector(Infinity, 0))).toEqual({ length: 2.5, gamma: 5, products: 1 });
    // κ = −17·4 + 18 = −50.
    expect((await of(vector(0, 0), -17)).length).toBe(2.5);
  });

  test("is 1 where there is neither curvature nor gradient", async () => {
    expect((await of(vector(0, 0), -4.5)).length).toBe(1); // κ = 0
    expect(await of(vector(0, 0), 8, vector(0, 0))).toEqual({ length: 1, gamma: 0, products: 1 });
  });
});

test("requireThresholds() wants 0 < η₁ < η₂ < 1", () => {
  requireThresholds("here", 0.1, 0.9);
  for (const [eta1, eta2] of [
    [0, 0.5],
    [0.5, 0.5],
    [0.6, 0.5],
    [0.5, 1],
  ] as const) {
    expect(() => requireThresholds("here", eta1, eta2)).toThrow(
      `here: need 0 < eta1 < eta2 < 1, got eta1 = ${eta1}, eta2 = ${eta2}.`,
    );
  }
});
