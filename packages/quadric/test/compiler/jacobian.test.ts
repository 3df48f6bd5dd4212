import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { onnx } from "../../src/compiler/backends/onnx/node.ts";
import { compileObjective } from "../../src/compiler/objective.ts";
import type { Problem } from "../../src/compiler/problem.ts";
import { assemble } from "../../src/curvature/dense.ts";
import { losses } from "../../src/models/losses.ts";
import type { JacobianEvaluation } from "../../src/objective/objective.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import { zeros } from "../../src/vector/vector.ts";
import "../helpers/matchers.ts";

// biome-ignore lint/suspicious/noExplicitAny: problems of different parameters and batches.
type AnyProblem = Problem<any, any>;

interface Batch {
  readonly x: np.Array;
  readonly y: np.Array;
}

const random = makeRandom(3);
const tensor = (shape: readonly number[]) => ({
  shape,
  data: normalVector(
    random,
    shape.reduce((a, b) => a * b, 1),
  ),
});
const network = ([W1, b1, W2]: np.Array[], { x, y }: Batch) => {
  y.dispose();
  return np.matmul(np.tanh(np.matmul(x, W1).add(b1)), W2);
};
const params = [tensor([2, 4]), tensor([4]), tensor([4, 3])] as unknown as np.Array[];
const targets = { x: tensor([7, 2]), y: tensor([7, 3]) };
const labels = { x: tensor([7, 2]), y: { shape: [7], data: Int32Array.of(0, 2, 1, 1, 0, 2, 2) } };
const probabilities = {
  x: tensor([7, 2]),
  y: { shape: [7, 3], data: tensor([7, 3]).data.map((v) => 1 / (1 + v * v)) },
};
const given =
  (loss: (z: np.Array, y: np.Array) => np.Array) =>
  (z: np.Array, { x, y }: Batch) => {
    x.dispose();
    return loss(z, y);
  };

const cases: Record<string, { problem: AnyProblem; batch: typeof targets | typeof labels; rows: number }> = {
  "squares, summed over outputs": {
    problem: { model: network, loss: given(losses.squaredError), params },
    batch: targets,
    rows: 21,
  },
  "squares as one scalar": {
    problem: { model: network, loss: given((z, y) => np.square(z.sub(y)).mean()), params },
    batch: targets,
    rows: 21,
  },
  "the cross-entropy of classes": {
    problem: { model: network, loss: given(losses.crossEntropy), params },
    batch: labels,
    rows: 21,
  },
  "logistic losses": {
    problem: { model: network, loss: given(losses.binaryCrossEntropy), params },
    batch: probabilities,
    rows: 21,
  },
  "log cosh": {
    problem: { model: network, loss: given((z, y) => np.log(np.cosh(z.sub(y))).sum(-1)), params },
    batch: targets,
    rows: 21,
  },
  "counts by their logarithms": {
    problem: { model: network, loss: given((z, y) => np.exp(z.ref).sub(z.mul(y)).sum(-1)), params },
    batch: probabilities,
    rows: 21,
  },
  // Where the loss is linear H_ℓ is 0 and only a slope is left.
  "Huber's loss": {
    problem: {
      model: network,
      loss: given((z, y) => {
        const r = np.abs(z.sub(y));
        return np.where(np.less(r.ref, 1), np.square(r.ref).mul(0.5), r.sub(0.5)).sum(-1);
      }),
      params,
      regularizer: (p: np.Array[]) => p.map((W) => np.square(W).sum().mul(0.05)).reduce((a, b) => a.add(b)),
    },
    batch: targets,
    rows: 21,
  },
  "squares with weight decay": {
    problem: {
      model: network,
      loss: given(losses.squaredError),
      params,
      regularizer: (p: np.Array[]) => p.map((W) => np.square(W).sum().mul(0.05)).reduce((a, b) => a.add(b)),
    },
    batch: targets,
    rows: 21,
  },
  "outputs that mix examples": {
    problem: {
      model: (p: np.Array[], batch: Batch) => {
        const z = network(p, batch);
        return z.ref.sub(np.mean(z, 0));
      },
      loss: given(losses.squaredError),
      params,
    },
    batch: targets,
    rows: 21,
  },
  "outputs that mix examples, classes": {
    problem: {
      model: (p: np.Array[], batch: Batch) => {
        const z = network(p, batch);
        return z.ref.sub(np.mean(z, 0));
      },
      loss: given(losses.crossEntropy),
      params,
    },
    batch: labels,
    rows: 21,
  },
};

