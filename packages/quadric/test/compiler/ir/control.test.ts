import { describe, expect, test } from "vitest";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { cond, loop, select, split } from "../../../src/compiler/ir/control.ts";
import type { Graph, Node } from "../../../src/compiler/ir/graph.ts";
import { countOps, printGraph } from "../../../src/compiler/ir/print.ts";
import { simplifyingBuilder } from "../../../src/compiler/ir/simplify.ts";

async function run(graph: Graph, inputs: Float64Array[]): Promise<number[][]> {
  const executable = await onnx().compile(graph);
  const results = await executable.run(graph.inputs.map(({ shape }, i) => ({ shape, data: inputs[i] })));
  executable.dispose();
  return results.map(({ data }) => [...data]);
}

/** x ← x·a while x < limit, and what x was in every turn. */
function doubling(size: number): Graph {
  const b = simplifyingBuilder();
  const [x0, a, limit] = ["x", "a", "limit"].map((name) => b.input(name, name === "limit" ? [] : [size], "float64"));
  const first = (x: Node) => b.reshape(b.slice(x, [0], [1]), []);
  const x = b.input("state", [size], "float64");
  const next = b.binary("mul", x, b.unary("exp", a));
  const turn = { inputs: [x], outputs: [b.compare("less", first(next), limit), next, first(x)] };
  const [end, path] = loop(b, b.compare("less", first(x0), limit), [x0], turn);
  return { inputs: [x0, a, limit], outputs: [end, path] };
}

describe("loop()", () => {
  const a = Float64Array.of(Math.log(2), Math.log(2));

  test("turns while its condition holds and collects a row a turn", async () => {
    const [end, path] = await run(doubling(2), [Float64Array.of(1, 3), a, Float64Array.of(20)]);
    expect(end.map(Math.round)).toEqual([32, 96]);
    expect(path.map(Math.round)).toEqual([1, 2, 4, 8, 16]);
  });

  test("makes no turn if it is not entered", async () => {
    const [end, path] = await run(doubling(2), [Float64Array.of(21, 3), a, Float64Array.of(20)]);
    expect([end, path]).toEqual([[21, 3], []]);
  });

  test("prints its turn; what does not depend on the state stands before it", () => {
    expect(countOps(doubling(2))).toMatchObject({ loop: 1, exp: 1, mul: 1 });
    expect(printGraph(doubling(2))).toMatchInlineSnapshot(`
      "(%0: float64[2], %1: float64[2], %2: float64[]) {
        %3: float64[2] = exp %1
        %4: float64[1] = slice %0 begin=[0] end=[1]
        %5: float64[] = reshape %4
        %6: bool[] = compare %5 %2 op="less"
        %7: float64[2] = loop %6 %0 %2 %3 state=1 (%8: float64[2]) {
          %9: float64[2] = mul %8 %3
          %10: float64[1] = slice %9 begin=[0] end=[1]
          %11: float64[] = reshape %10
          %12: bool[] = compare %11 %2 op="less"
          %13: float64[1] = slice %8 begin=[0] end=[1]
          %14: float64[] = reshape %13
          return %12, %9, %14
        }
        %15: float64[2] = result %7 index=0
        %16: float64[-1] = result %7 index=1
        return %15, %16
      }"
    `);
  });
});

describe("cond()", () => {
  const choice = (size: number): Graph => {
    const b = simplifyingBuilder();
    const [x, y] = ["x", "y"].map((name) => b.input(name, [size], "float64"));
    const smaller = b.compare("less", b.sum(x, [0]), b.sum(y, [0]));
    const [sum, sign] = cond(
      b,
      smaller,
      [b.add(x, y), b.scalar(1, "float64")],
      [b.unary("sqrt", x), b.scalar(-1, "float64")],
    );
    return { inputs: [x, y], outputs: [sum, sign] };
  };

  test.each([
    ["selects from small sides", 2, "where"],
    ["branches between large ones", 200_000, "cond"],
  ] as const)("%s", async (_claim, size, op) => {
    const graph = choice(size);
    expect(countOps(graph)[op]).toBeGreaterThan(0);
    const [low, high] = [new Float64Array(size).fill(4), new Float64Array(size).fill(9)];
    const [sum, one] = await run(graph, [low, high]);
    expect([sum[0], sum[size - 1], one[0]]).toEqual([13, 13, 1]);
    const [root, minusOne] = await run(graph, [high, low]);
    expect([root[0], root[size - 1], minusOne[0]]).toEqual([3, 3, -1]);
  });
});

test("select() makes one test of two that fall back on the same value", () => {
  const b = simplifyingBuilder();
  const [p, q] = ["p", "q"].map((name) => b.input(name, [], "bool"));
  const [x, y] = ["x", "y"].map((name) => b.input(name, [3], "float32"));
  const graph = { inputs: [p, q, x, y], outputs: [select(b, p, select(b, q, x, y), y)] };
  expect(countOps(graph)).toMatchObject({ where: 1, and: 1 });
});

test("split() cuts a vector into pieces", async () => {
  const b = simplifyingBuilder();
  const x = b.input("x", [3], "float64");
  expect(await run({ inputs: [x], outputs: split(b, x, [1, 2]) }, [Float64Array.of(1, 2, 3)])).toEqual([[1], [2, 3]]);
});
