/** What users got wrong without being told: refused in one line. */
import { numpy as np } from "@jax-js/jax";
import { expect, test } from "vitest";
import { onnx } from "../../src/node.ts";
import { fit } from "../../src/training/fit.ts";
import { minimizeLeastSquares } from "../../src/training/least-squares.ts";
import { minimize } from "../../src/training/minimize.ts";

const backend = onnx();
const parabola = {
  value: ([x]: Iterable<number>) => (x - 3) ** 2,
  gradient: ([x]: Iterable<number>) => Float64Array.of(2 * (x - 3)),
  hvp: (_: unknown, [v]: Iterable<number>) => Float64Array.of(2 * v),
};
type Run = () => Promise<unknown>;
// biome-ignore lint/suspicious/noExplicitAny: misuse is what the types forbid.
const [anyMinimize, anyLeastSquares] = [minimize as any, minimizeLeastSquares as any];
const pair = () => np.array([0, 0]);
const examples = { x: { shape: [4], data: Float32Array.of(1, 2, 3, 4) } };
// biome-ignore lint/suspicious/noExplicitAny: as above
const fitOf = (loss: any) => fit({ loss, params: { a: np.array(0) } }, examples, { backend, steps: 1 });
type FitArguments = [p: { a: np.Array }, batch: { x: np.Array }];

test.each<[string, Run, string]>([
  [
    "F01: residuals in a list",
    () => anyLeastSquares((p: np.Array) => [p.ref.slice(0).sub(1), p.slice(1).sub(2)], pair(), { backend }),
    "minimizeLeastSquares: the residuals must return one array, got a list. Join them: np.concatenate, np.stack.",
  ],
  [
    "F01: a loss in a list",
    () => anyMinimize((p: np.Array) => [p], pair(), { backend }),
    "minimize: the function must return one array, got a list.",
  ],
  [
    "F01: a vector for a number",
    () => minimize((p: np.Array) => np.square(p), pair(), { backend }),
    "minimize: the function must return one number, got an array of shape [2]. Sum it up: np.sum, np.mean.",
  ],
  [
    "F01: losses of fit in a list",
    () => fitOf(({ a }: FitArguments[0], { x }: FitArguments[1]) => [np.square(a.sub(x))]),
    "compileObjective: a loss must return one array, got a list. Join them",
  ],
  [
    "F01: losses of fit in an object",
    () => fitOf(({ a }: FitArguments[0], { x }: FitArguments[1]) => ({ loss: np.square(a.sub(x)) })),
    "compileObjective: a loss must return one array, got a value of type object.",
  ],
  [
    "F01: losses of fit that broadcast, [4, 1] against [4]",
    () => fitOf(({ a }: FitArguments[0], { x }: FitArguments[1]) => np.square(a.sub(x.ref).reshape([4, 1]).sub(x))),
    "a loss must return per-example losses [b] or one scalar, got [4,4]",
  ],
  [
    "F18: an unknown option",
    () => anyMinimize(parabola, [0], { maxiter: 1 }),
    "minimize: no option is named maxiter, did you mean maxIterations?",
  ],
  [
    "F18: true from a callback",
    () => minimize(parabola, [0], { callback: () => true }),
    'minimize: a callback must return "stop" to end the run, or nothing, got true.',
  ],
  [
    "F19: a plain function",
    () => anyMinimize(([x]: number[]) => (x - 3) ** 2, [0]),
    "minimize: a function needs derivatives: write it in jax-js and start from np.array(x0), or pass it with its derivatives",
  ],
  [
    "F19: plain residuals",
    () => anyLeastSquares(([a]: number[]) => [a - 1], [0]),
    "{ residuals, jvp, vjp }, got a start of plain numbers.",
  ],
  [
    "F19: no gradient",
    () => anyMinimize({ value: parabola.value }, [0]),
    "minimize: gradient must be a function, got none.",
  ],
  [
    "F19: a value that is nothing",
    () => anyMinimize({ ...parabola, value: () => undefined }, [0]),
    "value must return a number, or the losses of examples, got undefined.",
  ],
  [
    "F12: a certificate by L-BFGS",
    () => minimize(parabola, [0], { method: "lbfgs", curvatureTolerance: 1e-6 }),
    'minimize: curvatureTolerance needs a method with curvature, got method "lbfgs".',
  ],
])("%s is refused", async (_, run, message) => {
  await expect(run()).rejects.toThrow(message);
});

test("F18: a callback that writes to its x changes nothing", async () => {
  const { x, value } = await minimize(parabola, [0], { callback: (_, x) => void x.fill(99) });
  expect([x[0], value]).toEqual([3, 0]);
});

test("F19: an error of the function has the best point with it", async () => {
  let calls = 0;
  const fragile = {
    ...parabola,
    value: ([x]: Iterable<number>) => {
      if (++calls > 4) throw new Error("boiled over");
      return (x - 3) ** 4;
    },
    gradient: ([x]: Iterable<number>) => Float64Array.of(4 * (x - 3) ** 3),
    hvp: ([x]: Iterable<number>, [v]: Iterable<number>) => Float64Array.of(12 * (x - 3) ** 2 * v),
  };
  const error = await minimize(fragile, [1], { checkDeterminism: false }).catch((error) => error);
  expect(error.message).toBe("boiled over");
  expect(error.progress.x[0]).toBeGreaterThan(1);
});

test("F21: a gradient whose square overflows is followed", async () => {
  const f = {
    value: ([x, y]: Iterable<number>) => 1e200 * (x * x + y * y),
    gradient: (x: Iterable<number>) => Float64Array.from(x, (v) => 2e200 * v),
    hvp: (_: unknown, v: Iterable<number>) => Float64Array.from(v, (u) => 2e200 * u),
  };
  const { status, x } = await minimize(f, [1, 2]);
  expect(status).toBe("converged");
  expect(Math.hypot(...x)).toBeLessThan(1e-12);
});

test("F06: a gradient of the wrong sign is a stall that says so", async () => {
  const f = {
    value: ([x, y]: Iterable<number>) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    gradient: ([x, y]: Iterable<number>) => Float64Array.of(-2 * (x - 1) + 400 * x * (y - x * x), -200 * (y - x * x)),
  };
  const { status, message } = await minimize(f, [-1.2, 1], { method: "lbfgs" });
  expect(status).toBe("stalled");
  expect(message).toContain("it does not fit the loss");
});
