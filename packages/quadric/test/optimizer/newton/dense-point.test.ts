import { describe, expect, test } from "vitest";
import { closuresObjective } from "../../../src/objective/closures.ts";
import type { Objective, Uses } from "../../../src/objective/objective.ts";
import { type DensePoint, densePoints, roundingOfPoint } from "../../../src/optimizer/newton/dense-point.ts";
import { noBatches } from "../../../src/training/batches.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import "../../helpers/matchers.ts";

const vector = (...x: number[]) => Float64Array.of(...x);
const indices = { epoch: 0, offset: 0, size: 1 };
const w = vector(1, 2);

/** f = ½Σr², r = Jw − (1, 1, 1), whose hvp is not symmetric, of two parameters. */
const J = [
  [1, 2],
  [0, 3],
  [2, 0],
];
const residuals = vector(4, 5, 1);
const closures = {
  value: () => 21,
  gradient: () => vector(6, 23),
  hvp: (_: Vector, [u, v]: Vector) => vector(2 * u + v, 3 * u - 4 * v),
  ggnvp: (_: Vector, [u, v]: Vector) => vector(5 * u + 2 * v, 2 * u + 13 * v),
};

function objectiveWith(extra: Partial<Objective<undefined>> = {}): Objective<undefined> {
  return { ...closuresObjective(closures, 2, { checkDeterminism: false }), ...extra };
}

const evaluation = { value: 21, magnitude: 42, jacobian: Float64Array.from(J.flat()), residuals };

/** An objective that hands out its Jacobian, and how often it was asked. */
function withJacobian(answer: () => unknown) {
  const asked: unknown[] = [];
  const objective = objectiveWith({
    jacobian: async (_w, _batch, limit) => {
      asked.push(limit);
      return answer() as never;
    },
  });
  return { objective, asked };
}

/** Newton's step and the decrement in the Euclidean norm. */
function modelOf(point: DensePoint) {
  const model = point.modelIn(vector(1, 1));
  return { step: model.within(100).step, decrement: model.decrement() };
}

describe("a point of products", () => {
  test("has the symmetric part of the curvature, d products for it", async () => {
    const objective = objectiveWith();
    const point = await densePoints(objective, "hessian").at(w, noBatches(), indices);
    expect(point).toMatchObject({ indices, batch: undefined, loss: 21, magnitude: 21, losses: undefined });
    expect([...point.gradient]).toEqual([6, 23]);
    expect([...point.diagonal]).toEqual([2, 4]);
    // B = [[2, 2], [2, −4]] has the eigenvalues −1 ± √13.
    expect(point.modelIn(vector(1, 1)).leftmost).toBeCloseTo(-1 - Math.sqrt(13), 12);
    expect(point.modelIn(vector(4, 4)).leftmost).toBeCloseTo((-1 - Math.sqrt(13)) / 4, 12);
    expect(objective.ledger.counts()).toMatchObject({ gradients: 1, hvps: 2, ggnvps: 0 });
    expect(point.rounding).toBe(210 * 2 ** -52);
  });

  test("asks for no products where loss or gradient are not finite", async () => {
    for (const faulty of [{ value: () => Number.NaN }, { gradient: () => vector(1, Infinity) }]) {
      const objective = closuresObjective({ ...closures, ...faulty }, 2, { checkDeterminism: false });
      const point = await densePoints(objective, "hessian").at(w, noBatches(), indices);
      expect([...point.diagonal]).toEqual([0, 0]);
      expect(objective.ledger.counts().hvps).toBe(0);
    }
  });

  test("keeps its gradient when the linearization takes its memory back", async () => {
    const inner = objectiveWith();
    let disposed = 0;
    const objective = objectiveWith({
      async linearize(w, batch, kind) {
        const linearization = await inner.linearize(w, batch, kind);
        const dispose = () => {
          disposed++;
          linearization.gradient.fill(Number.NaN);
        };
        return { ...linearization, dispose };
      },
    });
    const point = await densePoints(objective, "hessian").at(w, noBatches(), indices);
    expect([...point.gradient, disposed]).toEqual([6, 23, 1]);
  });
});

