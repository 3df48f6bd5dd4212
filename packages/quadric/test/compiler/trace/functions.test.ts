import { jvp, numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { printedTrace } from "../../helpers/graphs.ts";

const along = (f: (x: np.Array) => np.Array) => (x: np.Array) => jvp(f, [x], [np.onesLike(x.ref)])[1];

describe("jax-js's tanh", () => {
  test("is one node", () => {
    expect(printedTrace([[4]], np.tanh, "float64")).toMatchInlineSnapshot(`
      "(%0: float64[4]) {
        %1: float64[4] = tanh %0
        return %1
      }"
    `);
  });

  test("is one node in its forward derivatives, of any order", () => {
    expect(printedTrace([[4]], along(np.tanh), "float64")).toMatchInlineSnapshot(`
      "(%0: float64[4]) {
        %1: float64[4] = tanh %0
        %2: float64[4] = mul %1 %1
        %3: float64[4] = mul -1 %2
        %4: float64[4] = add 1 %3
        return %4
      }"
    `);
    expect(printedTrace([[4]], along(along(np.tanh)), "float64")).toMatchInlineSnapshot(`
      "(%0: float64[4]) {
        %1: float64[4] = tanh %0
        %2: float64[4] = mul %1 %1
        %3: float64[4] = mul -1 %2
        %4: float64[4] = add 1 %3
        %5: float64[4] = mul %1 %4
        %6: float64[4] = mul -2 %5
        return %6
      }"
    `);
  });
});
