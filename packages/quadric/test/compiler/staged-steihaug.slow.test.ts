import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { onnx } from "../../src/compiler/backends/onnx/node.ts";
import { type CompiledObjective, compileObjective } from "../../src/compiler/objective.ts";
import { losses, mlp, norms, regularizers, type Step, supervised, trustRegion } from "../../src/index.ts";
import { appendDirections, emptyMemory } from "../../src/subproblem/lbfgs-memory.ts";
import type { StoppingRule, SubproblemOptions } from "../../src/subproblem/solver.ts";
import { steihaug } from "../../src/subproblem/steihaug/steihaug.ts";
import { dot, norm2 } from "../../src/vector/kernels.ts";
import { makeRandom } from "../../src/vector/random.ts";
import type { Dtype, Vector } from "../../src/vector/vector.ts";

/**
 * ½wᵀHw + gᵀw at w = 0 with H = diag(h) + uuᵀ/n: indefinite where h has negative entries, and no more known to the
 * compiler than any loss.
 */
async function quadratic(shapes: number[][], h: (i: number) => number, scale: number, dtype: Dtype, seed: number) {
  const random = makeRandom(seed);
  const sizes = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));
  const n = sizes.reduce((a, b) => a + b, 0);
  let index = 0;
  const constants = shapes.map((shape, k) => {
    const draw = (f: () => number) => ({ shape, data: Float64Array.from({ length: sizes[k] }, f) });
    return {
      h: draw(() => h(index++) * scale),
      g: draw(() => random.normal() * scale),
      u: draw(() => random.normal()),
    };
  });
  const array = ({ shape, data }: { shape: number[]; data: Float64Array }) =>
    np.array(dtype === "float32" ? Float32Array.from(data) : data, { shape, dtype: dtype as np.DType });
  const loss = (ws: np.Array[]) => {
    const parts = ws.map((w, k) => {
      const { h: hk, g, u } = constants[k];
      const along = np.sum(w.ref.mul(array(u)));
      return {
        along,
        rest: np.sum(
          w.ref
            .mul(w.ref)
            .mul(array(hk))
            .mul(0.5)
            .add(w.mul(array(g))),
        ),
      };
    });
    const total = parts.map(({ along }) => along).reduce((a, b) => a.add(b));
    const rest = parts.map(({ rest }) => rest).reduce((a, b) => a.add(b));
    return np
      .square(total)
      .mul((0.5 * scale) / n)
      .add(rest);
  };
  const params = shapes.map((shape) => np.zeros(shape));
  return compileObjective({ loss, params }, { backend: onnx(), dtype });
}

async function both(objective: CompiledObjective, diagonal: Float64Array, options: SubproblemOptions) {
  const linearization = await objective.linearize(objective.initial, [], "hessian");
  const { gradient, curvature } = linearization;
  const plainly = (changed: Partial<SubproblemOptions> = {}) =>
    steihaug({ gradient, multiply: curvature.multiply, norm: norms.diagonal(diagonal), ...options, ...changed });
  const before = objective.ledger.counts().hvps;
  const fused = await linearization.solve!(diagonal, options);
  expect(objective.ledger.counts().hvps - before).toBe(fused.products);
  const plain = await plainly();
  return { fused, plain, plainly, dispose: () => linearization.dispose() };
}

function sameDecision(a: Step, b: Step): boolean {
  return a.outcome === b.outcome && a.products === b.products;
}

function distance(a: Vector, b: Vector): number {
  return norm2(Float64Array.from(a, (x, i) => x - b[i])) / norm2(b);
}

const spectra: Record<string, (i: number) => number> = {
  definite: (i) => 1 + (i % 7),
  "ill-conditioned": (i) => 10 ** ((i % 9) / 3),
  indefinite: (i) => (i % 13 === 0 ? -2 : 1 + (i % 5)),
};

/** What the battery must meet for each of them. */
const exits: Record<string, string[]> = {
  definite: ["boundary", "interior"],
  "ill-conditioned": ["boundary", "max-products"],
  indefinite: ["boundary", "negative-curvature"],
};

