import { describe, expect, test } from "vitest";
import { pack } from "../../../src/compiler/autodiff/packing.ts";
import { instantProgram } from "../../../src/compiler/backends/wasm/backend.ts";
import type { Node } from "../../../src/compiler/ir/graph.ts";
import { simplifyingBuilder } from "../../../src/compiler/ir/simplify.ts";

const b = simplifyingBuilder();
const x = b.input("x", [2, 3], "float64");
const multiples = (count: number): Node[] => Array.from({ length: count }, (_, i) => b.scale(x, i + 2));

describe("pack()", () => {
  test("makes one tensor of many small ones, from which each comes back", async () => {
    const nodes = [...multiples(40), b.input("large", [1000], "float64"), b.input("label", [2], "int32")];
    const { tensors, variables, values } = pack(b, nodes, 32);
    expect(tensors.map(({ shape }) => shape)).toEqual([[240], [1000], [2]]);
    expect(variables.map(({ shape, dtype }) => [shape, dtype])).toEqual(tensors.map((t) => [t.shape, t.dtype]));

    const packed = await instantProgram({ inputs: [x], outputs: [tensors[0]] });
    const unpacked = await instantProgram({
      inputs: [variables[0]],
      outputs: nodes.slice(0, 40).map((node) => values.get(node)!),
    });
    const flat = new Float64Array(240);
    packed([Float64Array.of(1, 2, 3, 4, 5, 6)], [flat]);
    const results = Array.from({ length: 40 }, () => new Float64Array(6));
    unpacked([flat], results);
    results.forEach((result, i) => {
      expect([...result]).toEqual([1, 2, 3, 4, 5, 6].map((value) => (i + 2) * value));
    });
  });

  test("leaves few as they are", () => {
    const nodes = multiples(5);
    expect(pack(b, nodes, 32).tensors).toEqual(nodes);
  });
});
