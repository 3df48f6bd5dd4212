import { grad, jit, numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { printedTrace } from "../../helpers/graphs.ts";

describe("trace()", () => {
  test("prints least squares as one would write it", () => {
    const loss = (w: np.Array, x: np.Array, y: np.Array) => np.square(np.dot(x, w).sub(y)).mean();
    expect(printedTrace([[3], [5, 3], [5]], loss)).toMatchInlineSnapshot(`
      "(%0: float32[3], %1: float32[5,3], %2: float32[5]) {
        %3: float32[1,3] = reshape %0
        %4: float32[5,1] = matmul %1 %3 transposeA=false transposeB=true
        %5: float32[5] = reshape %4
        %6: float32[5] = mul %2 -1
        %7: float32[5] = add %5 %6
        %8: float32[5] = mul %7 %7
        %9: float32[] = reduce %8 op="sum" axes=[0]
        %10: float32[] = mul %9 0.2
        return %10
      }"
    `);
  });

  test("prints logistic regression with its stable softplus", () => {
    const loss = (w: np.Array, x: np.Array) => np.log(np.exp(np.dot(x, w)).add(1)).sum();
    expect(printedTrace([[3], [5, 3]], loss)).toMatchInlineSnapshot(`
      "(%0: float32[3], %1: float32[5,3]) {
        %2: float32[1,3] = reshape %0
        %3: float32[5,1] = matmul %1 %2 transposeA=false transposeB=true
        %4: float32[5] = reshape %3
        %5: float32[5] = softplus %4
        %6: float32[] = reduce %5 op="sum" axes=[0]
        return %6
      }"
    `);
  });

  test("inlines jit", () => {
    const inner = jit((x: np.Array) => np.sin(x).mul(2));
    expect(printedTrace([[3]], (x) => inner(x))).toMatchInlineSnapshot(`
      "(%0: float32[3]) {
        %1: float32[3] = sin %0
        %2: float32[3] = mul %1 2
        return %2
      }"
    `);
  });

  test("takes derivatives inside a loss", () => {
    expect(printedTrace([[3]], (x) => grad((y: np.Array) => np.square(y).sum())(x))).toMatchInlineSnapshot(`
      "(%0: float32[3]) {
        %1: float32[3] = mul %0 2
        return %1
      }"
    `);
  });

  test("makes constants of arrays that the loss closes over", () => {
    const data = np.array(Float32Array.of(1, 2, 4));
    expect(printedTrace([[3]], (x) => x.sub(data.ref))).toMatchInlineSnapshot(`
      "(%0: float32[3]) {
        %1: float32[3] = constant id=0
        %2: float32[3] = mul %1 -1
        %3: float32[3] = add %0 %2
        return %3
      }"
    `);
    data.dispose();
  });
});