describe("a point of residuals", () => {
  test("has Jᵀr, the squared columns of J, and Newton's step of least squares", async () => {
    const { objective, asked } = withJacobian(() => evaluation);
    const point = await densePoints(objective, "gauss-newton").at(w, noBatches(), indices);
    expect(point).toMatchObject({ indices, loss: 21, magnitude: 42 });
    expect([...point.gradient]).toEqual([6, 23]);
    expect([...point.diagonal]).toEqual([5, 13]);
    expect(point.rounding).toBe(420 * 2 ** -52);
    // JᵀJ = [[5, 2], [2, 13]]: s = −(JᵀJ)⁻¹(6, 23) = −(32, 103)/61, half of −gᵀs is 2561/122.
    const { step, decrement } = modelOf(point);
    expect(step).toBeAllclose([-32 / 61, -103 / 61]);
    expect(decrement).toBeAllclose(2561 / 122);
    expect(asked).toEqual([{ maxBytes: 2 ** 29 }]);
    expect(objective.ledger.counts().ggnvps).toBe(0);
  });

  test("has |f| for its size if the evaluation does not say more", async () => {
    const { objective } = withJacobian(() => ({ ...evaluation, value: -21, magnitude: undefined }));
    const { magnitude } = await densePoints(objective, "gauss-newton").at(w, noBatches(), indices);
    expect(magnitude).toBe(21);
  });

  test.each([
    ["there is none", () => undefined],
    ["it was summed up by blocks", () => ({ value: 21, gram: vector(5, 2, 2, 13), projection: vector(6, 23) })],
    ["a regularizer is beside it", () => ({ ...evaluation, penalty: { gradient: vector(0, 0) } })],
  ])("is one of products if %s, from then on without asking", async (_, answer) => {
    const { objective, asked } = withJacobian(answer);
    const points = densePoints(objective, "gauss-newton");
    for (let k = 1; k <= 2; k++) {
      const { step } = modelOf(await points.at(w, noBatches(), indices));
      expect(step).toBeAllclose([-32 / 61, -103 / 61]);
      expect(asked.length).toBe(1);
      expect(objective.ledger.counts().ggnvps).toBe(2 * k);
    }
  });

  test("is not asked of a method that uses the Hessian", async () => {
    const { objective, asked } = withJacobian(() => evaluation);
    await densePoints(objective, "hessian").at(w, noBatches(), indices);
    expect(asked).toEqual([]);
  });
});

test("prepare() asks for what points need: the Jacobian, or products", async () => {
  const uses: (Uses | undefined)[] = [];
  const prepare = async (_: undefined, asked?: Uses) => {
    uses.push(asked);
  };
  await densePoints({ ...withJacobian(() => evaluation).objective, prepare }, "gauss-newton").prepare(noBatches());
  await densePoints(objectiveWith({ prepare }), "gauss-newton").prepare(noBatches());
  await densePoints(objectiveWith(), "gauss-newton").prepare(noBatches());
  expect(uses).toEqual([
    { value: true, gradient: true, jacobian: { maxBytes: 2 ** 29 } },
    { value: true, gradient: true, curvature: "gauss-newton", products: true },
  ]);
});

test.each([
  ["float64", 2 ** -52],
  ["float32", 2 ** -23],
] as const)("roundingOfPoint() in %s is Σ|g_j|δ_j + 2‖δ‖²_A with δ = ε|w|", (dtype, epsilon) => {
  const point = { gradient: vector(-3, 2), diagonal: vector(2 / epsilon, 5 / epsilon) } as unknown as DensePoint;
  expect(roundingOfPoint(vector(1, -4), point, dtype)).toBeAllclose((3 + 8 + 2 * (2 + 80)) * epsilon);
});
