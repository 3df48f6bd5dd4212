import { describe, expect, test } from "vitest";
import { simplifyingBuilder } from "../../../src/compiler/ir/simplify.ts";

describe("a builder", () => {
  test("finds the node of an equal expression, whatever the order of the operands of a sum", () => {
    const b = simplifyingBuilder();
    const [x, y] = [b.input("x", [3], "float32"), b.input("y", [3], "float32")];
    expect(b.add(x, y)).toBe(b.add(y, x));
    expect(b.unary("exp", b.mul(x, y))).toBe(b.unary("exp", b.mul(y, x)));
  });

  test("never merges inputs, even of one name", () => {
    const b = simplifyingBuilder();
    expect(b.input("x", [], "float32")).not.toBe(b.input("x", [], "float32"));
  });

  test("merges constants that share their data, and scalars of one value", () => {
    const b = simplifyingBuilder();
    const data = Float32Array.of(1, 2);
    expect(b.constant(data, [2], "float32")).toBe(b.constant(data, [2], "float32"));
    expect(b.scalar(2, "float32")).toBe(b.scalar(2, "float32"));
    expect(b.scalar(2, "float32")).not.toBe(b.scalar(2, "float64"));
  });

  test("numbers a node after its inputs", () => {
    const b = simplifyingBuilder();
    const x = b.input("x", [3], "float32");
    const y = b.unary("sin", b.unary("cos", x));
    expect(y.id).toBeGreaterThan(y.inputs[0].id);
    expect(y.inputs[0].id).toBeGreaterThan(x.id);
  });
});