describe.each(["float32", "float64"] as const)("fused solve in %s", (dtype) => {
  // One size below and one above the bound under which vectors travel flat inside the program.
  describe.each([
    ["flat", [[23, 11], [11], [11, 5]]],
    ["by tensors", [[400, 330], [330]]],
  ])("%s", (_form, shapes) => {
    test.each(Object.keys(spectra))("agrees with the plain solver at every radius and rule: %s", async (spectrum) => {
      const objective = await quadratic(shapes, spectra[spectrum], 1, dtype, 3);
      const random = makeRandom(5);
      const diagonal = Float64Array.from(objective.initial, () => 10 ** (random.uniform() - 0.5));
      const seen = new Set<string>();
      for (const relative of [0.03, 0.3, 1, 1e3]) {
        for (const stoppingRule of ["decrease", "residual"] as StoppingRule[]) {
          // Two CG runs of many more products part ways for good: they lose conjugacy, each in its own way.
          for (const maxProducts of [3, 25]) {
            const radius = relative * Math.sqrt(objective.initial.length) * 0.3;
            const options = { radius, stoppingRule, maxProducts, tolerance: 0.01 };
            const { fused, plain, plainly, dispose } = await both(objective, diagonal, options);
            seen.add(plain.outcome);
            let reference = plain;
            if (!sameDecision(fused, plain)) {
              // Only a decision within 1e-4 of its threshold may differ: then moving that threshold moves the plain
              // solver.
              const moved = await Promise.all(
                [1 - 1e-4, 1 + 1e-4].flatMap((f) => [
                  plainly({ radius: radius * f }),
                  plainly({ tolerance: 0.01 * f }),
                ]),
              );
              reference = moved.find((step) => sameDecision(fused, step)) ?? plain;
            }
            expect([fused.outcome, fused.products]).toEqual([reference.outcome, reference.products]);
            // Rounding of the vectors, multiplied by the condition of 25 CG steps.
            const tolerance = dtype === "float32" ? 2e-4 : 1e-9;
            expect(distance(fused.step, reference.step)).toBeLessThan(tolerance);
            expect(fused.modelDecrease / reference.modelDecrease).toBeCloseTo(1, dtype === "float32" ? 4 : 9);
            expect(fused.stepNorm / reference.stepNorm).toBeCloseTo(1, dtype === "float32" ? 5 : 9);
            dispose();
          }
        }
      }
      expect([...seen]).toEqual(expect.arrayContaining(exits[spectrum]));
      objective.dispose();
    });
  });

  test("answers a smaller radius on its last segment without a product, and leaves others to be paid", async () => {
    const objective = await quadratic([[40], [8, 5]], spectra.definite, 1, dtype, 7);
    const diagonal = new Float64Array(objective.initial.length).fill(1);
    const { fused, plainly, dispose } = await both(objective, diagonal, { radius: 3.4, tolerance: 0.01 });
    expect(fused.outcome).toBe("boundary");
    expect(fused.products).toBeGreaterThan(1);
    const cut = (await fused.atRadius!(3.38))!;
    const reference = await plainly({ radius: 3.38 });
    expect(cut.products).toBe(0);
    expect(cut.outcome).toBe(reference.outcome);
    expect(distance(cut.step, reference.step)).toBeLessThan(dtype === "float32" ? 1e-5 : 1e-12);
    expect(await fused.atRadius!(1e-3)).toBeUndefined();
    dispose();
    objective.dispose();
  });

  test("is zero at g = 0 and spends nothing", async () => {
    const objective = await compileObjective(
      { loss: ([w]: np.Array[]) => np.sum(np.square(w)), params: [np.zeros([4])] },
      { backend: onnx(), dtype },
    );
    const { fused, dispose } = await both(objective, new Float64Array(objective.initial.length).fill(1), { radius: 1 });
    expect(fused).toMatchObject({ outcome: "interior", products: 0, modelDecrease: 0, stepNorm: 0 });
    dispose();
    objective.dispose();
  });

  test("a curvature that is not finite ends it with the last finite step", async () => {
    const objective = await quadratic([[40]], (i) => (i === 0 ? 1e305 : 1), dtype === "float32" ? 1e4 : 1e10, dtype, 7);
    const { fused, dispose } = await both(objective, new Float64Array(objective.initial.length).fill(1), {
      radius: 1e3,
    });
    expect(fused.outcome).toBe("nonfinite");
    expect([...fused.step, fused.modelDecrease, fused.stepNorm].every(Number.isFinite)).toBe(true);
    dispose();
    objective.dispose();
  });

  describe("with correction pairs of previous solves", () => {
    // A capacity that no solve fills, and one that they overflow.
    test.each([40, 4])("agrees with the plain solver, solve after solve: at most %i", async (capacity) => {
      for (const spectrum of Object.keys(spectra)) {
        const objective = await quadratic([[9, 5], [4]], spectra[spectrum], 1, dtype, 3);
        const random = makeRandom(5);
        const diagonal = Float64Array.from(objective.initial, () => 10 ** (random.uniform() - 0.5));
        // What another matrix has left, so that R is not the identity.
        const left = Array.from({ length: 3 }, (_, k) => {
          const p = objective.initial.map(() => random.normal()) as Vector;
          const Bp = p.map((x, i) => (1 + ((i + k) % 5)) * x) as Vector;
          return { p, Bp, kappa: dot(p, Bp) };
        });
        let pairs = appendDirections(emptyMemory(capacity, objective.initial.length, dtype), left);
        for (const radius of [1, 5, 1e3, 2, 1e3]) {
          // Where P has made most of B equal to one, two runs of more products part ways: each loses conjugacy in its
          // own way.
          const options = { radius, stoppingRule: "residual", maxProducts: 6, tolerance: 0.01 } as const;
          const linearization = await objective.linearize(objective.initial, [], "hessian");
          const { curvature, solve } = linearization;
          const gradient = linearization.gradient.map(() => random.normal()) as Vector;
          const fused = await solve!(diagonal, { ...options, preconditioner: pairs }, gradient);
          const norm = norms.diagonal(diagonal);
          const model = { gradient, multiply: curvature.multiply, norm };
          const plain = await steihaug({ ...model, ...options, preconditioner: pairs, memoryBudget: 1e9 });
          expect([fused.outcome, fused.products]).toEqual([plain.outcome, plain.products]);
          // Rounding of the vectors, multiplied by the condition of as many CG steps.
          const tolerance = dtype === "float32" ? 1e-3 : 1e-11;
          expect(distance(fused.step, plain.step)).toBeLessThan(tolerance);
          expect(fused.modelDecrease / plain.modelDecrease).toBeCloseTo(1, dtype === "float32" ? 3 : 8);
          expect(fused.stepNorm / plain.stepNorm).toBeCloseTo(1, dtype === "float32" ? 3 : 8);
          // The last rows are the least sure: beside a float64 solve the plain one is off by 1.1e-2 at worst, the fused
          // one by 3.6e-3.
          expect(distance(fused.preconditioner!.s, plain.preconditioner!.s)).toBeLessThan(20 * tolerance);
          expect(distance(fused.preconditioner!.y, plain.preconditioner!.y)).toBeLessThan(20 * tolerance);
          for (const shorter of [0.9, 0.3, 0.01]) {
            const [cut, reference] = [
              await fused.atRadius!(shorter * radius),
              (await plain.atRadius!(shorter * radius))!,
            ];
            expect([cut?.outcome, cut?.products]).toEqual([reference.outcome, reference.products]);
            expect(distance(cut!.step, reference.step)).toBeLessThan(tolerance);
            expect(cut!.modelDecrease / reference.modelDecrease).toBeCloseTo(1, dtype === "float32" ? 3 : 8);
            expect(cut!.stepNorm / reference.stepNorm).toBeCloseTo(1, dtype === "float32" ? 3 : 8);
          }
          // The engine has worked out R⁻¹ of its pairs; that of the others is worked out anew.
          pairs = radius === 5 ? plain.preconditioner! : fused.preconditioner!;
          linearization.dispose();
        }
        objective.dispose();
      }
    });

    test("continues bit for bit from the state after any step", async () => {
      const exactly = (f: (i: number) => number, shape: number[]) => {
        const numbers = Float64Array.from({ length: 40 }, (_, i) => f(i));
        const data = dtype === "float32" ? Float32Array.from(numbers) : numbers;
        return np.array(data, { shape, dtype: dtype as np.DType });
      };
      const target = exactly((i) => Math.sin(i / 5), [40]);
      const points = exactly((i) => i / 39, [40, 1]);
      const network = mlp([1, 6, 1], { activation: "tanh" });
      const problem = {
        model: (params: ReturnType<typeof network.init>) => network.apply(params, points.ref).reshape([40]),
        loss: (z: np.Array) => np.sum(np.square(z.sub(target.ref))),
        params: network.init(1),
      };
      const objective = await compileObjective(problem, { backend: onnx(), dtype });
      const begin = () =>
        trustRegion({ preconditioner: { memory: 8 } }).start(objective, objective.initial, {
          batches: { batchSize: 1, examples: 1 },
        });
      const batches = {
        examples: 1,
        epochs: 0,
        batchSize: 1,
        draw: () => ({ epoch: 0, offset: 0, size: 1 }),
        batch: () => [],
        full: () => [[]],
      };
      const whole = begin();
      const states = [];
      const accepted = [];
      for (let k = 0; k < 14; k++) {
        states.push(structuredClone({ w: whole.parameters, state: whole.state() }));
        accepted.push((await whole.step(batches)).accepted);
      }
      expect(accepted).toContain(false);
      for (const [k, { w, state }] of states.entries()) {
        const resumed = begin();
        resumed.restore(w, state);
        for (let step = k; step < 14; step++) await resumed.step(batches);
        expect([...resumed.parameters], `resumed after ${k}`).toEqual([...whole.parameters]);
        expect(resumed.state(), `resumed after ${k}`).toEqual(whole.state());
        resumed.dispose();
      }
      whole.dispose();
      objective.dispose();
    });
  });
});

