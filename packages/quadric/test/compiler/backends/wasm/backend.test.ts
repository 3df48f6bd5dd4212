import { describe, expect, test } from "vitest";
import { jax } from "../../../../src/compiler/backends/jax/backend.ts";
import { wasm } from "../../../../src/compiler/backends/wasm/backend.ts";
import type { Builder } from "../../../../src/compiler/ir/builder.ts";
import {
  type ElementType,
  elementCount,
  type Graph,
  type Node,
  type UnaryOp,
} from "../../../../src/compiler/ir/graph.ts";
import { simplifyingBuilder } from "../../../../src/compiler/ir/simplify.ts";
import { makeRandom } from "../../../../src/vector/random.ts";
import type { Tensor, TensorData } from "../../../../src/vector/tensor.ts";
import { numbers, tensor } from "../../../helpers/oracles.ts";

async function run(graph: Graph, inputs: readonly Tensor[], backend = wasm()): Promise<TensorData[]> {
  const executable = await backend.compile(graph);
  const outputs = await executable.run(inputs);
  executable.dispose();
  return outputs.map(({ data }) => data);
}

/** f of float64 vectors, element by element. */
async function elementwise(f: (b: Builder, ...xs: Node[]) => Node, ...xs: number[][]): Promise<number[]> {
  const b = simplifyingBuilder();
  const inputs = xs.map((x) => b.input("x", [x.length], "float64"));
  const data = xs.map((x) => ({ shape: [x.length], data: Float64Array.from(x) }));
  return Array.from((await run({ inputs, outputs: [f(b, ...inputs)] }, data))[0]);
}

/** A random expression over the nodes so far, one of those that a graph may hold. */
function grow(b: Builder, nodes: Node[], pick: (n: number) => number): Node {
  const x = nodes[pick(nodes.length)];
  const likeX = nodes.filter(({ shape }) => shape.length === x.shape.length && shape.every((n, i) => n === x.shape[i]));
  const y = likeX[pick(likeX.length)];
  const rank = x.shape.length;
  const choices: (() => Node)[] = [
    () => b.add(x, y),
    () => b.mul(x, y),
    () => b.binary(pick(2) ? "max" : "min", x, y),
    () => b.unary((["sin", "cos", "tanh", "atan", "sigmoid", "softplus"] as UnaryOp[])[pick(6)], x),
    () => b.unary("exp", b.unary("sin", x)),
    () => b.mul(x, b.unary("reciprocal", b.add(b.mul(y, y), b.scalar(1, "float64")))),
    () => b.where(b.compare(pick(2) ? "less" : "less_equal", x, y), b.unary("sin", y), x),
  ];
  if (rank > 0) {
    const axis = pick(rank);
    const n = x.shape[axis];
    choices.push(
      () => b.transpose(x, [...x.shape.keys()].reverse()),
      () => b.flip(x, [axis]),
      () => b.reshape(x, [elementCount(x.shape)]),
      () => b.concatenate([x, y], axis),
      () =>
        b.pad(
          x,
          x.shape.map((_, i) => (i === axis ? [1, 2] : [0, 0])),
        ),
      () => b.sum(x, [axis]),
      () => b.reduce("max", x, [axis]),
      () =>
        b.expand(
          b.reshape(
            b.sum(x, [axis]),
            x.shape.map((m, i) => (i === axis ? 1 : m)),
          ),
          x.shape,
        ),
      () =>
        b.slice(
          x,
          x.shape.map((_, i) => (i === axis && n > 1 ? 1 : 0)),
          x.shape,
        ),
    );
  }
  if (rank === 2) {
    choices.push(
      () => b.matmul(x, y, false, true),
      () => b.matmul(x, y, true, false),
      () => b.reshape(x, [x.shape[1], x.shape[0]]),
    );
  }
  return choices[pick(choices.length)]();
}

