import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { onnx } from "../../../../src/compiler/backends/onnx/node.ts";
import { compileObjective } from "../../../../src/compiler/objective.ts";
import { targetRatio } from "../../../../src/optimizer/gauss-newton/damping.ts";
import { gaussNewton } from "../../../../src/optimizer/gauss-newton/gauss-newton.ts";
import { minimizeLeastSquares } from "../../../../src/training/least-squares.ts";
import { minimize } from "../../../../src/training/minimize.ts";
import { decay, rosenbrock, times } from "../../../helpers/residuals.ts";
import "../../../helpers/matchers.ts";

const backend = onnx();
const array = (data: readonly number[]) =>
  np.array(Float64Array.from(data), { shape: [data.length], dtype: np.float64 });

describe("gaussNewton()", () => {
  test.each(["greedy", "target-ratio", "classical"] as const)("solves Rosenbrock's residuals by %s", async (search) => {
    const { x, value } = await minimizeLeastSquares(rosenbrock, array([-1.2, 1]), {
      backend,
      method: gaussNewton({ search }),
      maxIterations: 60,
    });
    expect(value).toBeLessThan(1e-20);
    expect(x.js()).toBeAllclose([1, 1], { relative: 1e-9 });
  });

  test.each([0, 0.5, 1])("fits a curve with ellipsoid power %d", async (power) => {
    const start = [1, 1, 1].map((value) => np.array(value, { dtype: np.float64 }));
    const { x } = await minimizeLeastSquares(decay, start, {
      backend,
      method: gaussNewton({ power }),
      maxIterations: 60,
    });
    expect(x.map((value) => Number(value.js()))).toBeAllclose([2, 0.7, 0.3], { relative: 1e-8 });
  });

  test("converges by its relative offset, without that at the rounding of the loss, and within a gradient tolerance", async () => {
    const noise = times.map((t) => 0.1 * Math.sin(50 * t));
    const noisy = (p: np.Array[]) => decay(p).add(np.array(noise, { shape: [40], dtype: np.float64 }));
    const run = (tolerances: { gradientTolerance?: number; relativeGradientTolerance?: number }) =>
      minimizeLeastSquares(
        noisy,
        [1, 1, 1].map((value) => np.array(value, { dtype: np.float64 })),
        { backend, method: gaussNewton(tolerances), maxIterations: 200 },
      );
    const whole = await run({});
    expect(whole).toMatchObject({ status: "converged", reason: "gradient" });
    const rounded = await run({ relativeGradientTolerance: 0 });
    expect(rounded).toMatchObject({ status: "converged", reason: "rounding" });
    expect(whole.iterations).toBeLessThan(rounded.iterations / 2 + 2);
    expect(whole.x.map((x) => Number(x.js()))).toBeAllclose(
      rounded.x.map((x) => Number(x.js())),
      { relative: 1e-8 }, // the offset at which it ended
    );
    const { status, gradientNorm } = await run({ gradientTolerance: 1e-6 });
    expect(status).toBe("converged");
    expect(gradientNorm).toBeLessThanOrEqual(1e-6);
  });

  test("every record has its λ, ratio and predicted decrease; the loss falls", async () => {
    const { history } = await minimizeLeastSquares(
      decay,
      [5, 3, -1].map((value) => np.array(value, { dtype: np.float64 })),
      {
        backend,
        method: gaussNewton(),
        maxIterations: 6,
      },
    );
    history.forEach((record, i) => {
      expect(record.multiplier).toBeGreaterThan(0);
      expect(record.ratio).toBeGreaterThanOrEqual(0.1);
      if (i > 0) expect(record.loss).toBeLessThan(history[i - 1].loss);
    });
  });

  test("continues bit for bit from its state", async () => {
    const problem = { model: rosenbrock, loss: (r: np.Array) => np.square(r).sum().mul(0.5), params: array([-1.2, 1]) };
    const objective = await compileObjective(problem, { backend, dtype: "float64" });
    const batches = { draw: () => ({ epoch: 0, offset: 0, size: 1 }), batch: () => undefined } as never;
    const start = () =>
      gaussNewton({ search: targetRatio() }).start(objective, objective.initial, { batches: undefined });
    const whole = start();
    for (let i = 0; i < 3; i++) await whole.step(batches);
    const resumed = start();
    resumed.restore(whole.parameters, whole.state());
    for (let i = 0; i < 3; i++) expect(await resumed.step(batches)).toEqual(await whole.step(batches));
    expect(resumed.parameters).toEqual(whole.parameters);
    objective.dispose();
  });

  test("takes the same steps by blocks of rows as with the whole Jacobian, and refuses one that cannot be had so", async () => {
    const x = { shape: [30, 1], data: Float64Array.from({ length: 30 }, (_, i) => i / 10) };
    const y = { shape: [30, 1], data: x.data.map((t) => 2 * Math.sin(1.5 * t)) };
    const network = ([W, b, V]: np.Array[], batch: { x: np.Array; y: np.Array }) => {
      batch.y.dispose();
      return np.matmul(np.tanh(np.matmul(batch.x, W).add(b)), V);
    };
    const loss = (z: np.Array, batch: { x: np.Array; y: np.Array }) => {
      batch.x.dispose();
      return np.square(z.sub(batch.y)).sum(-1);
    };
    const tensor = (shape: number[], data: number[]) => ({ shape, data: Float64Array.from(data) });
    const params = [tensor([1, 2], [1, 0.5]), tensor([2], [0.1, -1]), tensor([2, 1], [1, -1])] as never;
    const objective = await compileObjective({ model: network, loss, params }, { backend, dtype: "float64" });
    const batches = { draw: () => ({ epoch: 0, offset: 0, size: 30 }), batch: () => ({ x, y }) } as never;
    const start = (maxBytes?: number) =>
      gaussNewton({ corrections: 0, ...(maxBytes && { maxBytes }) }).start(objective, objective.initial, {
        batches: undefined,
      });
    const [whole, blocks] = [start(), start(400)]; // 6 parameters: 8 rows of 48 bytes
    for (let k = 0; k < 4; k++) {
      const [a, b] = [await whole.step(batches), await blocks.step(batches)];
      expect(b.loss).toBeAllclose(a.loss, { relative: 1e-8 });
      expect(b.ratio).toBeAllclose(a.ratio!, { relative: 1e-6 }); // of differences of losses
    }
    await expect(start(100).step(batches)).rejects.toThrow("jacobian: maxBytes must hold JᵀJ of [6, 6], 288 bytes");
    objective.dispose();
  });

  test("follows a curved valley in fewer steps with corrections than without", async () => {
    // Rosenbrock's valley, along which the residual x − 1 is small and the bend of y = x² large.
    const valley = ([x]: np.Array[]) => {
      const [a, b] = [x.ref.slice([0, 1]), x.slice([1, 2])];
      return np.concatenate([b.sub(np.square(a.ref)).mul(1e3), a.sub(1)], 0);
    };
    const steps = async (corrections: number) => {
      const start = [np.array(Float64Array.of(-1.2, 1.44), { dtype: np.float64 })];
      const method = gaussNewton({ corrections, momentum: 0 });
      const { iterations, value } = await minimizeLeastSquares(valley, start, { backend, method });
      expect(value).toBeLessThan(1e-16);
      return iterations;
    };
    expect(2 * (await steps(2))).toBeLessThan(await steps(0));
  });

  test("refuses a loss that has no residual form, and options out of range", async () => {
    await expect(
      minimize((x: np.Array) => np.square(x).sum(), array([1]), { backend, method: gaussNewton() }),
    ).rejects.toThrow("gaussNewton: the problem must give model and a loss with known curvature in the outputs");
    expect(() => gaussNewton({ power: 2 })).toThrow("power must be in [0, 1], got 2.");
    expect(() => gaussNewton({ search: "timid" as never })).toThrow(
      "gaussNewton: search must be one of greedy, target-ratio, classical, got timid.",
    );
    expect(() => gaussNewton({ maxBytes: 0 })).toThrow("gaussNewton: maxBytes must be > 0, got 0.");
    expect(() => gaussNewton({ momentum: 1 })).toThrow("gaussNewton: momentum must be in [0, 1), got 1.");
    expect(() => gaussNewton({ corrections: 0.5 })).toThrow(
      "gaussNewton: corrections must be an integer >= 0, got 0.5.",
    );
    expect(() => gaussNewton({ space: "rows" as never })).toThrow("gaussNewton: space must be one of smaller, param");
    expect(() => gaussNewton({ relativeGradientTolerance: -1 })).toThrow(
      "gaussNewton: relativeGradientTolerance must be",
    );
    expect(() => gaussNewton({ gradientTolerance: -1 })).toThrow(
      "gaussNewton: gradientTolerance must be >= 0, got -1.",
    );
  });
});