test("a scalar among large parameters is solved for too", async () => {
  const loss = ([w, b]: np.Array[]) => np.sum(np.square(w)).add(np.square(b.sub(3)).mul(50));
  const objective = await compileObjective({ loss, params: [np.ones([200, 300]), np.array(1)] }, { backend: onnx() });
  const diagonal = new Float64Array(objective.initial.length).fill(1);
  const { fused, plain, dispose } = await both(objective, diagonal, { radius: 1e3, maxProducts: 5, tolerance: 1e-3 });
  expect([fused.outcome, fused.products]).toEqual([plain.outcome, plain.products]);
  expect(fused.products).toBeGreaterThan(1);
  expect(distance(fused.step, plain.step)).toBeLessThan(1e-5); // float32 sums of 60,000 terms
  dispose();
  objective.dispose();
});

test("a model of one scalar output is solved too", async () => {
  const model = ([w]: np.Array[]) => np.sum(np.square(w));
  const problem = { model, loss: (z: np.Array) => np.square(z), params: [np.ones([200, 300])] };
  const objective = await compileObjective(problem, { backend: onnx() });
  const linearization = await objective.linearize(objective.initial, [], "gauss-newton");
  const step = await linearization.solve!(new Float64Array(objective.initial.length).fill(1), { radius: 1 });
  expect(step).toMatchObject({ outcome: "boundary", products: 1 });
  linearization.dispose();
  objective.dispose();
});