/** A function of four arguments with results from all over its body. */
function randomGraph(seed: number): Graph {
  const b = simplifyingBuilder();
  const random = makeRandom(seed);
  const pick = (n: number) => Math.floor(random.uniform() * n) % n;
  const inputs = [[3, 4], [3, 4], [4], []].map((shape) => b.input("x", shape, "float64"));
  const nodes = [...inputs, b.constant(numbers(12, seed), [3, 4], "float64"), b.scalar(0.5, "float64")];
  for (let i = 0; i < 60; i++) {
    const node = grow(b, nodes, pick);
    if (elementCount(node.shape) <= 400) nodes.push(node);
  }
  return { inputs, outputs: Array.from({ length: 4 }, () => nodes[nodes.length - 1 - pick(20)]) };
}

describe("wasm()", () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed))(
    "computes random graph %i as the interpreter does",
    async (seed) => {
      const graph = randomGraph(seed);
      const inputs = graph.inputs.map(({ shape }, i) => tensor(shape, seed + i));
      const [actual, expected] = [await run(graph, inputs), await run(graph, inputs, jax({ device: "cpu" }))];
      for (let i = 0; i < expected.length; i++) {
        // Sixty operations, each of which may double a rounding; both sides round.
        expect(actual[i]).toBeAllclose(expected[i], { relative: 1e-13, absolute: 1e-13 });
      }
    },
  );

  test("computes the same in a second run, and after another program used the memory", async () => {
    const [first, second] = [randomGraph(101), randomGraph(102)];
    const inputs = first.inputs.map(({ shape }, i) => tensor(shape, i));
    const [f, g] = [await wasm().compile(first), await wasm().compile(second)];
    const before = await f.run(inputs);
    await g.run(inputs);
    expect(await f.run(inputs)).toEqual(before);
    expect(await f.run(inputs)).toEqual(before);
  });

  test("survives memory that grows under it", async () => {
    const small = randomGraph(7);
    const inputs = small.inputs.map(({ shape }, i) => tensor(shape, i));
    const f = await wasm().compile(small);
    const before = await f.run(inputs);
    const b = simplifyingBuilder();
    const x = b.input("x", [2 ** 17], "float64");
    const large = { inputs: [x], outputs: [b.unary("sin", x)] };
    const data = Float64Array.from({ length: 2 ** 17 }, (_, i) => i);
    expect((await run(large, [{ shape: [2 ** 17], data }]))[0]).toEqual(data.map(Math.sin));
    expect(await f.run(inputs)).toEqual(before);
  });

  test("writes into the outputs that it is given", async () => {
    const b = simplifyingBuilder();
    const x = b.input("x", [3], "float32");
    const executable = await wasm().compile({ inputs: [x], outputs: [b.mul(x, x), x] });
    const outputs = [0, 1].map(() => ({ shape: [3], data: new Float32Array(3) }));
    const results = await executable.run([{ shape: [3], data: Float32Array.of(1, 2, 3) }], outputs);
    expect(results[0]).toBe(outputs[0]);
    expect(outputs.map(({ data }) => [...data])).toEqual([[1, 4, 9], [1, 2, 3]]); // biome-ignore format: two rows
  });

  test("treats NaN, infinities and signed zeros as IEEE 754 and Math do", async () => {
    const x = [NaN, 1, Infinity, -Infinity, -0, 2];
    const y = [1, NaN, NaN, Infinity, 0, 2];
    const where = (op: "less" | "less_equal" | "equal" | "not_equal") =>
      elementwise((b, p, q) => b.where(b.compare(op, p, q), b.scalar(1, "float64"), b.scalar(0, "float64")), x, y);
    expect(await elementwise((b, p, q) => b.binary("max", p, q), x, y)).toEqual(x.map((p, i) => Math.max(p, y[i])));
    expect(await elementwise((b, p, q) => b.binary("min", p, q), x, y)).toEqual(x.map((p, i) => Math.min(p, y[i])));
    expect(await where("less")).toEqual([0, 0, 0, 1, 0, 0]);
    expect(await where("less_equal")).toEqual([0, 0, 0, 1, 1, 1]);
    expect(await where("equal")).toEqual([0, 0, 0, 0, 1, 1]);
    expect(await where("not_equal")).toEqual([1, 1, 1, 1, 0, 0]);
    expect(await elementwise((b, p) => b.reduce("max", p, [0]), [1, NaN, 3])).toEqual([NaN]);
    expect(await elementwise((b, p, q) => b.binary("mod", p, q), [5.5, -5.5, 1], [2, 2, 0])).toEqual([1.5, -1.5, NaN]);
  });

  test("chooses between branches without looking at the other's NaN", async () => {
    const safe = await elementwise(
      (b, p) => b.where(b.compare("less", p, b.scalar(0, "float64")), b.scalar(7, "float64"), b.unary("log", p)),
      [-1, 1],
    );
    expect(safe).toEqual([7, 0]);
  });

  test("divides integers toward zero, by zero and −1 too", async () => {
    const b = simplifyingBuilder();
    const inputs = [b.input("x", [5], "int32"), b.input("y", [5], "int32")];
    const outputs = [b.binary("idiv", inputs[0], inputs[1]), b.binary("mod", inputs[0], inputs[1])];
    const x = { shape: [5], data: Int32Array.of(7, -7, 7, -(2 ** 31), 7) };
    const y = { shape: [5], data: Int32Array.of(2, 2, 0, -1, -1) };
    const [quotient, remainder] = await run({ inputs, outputs }, [x, y]);
    expect([...quotient]).toEqual([3, -3, 0, -(2 ** 31), -7]);
    expect([...remainder]).toEqual([1, -1, 0, 0, 0]);
  });

  test("takes empty tensors, scalars and constants", async () => {
    const b = simplifyingBuilder();
    const [none, one] = [b.input("x", [0, 3], "float64"), b.input("y", [], "float64")];
    const outputs = [
      b.make("reduce", [none], { op: "sum", axes: [0] }, [3], "float64"),
      b.unary("exp", none),
      b.mul(one, one),
      b.scalar(3, "float64"),
      b.full(2, [2], "float64"),
    ];
    const data = [
      { shape: [0, 3], data: new Float64Array(0) },
      { shape: [], data: Float64Array.of(3) },
    ];
    const results = await run({ inputs: [none, one], outputs }, data);
    expect(results.map((x) => [...x])).toEqual([[0, 0, 0], [], [9], [3], [2, 2]]);
  });

  test("casts between all element types", async () => {
    const b = simplifyingBuilder();
    const x = b.input("x", [4], "float64");
    const types: ElementType[] = ["float32", "int32", "bool"];
    const back = types.map((dtype) => b.cast(b.cast(x, dtype), "float64"));
    const results = await run({ inputs: [x], outputs: back }, [
      { shape: [4], data: Float64Array.of(0.1, -1.9, 0, 1e20) },
    ]);
    expect([...results[0]]).toEqual([0.1, -1.9, 0, 1e20].map(Math.fround));
    expect([...results[1]]).toEqual([0, -1, 0, 2 ** 31 - 1]);
    expect([...results[2]]).toEqual([1, 1, 0, 1]);
  });

  test("sums a hundred thousand float32 numbers in float64", async () => {
    const n = 1e5;
    const b = simplifyingBuilder();
    const x = b.input("x", [n], "float32");
    const data = Float32Array.from({ length: n }, (_, i) => Math.sin(i) + 1);
    const [[sum], [square]] = await run({ inputs: [x], outputs: [b.sum(x, [0]), b.sum(b.mul(x, x), [0])] }, [
      { shape: [n], data },
    ]);
    const exact = data.reduce((total, value) => total + value, 0);
    expect(sum).toBe(Math.fround(exact));
    expect(square).toBeAllclose(
      data.reduce((total, value) => total + Math.fround(value * value), 0),
      { relative: 1e-7 },
    );
  });
});
