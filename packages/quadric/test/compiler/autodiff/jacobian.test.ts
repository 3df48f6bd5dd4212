import { jvp, lax, numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { jacobian } from "../../../src/compiler/autodiff/jacobian.ts";
import { jvp as tangents } from "../../../src/compiler/autodiff/jvp.ts";
import type { Backend } from "../../../src/compiler/backends/backend.ts";
import { jax } from "../../../src/compiler/backends/jax/backend.ts";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { elementCount, type Node } from "../../../src/compiler/ir/graph.ts";
import { withoutStopGradients } from "../../../src/compiler/ir/rebuild.ts";
import { simplifyingBuilder } from "../../../src/compiler/ir/simplify.ts";
import { trace } from "../../../src/compiler/trace/import.ts";
import { makeRandom, normalVector } from "../../../src/vector/random.ts";
import type { Dtype, Vector } from "../../../src/vector/vector.ts";
import "../../helpers/matchers.ts";

type Model = (args: np.Array[]) => np.Array;

interface Case {
  readonly model: Model;
  /** Shapes of the parameters, then of the data. */
  readonly parameters: readonly (readonly number[])[];
  readonly data: readonly (readonly number[])[];
}

/** Both sides of a traced model: its Jacobian, and its columns one after the other by forward differentiation. */
async function compare(
  { model, parameters, data }: Case,
  backend: Backend = onnx(),
  dtype: Dtype = "float64",
): Promise<{ rows: Vector; columns: Float64Array } | undefined> {
  const b = simplifyingBuilder();
  const w = parameters.map((shape, i) => b.input(`w${i}`, shape, dtype));
  const x = data.map((shape, i) => b.input(`x${i}`, shape, dtype));
  const [z] = trace(b, (...args) => model(args), [...w, ...x]);
  const J = jacobian(b, z, w);
  if (J === undefined) return undefined;
  const random = makeRandom(5);
  const tensor = ({ shape }: Node) => ({ shape, data: normalVector(random, elementCount(shape), dtype) });
  const point = [...w, ...x].map(tensor);
  const program = await backend.compile({ inputs: [...w, ...x], outputs: [J] });
  const [{ data: rows, shape }] = await program.run(point);
  const v = w.map(({ shape }) => b.input("v", shape, dtype));
  const [tangent] = tangents(b, [z], new Map(w.map((node, i) => [node, v[i]])));
  const along = await backend.compile({
    inputs: [...w, ...x, ...v],
    outputs: withoutStopGradients(b, [tangent ?? b.full(0, z.shape, dtype)]),
  });
  const d = w.reduce((sum, node) => sum + elementCount(node.shape), 0);
  const columns = new Float64Array(rows.length);
  expect(shape).toEqual([rows.length / d, d]);
  for (let j = 0, k = 0; k < w.length; k++) {
    for (let i = 0; i < elementCount(w[k].shape); i++, j++) {
      const direction = w.map((node) => ({
        shape: node.shape,
        data: normalVector(random, elementCount(node.shape), dtype).fill(0),
      }));
      direction[k].data[i] = 1;
      const [column] = await along.run([...point, ...direction]);
      column.data.forEach((value, row) => {
        columns[row * d + j] = value;
      });
    }
  }
  program.dispose();
  along.dispose();
  return { rows: rows as Vector, columns };
}

const mlp = ([W1, b1, W2, b2, x]: np.Array[]) => np.matmul(np.tanh(np.matmul(x, W1).add(b1)), W2).add(b2);
const mlpShapes = (inputs: number, hidden: number, outputs: number) => [
  [inputs, hidden],
  [hidden],
  [hidden, outputs],
  [outputs],
];

/** −Δu of the network u, by two forward derivatives along each axis of the plane. */
const laplacian: Model = ([W1, b1, W2, b2, x]) => {
  let sum: np.Array | undefined;
  for (const axis of [0, 1]) {
    const e = np.zeros(x.shape, { dtype: x.dtype }).add(np.array(axis === 0 ? [1, 0] : [0, 1]).astype(x.dtype));
    const u = (x: np.Array) => mlp([W1.ref, b1.ref, W2.ref, b2.ref, x]).reshape([-1]);
    const along = (x: np.Array) => jvp(u, [x], [e.ref])[1];
    const [, second] = jvp(along, [x.ref], [e.ref]);
    sum = sum ? sum.add(second) : second;
  }
  return sum!.neg();
};

const lower = { leftSide: true, lower: true };

/** A lower triangle without zeros on its diagonal. */
const lowerOf = (A: np.Array) =>
  np.tril(A).add(
    np
      .eye(A.shape[A.shape.length - 1])
      .mul(5)
      .astype(A.dtype),
  );

const cases: Record<string, Case> = {
  "a network of several outputs": { model: mlp, parameters: mlpShapes(3, 5, 4), data: [[7, 3]] },
  "a network of one output": {
    model: (args) => mlp(args).reshape([-1]),
    parameters: mlpShapes(2, 6, 1),
    data: [[9, 2]],
  },
  "a differential equation's residuals": { model: laplacian, parameters: mlpShapes(2, 6, 1), data: [[9, 2]] },
  "groups of residuals one below the other": {
    model: ([W1, b1, W2, b2, inside, boundary]) => {
      const w = () => [W1.ref, b1.ref, W2.ref, b2.ref];
      const r = np.concatenate([laplacian([...w(), inside]).mul(0.3), mlp([...w(), boundary]).reshape([-1])], 0);
      return r.mul(2);
    },
    parameters: mlpShapes(2, 4, 1),
    data: [
      [6, 2],
      [3, 2],
    ],
  },
  "a curve of scalar parameters": {
    model: ([a, k, c, t]) => a.mul(np.exp(k.neg().mul(t))).add(c),
    parameters: [[], [], []],
    data: [[8]],
  },
  "fewer parameters than outputs an example": {
    model: ([a, k, t]) => a.mul(np.sin(k.mul(t))),
    parameters: [[], []],
    data: [[5, 7]],
  },
  "one example": { model: mlp, parameters: mlpShapes(3, 2, 4), data: [[1, 3]] },
  "shared weights, normalised": {
    model: ([W, x]) => np.matmul(x, W.ref.div(np.sqrt(np.sum(np.square(W), 0)))),
    parameters: [[3, 4]],
    data: [[6, 3]],
  },
  "weights that are a product": {
    model: ([U, V, x]) => np.matmul(x, np.matmul(U, V)),
    parameters: [
      [3, 2],
      [2, 4],
    ],
    data: [[6, 3]],
  },
  "positions of a sequence that share weights": {
    model: ([W, c, x]) => np.tanh(np.matmul(x, W).add(c)).reshape([5, -1]),
    parameters: [[3, 2], [2]],
    data: [[5, 4, 3]],
  },
  "choices, extrema and sums within an example": {
    model: ([W, x]) => {
      const h = np.matmul(x, W);
      return np.stack(
        [
          np.sum(np.maximum(h.ref, 0), 1),
          np.max(h.ref, 1),
          np.sum(np.where(np.less(h.ref, 0.2), np.square(h.ref), h), 1),
        ],
        1,
      );
    },
    parameters: [[3, 4]],
    data: [[6, 3]],
  },
  "examples along the columns": {
    model: ([W, x]) => np.transpose(np.tanh(np.matmul(W, np.transpose(x)))),
    parameters: [[4, 3]],
    data: [[6, 3]],
  },
  "a triangular solve an example": {
    model: ([W, x]) =>
      lax.linalg.triangularSolve(lowerOf(np.matmul(x.ref, W).reshape([5, 3, 3])), x.reshape([5, 3, 1]), lower),
    parameters: [[3, 9]],
    data: [[5, 3]],
  },
  "a triangle of parameters for all examples": {
    model: ([W, V, x]) => {
      const z = lax.linalg.triangularSolve(lowerOf(W), np.matmul(V, np.transpose(x)), lower);
      return np.transpose(np.tanh(z));
    },
    parameters: [
      [4, 4],
      [4, 2],
    ],
    data: [[6, 2]],
  },
  "a covariance an example, factored": {
    model: ([W, c, x]) => {
      const root = np.matmul(x.ref, W).reshape([4, 3, 3]);
      const S = np.matmul(root.ref, np.matrixTranspose(root)).add(np.eye(3).astype(x.dtype));
      return lax.linalg.triangularSolve(np.linalg.cholesky(S), x.sub(c).reshape([4, 3, 1]), lower).reshape([4, 3]);
    },
    parameters: [[3, 9], [3]],
    data: [[4, 3]],
  },
  "a system of equations that parameters enter": {
    model: ([W, x]) => np.transpose(np.linalg.solve(W, np.transpose(x))),
    parameters: [[5, 5]],
    data: [[4, 5]],
  },
  "weights that solve a system": {
    model: ([W, V, x]) => np.matmul(x, lax.linalg.triangularSolve(lowerOf(W), V, lower)),
    parameters: [
      [4, 4],
      [4, 2],
    ],
    data: [[6, 4]],
  },
  "a scale and a curve, made white by a known factor": {
    model: ([a, w, x, L]) => a.mul(lax.linalg.triangularSolve(lowerOf(L), np.matmul(x, w).reshape([5, 1]), lower)),
    parameters: [[], [20]],
    data: [
      [5, 20],
      [5, 5],
    ],
  },
  "outputs that no parameter moves": {
    model: ([_w, x]) => np.concatenate([x.ref.mul(0), x], 0),
    parameters: [[20]],
    data: [[4]],
  },
  "few parameters that meet all examples": {
    model: ([a, x]) => {
      const y = a.mul(x);
      return y.ref.sub(np.mean(y));
    },
    parameters: [[]],
    data: [[6]],
  },
};

describe("jacobian()", () => {
  test.each(Object.entries(cases))("has the columns of forward differentiation for %s", async (_, problem) => {
    const both = await compare(problem);
    expect(both).toBeDefined();
    expect(both!.rows).toBeAllclose(both!.columns, { absolute: 1e-14 });
  });

  test.each(["a differential equation's residuals", "a network of several outputs"])(
    "is the same on jax-js and in float32 for %s",
    async (name) => {
      const [reference, onJax, single] = [
        await compare(cases[name]),
        await compare(cases[name], jax({ device: "cpu" })),
        await compare(cases[name], onnx(), "float32"),
      ];
      expect(onJax!.rows).toBeAllclose(reference!.rows);
      expect(single!.rows).toBeAllclose(single!.columns, { relative: 1e-5 });
    },
  );

  test.each<[string, Model]>([
    [
      "batch normalisation",
      ([W, x]) => {
        const h = np.matmul(x, W);
        return h.ref.sub(np.mean(h, 0));
      },
    ],
    [
      "differences of neighbours",
      ([W, x]) => {
        const h = np.tanh(np.matmul(x, W));
        return h.ref.slice([1, 6]).sub(h.slice([0, 5]));
      },
    ],
    [
      "attention over the batch",
      ([W, x]) => {
        const h = np.matmul(x, W);
        return np.matmul(np.matmul(h.ref, np.transpose(h.ref)), h);
      },
    ],
  ])("is not given where examples mix: %s", async (_, model) => {
    expect(await compare({ model, parameters: [[8, 4]], data: [[6, 8]] })).toBeUndefined();
  });

  test("residuals that a known factor makes white have L⁻¹ times their rows, however many they are", async () => {
    const b = simplifyingBuilder();
    const [n, d] = [40, 3];
    const [w, X, L] = [[d], [n, d], [n, n]].map((shape) => b.input("x", shape, "float64"));
    const [z] = trace(
      b,
      (w, X, L) => lax.linalg.triangularSolve(L, np.matmul(X, np.tanh(w)).reshape([n, 1]), lower).reshape([n]),
      [w, X, L],
    );
    const J = jacobian(b, z, [w], { weights: b.full(2, [n, 1, 1], "float64") })!;
    const random = makeRandom(3);
    const data = [w, X, L].map(({ shape }) => ({ shape, data: normalVector(random, elementCount(shape)) }));
    for (let i = 0; i < n; i++) data[2].data[i * n + i] = 9;
    const [rows] = await onnx()
      .compile({ inputs: [w, X, L], outputs: [J] })
      .then((program) => program.run(data));
    // L·J = 2·X·diag(1 − tanh²w), row by row.
    for (let i = 0; i < n; i++) {
      const product = Array.from({ length: d }, (_, k) => {
        let sum = 0;
        for (let j = 0; j <= i; j++) sum += data[2].data[i * n + j] * rows.data[j * d + k];
        return sum;
      });
      const expected = Array.from(
        { length: d },
        (_, k) => 2 * data[1].data[i * d + k] * (1 - Math.tanh(data[0].data[k]) ** 2),
      );
      expect(product).toBeAllclose(expected);
    }
  });

  test("rows are mixed by the weights", async () => {
    const b = simplifyingBuilder();
    const W = b.input("W", [3, 2], "float64");
    const x = b.input("x", [4, 3], "float64");
    const S = b.input("S", [4, 2, 1], "float64");
    const z = b.unary("tanh", b.matmul(x, W));
    const [plain, mixed] = [jacobian(b, z, [W])!, jacobian(b, z, [W], { weights: S })!];
    expect(mixed.shape).toEqual([4, 6]);
    const program = await onnx().compile({ inputs: [W, x, S], outputs: [plain, mixed] });
    const random = makeRandom(1);
    const point = [W, x, S].map(({ shape }) => ({ shape, data: normalVector(random, elementCount(shape)) }));
    const [{ data: J }, { data: SJ }] = await program.run(point);
    const weights = point[2].data;
    const expected = Float64Array.from(SJ, (_, k) => {
      const [i, j] = [Math.floor(k / 6), k % 6];
      return weights[2 * i] * J[12 * i + j] + weights[2 * i + 1] * J[12 * i + 6 + j];
    });
    expect(SJ as Float64Array).toBeAllclose(expected);
  });
});
