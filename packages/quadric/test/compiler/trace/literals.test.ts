import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { printGraph } from "../../../src/compiler/ir/print.ts";
import { simplifyingBuilder } from "../../../src/compiler/ir/simplify.ts";
import { trace } from "../../../src/compiler/trace/import.ts";

/** The graph of a function of one float64 scalar, as text. */
function printed(f: (x: np.Array) => np.Array): string {
  const b = simplifyingBuilder();
  const x = b.input("x", [], "float64");
  return printGraph({ inputs: [x], outputs: trace(b, f, [x]) });
}

describe("literals in a float64 function", () => {
  test("keep their double precision", () => {
    expect(printed((x) => x.mul(Math.PI))).toMatchInlineSnapshot(`
      "(%0: float64[]) {
        %1: float64[] = mul %0 3.141592653589793
        return %1
      }"
    `);
  });

  test("stay two if they agree in float32", () => {
    expect(printed((x) => x.ref.mul(2021.50003).sub(x.mul(2021.5)))).toMatchInlineSnapshot(`
      "(%0: float64[]) {
        %1: float64[] = mul %0 0.00002999999992425728
        return %1
      }"
    `);
  });

  test("that round to 1 still count", () => {
    expect(printed((x) => x.mul(1 + 1e-9))).toMatchInlineSnapshot(`
      "(%0: float64[]) {
        %1: float64[] = mul %0 1.000000001
        return %1
      }"
    `);
  });

  test("do not leak into functions that are traced later", () => {
    printed((x) => x.add(1 + 1e-9));
    expect(printed((x) => x.add(1))).toMatchInlineSnapshot(`
      "(%0: float64[]) {
        %1: float64[] = add %0 1
        return %1
      }"
    `);
  });

  test("are exact in functions that jax-js traces itself", () => {
    expect(printed((x) => np.cbrt(x))).toContain(String(1 / 3));
  });

  test("leave jax-js as it was", () => {
    const { dataSync } = np.Array.prototype;
    const { fill } = Float32Array.prototype;
    printed((x) => x.mul(Math.PI));
    expect(np.Array.prototype.dataSync).toBe(dataSync);
    expect(Float32Array.prototype.fill).toBe(fill);
  });
});
