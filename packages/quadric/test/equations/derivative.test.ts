import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { derivative, gradient, laplacian } from "../../src/equations/derivative.ts";
import { apply, coordinates, type Field } from "../../src/equations/field.ts";
import { network } from "../../src/equations/network.ts";
import { valuesAt } from "../helpers/fields.ts";
import "../helpers/matchers.ts";

const [x, y] = coordinates("x", "y");
const points = { x: [0.3, 0.7, 1.1], y: [0.2, 0.5, 0.9] };

/** Values and closed forms of f, f_x, f_xx, f_xy, f_xxx at a point. */
const cases: readonly [string, Field, (x: number, y: number) => readonly number[]][] = [
  [
    "products and powers",
    x.pow(3).mul(y).add(y.square()),
    (x, y) => [x ** 3 * y + y * y, 3 * x * x * y, 6 * x * y, 3 * x * x, 6 * y],
  ],
  ["quotients", y.div(x), (x, y) => [y / x, -y / x ** 2, (2 * y) / x ** 3, -1 / x ** 2, (-6 * y) / x ** 4]],
  [
    "sines of sums",
    x.mul(2).add(y).sin(),
    (x, y) =>
      [2 * x + y].flatMap((a) => [Math.sin(a), 2 * Math.cos(a), -4 * Math.sin(a), -2 * Math.sin(a), -8 * Math.cos(a)]),
  ],
  [
    "cosines, exponentials",
    x.cos().mul(y.exp()),
    (x, y) => [Math.cos(x), -Math.sin(x), -Math.cos(x), -Math.sin(x), Math.sin(x)].map((f) => f * Math.exp(y)),
  ],
  [
    "roots and logarithms",
    x.sqrt().add(x.log().mul(y)),
    (x, y) => [
      Math.sqrt(x) + y * Math.log(x),
      0.5 * x ** -0.5 + y / x,
      -0.25 * x ** -1.5 - y / x ** 2,
      1 / x,
      0.375 * x ** -2.5 + (2 * y) / x ** 3,
    ],
  ],
  [
    "powers that are no integers, and negative ones",
    x.pow(1.5).sub(y.mul(x.pow(-2))),
    (x, y) => [
      x ** 1.5 - y * x ** -2,
      1.5 * x ** 0.5 + 2 * y * x ** -3,
      0.75 * x ** -0.5 - 6 * y * x ** -4,
      2 * x ** -3,
      -0.375 * x ** -1.5 + 24 * y * x ** -5,
    ],
  ],
];

describe("derivative()", () => {
  test.each(cases)("is the closed form for %s", (_, f, closed) => {
    const found = [f, derivative(f, x), derivative(f, x, x), derivative(f, x, y), derivative(f, x, x, x)];
    const expected = points.x.map((at, i) => closed(at, points.y[i]));
    found.forEach((field, k) => {
      expect(valuesAt(field, points)).toBeAllclose(
        expected.map((row) => row[k]),
        { relative: 1e-11 },
      );
    });
  });

  test("of tanh and sigmoid agrees with central differences", () => {
    const f = x.mul(y).tanh().add(x.sigmoid());
    const h = 1e-4;
    const at = (dx: number) => valuesAt(f, { x: points.x.map((v) => v + dx), y: points.y });
    const [plus, here, minus] = [at(h), at(0), at(-h)];
    // The error of the differences is h²/6·f‴ and h²/12·f⁗, with rounding of 1e-16/h² in the second.
    const first = plus.map((v, i) => (v - minus[i]) / (2 * h));
    const second = plus.map((v, i) => (v - 2 * here[i] + minus[i]) / h ** 2);
    expect(valuesAt(derivative(f, x), points)).toBeAllclose(first, { absolute: 1e-7 });
    expect(valuesAt(derivative(f, x, x), points)).toBeAllclose(second, { absolute: 1e-6 });
  });

  test("by what a field does not depend on is 0", () => {
    expect(valuesAt(derivative(y.exp(), x), points)).toEqual([0, 0, 0]);
  });

  test("needs a coordinate", () => {
    expect(() => derivative(x, x.mul(2))).toThrow("derivative: must be one of the coordinates");
  });
});

describe("at()", () => {
  test("fixes a coordinate, and differentiates by the others", () => {
    const f = x.square().mul(y.exp());
    const fixed = f.at({ x: 2 });
    expect(valuesAt(derivative(fixed, y), { y: points.y })).toBeAllclose(points.y.map((v) => 4 * Math.exp(v)));
    expect(valuesAt(derivative(fixed, x), points)).toEqual([0, 0, 0]);
    expect(valuesAt(derivative(f, x).at({ x: 2 }), { y: points.y })).toBeAllclose(points.y.map((v) => 4 * Math.exp(v)));
    expect(valuesAt(laplacian(fixed.mul(x.square()), [x, y]), { x: [1], y: [0] })).toBeAllclose([12]);
  });

  test("needs finite numbers", () => {
    expect(() => x.at({ x: Number.NaN })).toThrow("at: x must be finite, got NaN.");
  });
});

describe("laplacian()", () => {
  const names = ["a", "b", "c", "d", "e"] as const;
  const five = coordinates(...names);
  const at = Object.fromEntries(names.map((name, k) => [name, [0.1 * k, 0.9 - 0.2 * k, 0.4]]));

  test.each(["tanh", "sin", "softplus"] as const)("is the sum of second derivatives of a %s network", (activation) => {
    const u = network(five, [6, 5], { activation }).mul(five[0].add(1));
    // By moving points, which `apply` leaves no other way for.
    const opaque = apply((value) => value, u);
    const seconds = five.map((axis) => derivative(opaque, axis, axis)).reduce((a, b) => a.add(b));
    expect(valuesAt(laplacian(u, five), at)).toBeAllclose(valuesAt(seconds, at), { relative: 1e-11 });
  });

  test("can be applied twice", () => {
    const f = x.sin().mul(y.mul(2).cos()); // Δ²f = 25f
    const expected = valuesAt(f.mul(25), points);
    expect(valuesAt(laplacian(laplacian(f, [x, y]), [x, y]), points)).toBeAllclose(expected, { relative: 1e-12 });
  });

  test("needs each coordinate once", () => {
    expect(() => laplacian(x, [x, x])).toThrow("laplacian: need one or more coordinates, each once, got x, x.");
  });
});

describe("gradient() and apply()", () => {
  test("differentiate through any function of jax-js", () => {
    const f = apply((a, b) => np.arctan2(a, b), y, x); // the angle
    const r2 = points.x.map((v, i) => v ** 2 + points.y[i] ** 2);
    const [fx, fy] = gradient(f, [x, y]);
    expect(valuesAt(fx, points)).toBeAllclose(
      points.y.map((v, i) => -v / r2[i]),
      { relative: 1e-12 },
    );
    expect(valuesAt(fy, points)).toBeAllclose(
      points.x.map((v, i) => v / r2[i]),
      { relative: 1e-12 },
    );
  });
});