test.each([
  ["without", undefined],
  ["with", regularizers.l2(0.3)],
])("takes κ from Jp and H_ℓJp where the product is Gauss–Newton's, %s a regularizer", async (_form, regularizer) => {
  const problem = supervised(mlp([200, 200, 7], { activation: "tanh" }), losses.crossEntropy);
  const objective = await compileObjective({ ...problem, regularizer }, { backend: onnx(), dtype: "float64" });
  const random = makeRandom(1);
  const x = { shape: [30, 200], data: Float64Array.from({ length: 6000 }, () => random.normal()) };
  const y = { shape: [30], data: Int32Array.from({ length: 30 }, (_, i) => i % 7) };
  const linearization = await objective.linearize(objective.initial, { x, y }, "gauss-newton");
  const { gradient, curvature } = linearization;
  const norm = norms.diagonal(Float64Array.from(gradient, () => 10 ** (random.uniform() - 0.5)));
  const outcomes: string[] = [];
  for (const radius of [0.1, 1, 1e3]) {
    const options = { radius, tolerance: 1e-3, maxProducts: 8 };
    const fused = await linearization.solve!(norm.diagonal!, options);
    const plain = await steihaug({ gradient, multiply: curvature.multiply, norm, ...options });
    outcomes.push(fused.outcome);
    expect([fused.outcome, fused.products]).toEqual([plain.outcome, plain.products]);
    expect(distance(fused.step, plain.step)).toBeLessThan(1e-9);
    expect(fused.modelDecrease / plain.modelDecrease).toBeCloseTo(1, 9);
  }
  expect(outcomes).toContain("boundary");
  expect(outcomes.at(-1)).not.toBe("boundary");
  linearization.dispose();
  objective.dispose();
});
