import { describe, expect, test } from "vitest";
import { derivative } from "../../src/equations/derivative.ts";
import { equation } from "../../src/equations/equation.ts";
import { coordinates } from "../../src/equations/field.ts";
import { valuesAt } from "../helpers/fields.ts";
import "../helpers/matchers.ts";

const [x, t] = coordinates("x", "t");
const u = x.sin().mul(t.exp());
const symbols = { u, x, t, nu: 0.1 };
const points = { x: [0.3, 0.7], t: [0.2, 0.5] };

describe("equation()", () => {
  test("reads subscripts as derivatives, and takes the right side from the left", () => {
    const expected = derivative(u, t)
      .add(u.mul(derivative(u, x)))
      .sub(derivative(u, x, x).mul(0.2));
    const read = equation("u_t + u*u_x = 2*nu*u_xx", symbols);
    expect(valuesAt(read, points)).toBeAllclose(valuesAt(expected, points), { relative: 1e-14 });
    expect(valuesAt(equation("u_xt - u_x", symbols), points)).toBeAllclose([0, 0], { absolute: 1e-15 });
  });

  test.each([
    ["u^2 - 3*x/t + 2^x", (x: number, t: number, u: number) => u ** 2 - (3 * x) / t + 2 ** x],
    ["cosh(x) - sinh(x) + tan(t)", (x: number, t: number) => Math.cosh(x) - Math.sinh(x) + Math.tan(t)],
    ["max(x, t) - sqrt(x) + ln(e^t)", (x: number, t: number) => Math.max(x, t) - Math.sqrt(x) + t],
    ["1 - 1/x + -abs(u)", (x: number, _: number, u: number) => 1 - 1 / x - Math.abs(u)],
  ])("computes %s", (text, closed) => {
    const expected = points.x.map((v, i) => closed(v, points.t[i], Math.sin(v) * Math.exp(points.t[i])));
    expect(valuesAt(equation(text, symbols), points)).toBeAllclose(expected, { relative: 1e-13 });
  });

  test("says at which column it cannot be read, and what it does not know", () => {
    expect(() => equation("u_t = 2 u_xx", symbols)).toThrow('got "u_xx" at column 9. A product is written with *.');
    expect(() => equation("v_t = u", symbols)).toThrow("equation: a name must be one of u, x, t, nu, got v_t.");
    expect(() => equation("u_y = 0", symbols)).toThrow(
      "u_y must be a derivative by coordinates among the symbols, got y.",
    );
    expect(() => equation("erf(u)", symbols)).toThrow("equation: no rule for erf of a field. Use apply.");
    expect(() => equation("1 = 2", symbols)).toThrow("equation: must have a field in it");
  });
});
