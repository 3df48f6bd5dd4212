import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { jvp } from "../../../src/compiler/autodiff/jvp.ts";
import { simplifyingBuilder } from "../../../src/compiler/ir/simplify.ts";
import { compileObjective } from "../../../src/compiler/objective.ts";
import { printed } from "../../helpers/graphs.ts";
import "../../helpers/matchers.ts";

describe("jvp()", () => {
  test("has the tangent of a product by the product rule", () => {
    const build = printed(
      [[3], [3], [3]],
      (b, x, y, dx) => jvp(b, [b.mul(b.unary("sin", x), y)], new Map([[x, dx]])) as never,
    );
    expect(build).toMatchInlineSnapshot(`
      "(%0: float32[3], %1: float32[3], %2: float32[3]) {
        %3: float32[3] = cos %0
        %4: float32[3] = mul %2 %3
        %5: float32[3] = mul %1 %4
        return %5
      }"
    `);
  });

  test("has no tangent of what does not depend on the seeds, rather than one of zeros", () => {
    const b = simplifyingBuilder();
    const [x, y, dx] = ["x", "y", "dx"].map((name) => b.input(name, [3], "float32"));
    expect(jvp(b, [b.unary("exp", y), b.unary("floor", x), b.stopGradient(x)], new Map([[x, dx]]))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("has the mixed derivative of a power whose exponent is 0: ∂²xʸ/∂x∂y = 1/x there", async () => {
    const loss = ([x, y]: np.Array[]) => np.power(x, y).sum();
    const point = (value: number) => ({ shape: [1], data: Float64Array.of(value) });
    const objective = await compileObjective({ loss, params: [point(0.25), point(0)] as never }, { dtype: "float64" });
    const { curvature } = await objective.linearize(objective.initial, [], "hessian");
    expect(await curvature.multiply(Float64Array.of(1, 0))).toBeAllclose([0, 4]);
    expect(await curvature.multiply(Float64Array.of(0, 1))).toBeAllclose([4, Math.log(0.25) ** 2]);
    objective.dispose();
  });

  test("uses the value of an exponential again", () => {
    const build = printed([[3], [3]], (b, x, dx) => {
      const y = b.unary("exp", x);
      return [y, jvp(b, [y], new Map([[x, dx]]))[0]!];
    });
    expect(build).toMatchInlineSnapshot(`
      "(%0: float32[3], %1: float32[3]) {
        %2: float32[3] = exp %0
        %3: float32[3] = mul %1 %2
        return %2, %3
      }"
    `);
  });
});
