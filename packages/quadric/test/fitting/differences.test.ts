import { describe, expect, test } from "vitest";
import { differences } from "../../src/fitting/differences.ts";

const exact = ([a, b]: Float64Array) => [Math.exp(a), 0, Math.cos(b) * a, Math.sin(b)];
const evaluate = ([a, b]: Float64Array, out: Float64Array) => {
  out.set([Math.exp(a), a * Math.sin(b)]);
};
/** Columns: ∂r/∂a, ∂r/∂b. */
const columnsAt = (p: Float64Array) => {
  const [r0a, r0b, r1b, r1a] = exact(p);
  return [r0a, r1a, r0b, r1b];
};

function jacobianAt(p: Float64Array, bounds?: { lower: Float64Array; upper: Float64Array }) {
  const [residuals, jacobian] = [new Float64Array(2), new Float64Array(4)];
  evaluate(p, residuals);
  differences(evaluate, { n: 2, d: 2, bounds })(p, residuals, jacobian);
  return jacobian;
}

describe("differences()", () => {
  test("have nine digits of a derivative and more", () => {
    const p = Float64Array.of(0.7, 1.3);
    jacobianAt(p).forEach((value, i) => {
      expect(value).toBeCloseTo(columnsAt(p)[i], 9);
    });
  });

  test.each([
    ["lower", Float64Array.of(0.7, 1.3), Float64Array.of(9, 9)],
    ["upper", Float64Array.of(-9, -9), Float64Array.of(0.7, 1.3)],
  ])("at the %s bound lie on the other side, with eight digits", (_, lower, upper) => {
    const p = Float64Array.of(0.7, 1.3);
    jacobianAt(p, { lower, upper }).forEach((value, i) => {
      expect(value).toBeCloseTo(columnsAt(p)[i], 8);
    });
  });

  test.each([1e-30, 1e30])("of a parameter around %d have the same digits", (unit) => {
    const [residuals, jacobian] = [new Float64Array(1), new Float64Array(1)];
    const f = ([a]: Float64Array, out: Float64Array) => {
      out[0] = Math.exp(a / unit);
    };
    const p = Float64Array.of(0.5 * unit);
    f(p, residuals);
    differences(f, { n: 1, d: 1 })(p, residuals, jacobian);
    expect((jacobian[0] * unit) / Math.exp(0.5)).toBeCloseTo(1, 9);
  });

  test("where one side is not defined the other is taken", () => {
    const [residuals, jacobian] = [new Float64Array(1), new Float64Array(1)];
    const f = ([a]: Float64Array, out: Float64Array) => {
      out[0] = a <= 1 ? a * a : Number.NaN;
    };
    const p = Float64Array.of(1);
    f(p, residuals);
    differences(f, { n: 1, d: 1 })(p, residuals, jacobian);
    expect(jacobian[0]).toBeCloseTo(2, 8);
  });
});
