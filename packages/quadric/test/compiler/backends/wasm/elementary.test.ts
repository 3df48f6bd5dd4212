import { describe, expect, test } from "vitest";
import { elementaryFunctions, erf, erfc } from "../../../../src/compiler/backends/wasm/elementary.ts";
import "../../../helpers/matchers.ts";

/** x, erf x, erfc x, from 40 digits of mpmath rounded to double. */
const exact = [
  [-6, -1, 2],
  [-3.1, -0.9999883513426328, 1.9999883513426329],
  [-1.3, -0.9340079449406524, 1.9340079449406524],
  [-0.84, -0.7651427114549945, 1.7651427114549945],
  [-0.2, -0.22270258921047847, 1.2227025892104784],
  [-1e-9, -1.1283791670955127e-9, 1.0000000011283792],
  [0, 0, 1],
  [1e-300, 1.1283791670955126e-300, 1],
  [0.1, 0.1124629160182849, 0.887537083981715],
  [0.25, 0.27632639016823696, 0.7236736098317631],
  [0.3, 0.3286267594591274, 0.6713732405408726],
  [0.8437, 0.7671979750524579, 0.23280202494754212],
  [0.84375, 0.7672256612323416, 0.23277433876765838],
  [0.9, 0.7969082124228322, 0.20309178757716786],
  [1.25, 0.9229001282564583, 0.07709987174354177],
  [2, 0.9953222650189527, 0.004677734981047266],
  [2.857, 0.9999466417399131, 5.3358260086846374e-5],
  [2.86, 0.9999475988269556, 5.24011730443978e-5],
  [4, 0.9999999845827421, 1.541725790028002e-8],
  [6.5, 1, 3.8421483271206475e-20],
  [10, 1, 2.088487583762545e-45],
  [26, 1, 5.663192408856143e-296],
];

describe("erf() and erfc()", () => {
  test("are right to two units in the last place, far tails included", () => {
    for (const [x, p, q] of exact) {
      // e^{−x²} carries the rounding of its exponent; two units hold where that is small.
      expect(Math.abs(erf(x) - p)).toBeLessThanOrEqual(2 * Number.EPSILON * Math.abs(p));
      expect(Math.abs(erfc(x) - q)).toBeLessThanOrEqual(2 * Number.EPSILON * q);
    }
  });

  test("have their limits, and NaN of NaN", () => {
    expect([erf(Infinity), erf(-Infinity), erfc(Infinity), erfc(-Infinity)]).toEqual([1, -1, 0, 2]);
    expect([erf(NaN), erfc(NaN)]).toEqual([NaN, NaN]);
  });
});

describe("sigmoid and softplus", () => {
  const { sigmoid, softplus } = elementaryFunctions;
  const at = ({ evaluate }: typeof sigmoid, x: number) => evaluate(x, 0);

  test("keep their relative accuracy where 1 + eˣ rounds to 1", () => {
    expect(at(sigmoid, -50)).toBeAllclose(Math.exp(-50), { relative: 1e-15 });
    expect(at(softplus, -50)).toBeAllclose(Math.exp(-50), { relative: 1e-15 });
  });

  test("do not overflow", () => {
    expect([at(sigmoid, -1000), at(sigmoid, 1000), at(softplus, 1000), at(softplus, -1000)]).toEqual([0, 1, 1000, 0]);
  });
});
