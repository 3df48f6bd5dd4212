import { describe, expect, test } from "vitest";
import { gradientOf } from "../../../src/compiler/autodiff/derive.ts";
import { instantProgram } from "../../../src/compiler/backends/wasm/backend.ts";
import { call } from "../../../src/compiler/ir/call.ts";
import { type Node, reachable } from "../../../src/compiler/ir/graph.ts";
import { inlined } from "../../../src/compiler/ir/rebuild.ts";
import { simplifyingBuilder } from "../../../src/compiler/ir/simplify.ts";

const b = simplifyingBuilder();
const [x, y, z] = ["x", "y", "z"].map((name) => b.input(name, [], "float64"));
const one = b.scalar(1, "float64");

/** (x, y, z) → xy, 1, z, sin x. */
const f = { inputs: [x, y, z], outputs: [b.mul(x, y), one, z, b.unary("sin", x)] };

const [p, q] = ["p", "q"].map((name) => b.input(name, [], "float64"));

async function numberOf(node: Node, numbers: readonly number[]): Promise<number> {
  const run = await instantProgram({ inputs: [p, q], outputs: [node] });
  const result = Float64Array.of(0);
  run(
    numbers.map((x) => Float64Array.of(x)),
    [result],
  );
  return result[0];
}

describe("call()", () => {
  test("hands on what its function only hands on, and takes no argument that it does not need", () => {
    const [product, constant, handed] = call(b, f, [p, q, q]);
    expect(constant).toBe(one);
    expect(handed).toBe(q);
    expect(product.inputs[0].inputs).toEqual([p, q]);
    expect(call(b, f, [p, q, p])[0]).toBe(product);
  });

  /** a ← ab, b ← sin a, so many times. */
  function chain(count: number): Node {
    let [a, c] = [p, q];
    for (let i = 0; i < count; i++) [a, , , c] = call(b, f, [a, c, c]);
    return b.add(a, c);
  }

  test("has the value and the derivatives of what it stands for", async () => {
    const called = [chain(4), ...gradientOf(b, chain(4), [p, q])];
    const second = gradientOf(b, called[1], [p, q]);
    for (const node of [...called, ...second]) {
      const [written] = inlined(b, [node]);
      expect(reachable([written]).some(({ op }) => op === "call")).toBe(false);
      expect(await numberOf(node, [0.8, 1.3])).toBeCloseTo(await numberOf(written, [0.8, 1.3]), 14);
    }
    // (pq)·sin p after two turns is a; by p = 0.8, q = 1.3.
    expect(await numberOf(chain(2), [0.8, 1.3])).toBeCloseTo(1.04 * Math.sin(0.8) + Math.sin(1.04), 14);
  });

  test("is one function however often it is called: its derivatives have as many as one call of it", () => {
    const functionsIn = (nodes: readonly Node[]) =>
      new Set(reachable(nodes).flatMap(({ body }) => (body ? [body] : []))).size;
    const [few, many] = [5, 50].map((count) => functionsIn(gradientOf(b, chain(count), [p, q])));
    expect(many).toBe(few);
  });
});