describe("objective.jacobian()", () => {
  test.each(Object.entries(cases))(
    "Jᵀr + p is the gradient and JᵀJ + D the Gauss–Newton matrix: %s",
    async (_, { problem, batch, rows }) => {
      const objective = await compileObjective(problem, { backend: onnx(), dtype: "float64" });
      const d = objective.layout.size;
      const linearization = await objective.linearize(objective.initial, batch, "gauss-newton");
      const G = await assemble(linearization.curvature);
      const evaluation = (await objective.jacobian!(objective.initial, batch)) as JacobianEvaluation;
      const { jacobian: J, residuals: r, penalty, value } = evaluation;
      expect(value).toBeAllclose(linearization.value);
      expect(r).toHaveLength(rows);
      expect(J).toHaveLength(rows * d);
      const g = zeros(d, "float64");
      const B = zeros(d * d, "float64");
      for (let i = 0; i < rows; i++) {
        const row = J.subarray(i * d, (i + 1) * d);
        row.forEach((x, j) => {
          g[j] += x * r[i];
          row.forEach((y, k) => {
            B[j * d + k] += x * y;
          });
        });
      }
      for (let j = 0; penalty && j < d; j++) {
        g[j] += penalty.gradient[j];
        B[j * d + j] += penalty.curvature?.[j] ?? 0;
      }
      const v = Float64Array.from(normalVector(makeRandom(2), d));
      const h = 1e-6;
      const point = objective.initial.map((x, j) => x + h * v[j]) as Float64Array;
      const { change, ...there } = await evaluation.changeTo!(point);
      const slope = Float64Array.from(r, (_, i) => v.reduce((sum, x, j) => sum + J[i * d + j] * x, 0));
      // To first order in h, and to the rounding of outputs of size one over h.
      expect(change.map((x) => x / h)).toBeAllclose(slope, { relative: 1e-4, absolute: 1e-4 });
      expect(there).toEqual(await objective.value(point, batch));
      // The last column of a softmax's factor is rounding, which its root magnifies to 1e-8 at most: it is left out.
      expect(g).toBeAllclose(linearization.gradient, { relative: 1e-11 });
      expect(B).toBeAllclose(G, { relative: 1e-11 });
      linearization.dispose();
      objective.dispose();
    },
  );

  // Central differences with h = ε^⅓·max(1, |w_j|): their error is about h² of third derivatives, which are of size one
  // here.
  const differences = async (w: Float64Array, at: (w: Float64Array) => Promise<Float64Array>) => {
    const columns: Float64Array[] = [];
    for (let j = 0; j < w.length; j++) {
      const h = 2 ** (-52 / 3) * Math.max(1, Math.abs(w[j]));
      const moved = (t: number) => w.map((x, i) => (i === j ? x + t : x));
      const [after, before] = [await at(moved(h)), await at(moved(-h))];
      columns.push(after.map((x, i) => (x - before[i]) / (moved(h)[j] - moved(-h)[j])));
    }
    return columns;
  };
  const withinDifferences = { relative: 1e-8, absolute: 1e-9 };

  const squares = ["squares, summed over outputs", "squares as one scalar", "squares with weight decay"];
  test.each([...squares, "outputs that mix examples"])(
    "J is the derivative of r by finite differences: %s",
    async (name) => {
      const { problem, batch, rows } = cases[name];
      const objective = await compileObjective(problem, { backend: onnx(), dtype: "float64" });
      const w = Float64Array.from(objective.initial);
      const at = async (w: Float64Array) => (await objective.jacobian!(w, batch)) as JacobianEvaluation;
      const { jacobian: J } = await at(w);
      const columns = await differences(w, async (w) => Float64Array.from((await at(w)).residuals));
      for (const [j, column] of columns.entries()) {
        const own = Float64Array.from({ length: rows }, (_, i) => J[i * w.length + j]);
        expect(own).toBeAllclose(column, withinDifferences);
      }
      objective.dispose();
    },
  );

  test.each(Object.entries(cases))(
    "Jᵀr + p is the derivative of the loss by finite differences: %s",
    async (_, given) => {
      const { problem, batch } = given;
      const objective = await compileObjective(problem, { backend: onnx(), dtype: "float64" });
      const w = Float64Array.from(objective.initial);
      const { jacobian: J, residuals, penalty } = (await objective.jacobian!(w, batch)) as JacobianEvaluation;
      const slopes = await differences(w, async (w) => Float64Array.of((await objective.value(w, batch)).value));
      for (const [j, [slope]] of slopes.entries()) {
        const product = Float64Array.from(residuals).reduce((sum, r, i) => sum + J[i * w.length + j] * r, 0);
        expect(product + (penalty?.gradient[j] ?? 0)).toBeAllclose(slope, withinDifferences);
      }
      objective.dispose();
    },
  );

  test("books a gradient for every output of an example, or products where columns have to do", async () => {
    const { problem, batch } = cases["the cross-entropy of classes"];
    const objective = await compileObjective(problem, { backend: onnx(), dtype: "float64" });
    await objective.jacobian!(objective.initial, batch);
    expect(objective.ledger.counts()).toMatchObject({ gradients: 3, ggnvps: 0, values: 0 });
    objective.dispose();
    const mixed = await compileObjective(cases["outputs that mix examples"].problem, {
      backend: onnx(),
      dtype: "float64",
    });
    await mixed.jacobian!(mixed.initial, targets);
    expect(mixed.ledger.counts()).toMatchObject({ gradients: 0, ggnvps: 24 });
    mixed.dispose();
  });

  test("is compiled before a run if it is prepared", async () => {
    const { problem, batch } = cases["squares, summed over outputs"];
    const objective = await compileObjective(problem, { backend: onnx(), dtype: "float64" });
    await objective.prepare!(batch, { jacobian: {} });
    const { programs } = objective.compilation();
    await objective.jacobian!(objective.initial, batch);
    expect(objective.compilation().programs).toBe(programs);
    expect(programs).toBe(1);
    objective.dispose();
  });

  test("is not there for a loss that is not composite, and undefined for curvature without a known root", async () => {
    const plain = await compileObjective({ loss: ([a]: np.Array[]) => np.square(a).sum(), params: [params[1]] });
    expect(plain.jacobian).toBeUndefined();
    plain.dispose();
    const coupled = await compileObjective(
      { model: network, loss: given((z, y) => np.square(np.sum(z.sub(y), 0)).sum()), params },
      { backend: onnx() },
    );
    expect(await coupled.jacobian!(coupled.initial, targets)).toBeUndefined();
    coupled.dispose();
  });
});
