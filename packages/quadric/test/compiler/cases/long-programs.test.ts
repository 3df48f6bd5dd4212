/** Losses of a thousand operations and more, unrolled by JavaScript: right, and on onnx() run by the compiler of loops. */
import { lax, numpy as np } from "@jax-js/jax";
import { afterAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../src/compiler/backends/backend.ts";
import { jax } from "../../../src/compiler/backends/jax/backend.ts";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { wasm } from "../../../src/compiler/backends/wasm/backend.ts";
import { compileObjective } from "../../../src/compiler/objective.ts";
import type { JacobianEvaluation } from "../../../src/objective/objective.ts";
import "../../helpers/matchers.ts";

const [steps, dt] = [16, 0.1];

/** u′ = u(a − bv), v′ = v(cu − d) by Runge–Kutta's method; the sum of squares of the states. */
function lotkaVolterra({ p }: { p: np.Array }): np.Array {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => p.ref.slice(i));
  p.dispose();
  type State = [u: np.Array, v: np.Array];
  const slope = ([u, v]: State): State => [u.ref.mul(a.ref.sub(b.ref.mul(v.ref))), v.mul(c.ref.mul(u).sub(d.ref))];
  const refs = ([u, v]: State): State => [u.ref, v.ref];
  const moved = ([u, v]: State, [du, dv]: State, h: number): State => [u.add(du.mul(h)), v.add(dv.mul(h))];
  let y: State = [np.array(1).add(a.ref.mul(0)), np.array(0.5).add(a.ref.mul(0))];
  let loss = np.array(0);
  for (let i = 0; i < steps; i++) {
    const k1 = slope(refs(y));
    const k2 = slope(moved(refs(y), refs(k1), dt / 2));
    const k3 = slope(moved(refs(y), refs(k2), dt / 2));
    const k4 = slope(moved(refs(y), refs(k3), dt));
    y = [k1, k2, k3, k4].reduce((state, k, j) => moved(state, k, (dt / 6) * [1, 2, 2, 1][j]), y);
    loss = loss.add(np.square(y[0].ref)).add(np.square(y[1].ref));
  }
  for (const x of [a, b, c, d, ...y]) x.dispose();
  return loss;
}

/** The same in plain numbers. */
function reference([a, b, c, d]: Float64Array): number {
  const slope = ([u, v]: number[]) => [u * (a - b * v), v * (c * u - d)];
  const moved = (y: number[], k: number[], h: number) => y.map((x, i) => x + h * k[i]);
  let y = [1, 0.5];
  let loss = 0;
  for (let i = 0; i < steps; i++) {
    const k1 = slope(y);
    const k2 = slope(moved(y, k1, dt / 2));
    const k3 = slope(moved(y, k2, dt / 2));
    const k4 = slope(moved(y, k3, dt));
    y = [k1, k2, k3, k4].reduce((state, k, j) => moved(state, k, (dt / 6) * [1, 2, 2, 1][j]), y);
    loss += y[0] ** 2 + y[1] ** 2;
  }
  return loss;
}

const point = Float64Array.of(1.1, 0.4, 0.1, 0.4);
const v = Float64Array.of(0.3, -0.2, 0.5, 0.1);
const along = (t: number) => reference(point.map((x, i) => x + t * v[i]));

describe.each<[string, Backend]>([
  ["onnx", onnx()],
  ["wasm", wasm()],
])("16 steps of Runge–Kutta's method on %s", async (_, backend) => {
  const params = { p: np.array(point) };
  const objective = await compileObjective({ params, loss: lotkaVolterra }, { backend, dtype: "float64" });
  afterAll(() => objective.dispose());

  test("have value, slope and curvature along v of plain numbers", async () => {
    const linearization = await objective.linearize(point, [], "hessian");
    expect(linearization.value / reference(point)).toBeCloseTo(1, 12);
    const inner = (x: ArrayLike<number>) => v.reduce((sum, vi, i) => sum + vi * x[i], 0);
    // Central differences at the step that balances rounding and truncation: ε^⅓ and ε^¼.
    const slope = (along(6e-6) - along(-6e-6)) / 12e-6;
    const bend = (along(1e-4) - 2 * along(0) + along(-1e-4)) / 1e-8;
    expect(inner(linearization.gradient) / slope).toBeCloseTo(1, 8);
    expect(inner(await linearization.curvature.multiply(v)) / bend).toBeCloseTo(1, 5);
    linearization.dispose();
  });

  test("are solved product by product: a loop of the engine would not pay", async () => {
    const linearization = await objective.linearize(point, [], "hessian");
    expect(linearization.solve).toBeUndefined();
    linearization.dispose();
  });
});

describe("y ← 3.1·y(1 − y), a hundred times", () => {
  const start = [0.1, 0.2];

  test.each([onnx(), wasm(), jax()])("has value and gradient of plain numbers in float32", async (backend) => {
    const loss = ({ y }: { y: np.Array }) => {
      let state = y;
      for (let i = 0; i < 100; i++) state = state.ref.mul(state.neg().add(1)).mul(3.1);
      return state.sum();
    };
    const objective = await compileObjective({ params: { y: np.array(start) }, loss }, { backend });
    const { value, gradient } = await objective.gradient(objective.initial, []);
    objective.dispose();
    let [y, dy] = [start, [1, 1]];
    for (let i = 0; i < 100; i++) {
      dy = dy.map((d, k) => 3.1 * d * (1 - 2 * y[k]));
      y = y.map((x) => 3.1 * x * (1 - x));
    }
    // The value is a cycle's, which holds roundings down; the slopes are products of a hundred factors.
    expect(value).toBeAllclose(y[0] + y[1], { relative: 1e-6 });
    expect(gradient).toBeAllclose(dy, { relative: 1e-3 });
  });
});

/** A net of 36 equal layers with a scale that differs from one to the next, a stop_gradient in each, and a penalty. */
const layers = 36;
const pattern = (n: number) => Float64Array.from({ length: n }, (_, i) => 0.6 * Math.sin(1 + 7 * i));
const net = {
  params: { w: Array.from({ length: layers }, (_, i) => ({ shape: [2, 2], data: pattern(4).map((x) => x + i / 99) })) },
  model: ({ w }: { w: np.Array[] }, { x }: { x: np.Array }) =>
    w.reduce((h, matrix, i) => {
      const z = np.tanh(np.matmul(h.ref, matrix)).mul(1 / (1 + i));
      return h
        .add(np.sin(z.ref).mul(lax.stopGradient(np.cos(z.ref))))
        .add(np.where(z.ref.less(0), z.ref, np.exp(z.neg())));
    }, x),
  loss: (z: np.Array) => np.square(z).mean(-1),
  regularizer: ({ w }: { w: np.Array[] }) => w.reduce((sum, matrix) => sum.add(np.square(matrix).sum()), np.array(0)),
};
const batch = { x: { shape: [3, 2], data: pattern(6) } };

describe("a net of 36 equal layers, compiled as calls of one", async () => {
  const [called, written, calledByJax] = await Promise.all(
    [wasm(), { ...wasm(), callsPay: () => false }, jax({ device: "cpu" })].map((backend) =>
      compileObjective(net as never, { backend, dtype: "float64" }),
    ),
  );
  const w = called.initial;
  const direction = w.map((_, i) => Math.cos(i));
  afterAll(() => {
    called.dispose();
    written.dispose();
    calledByJax.dispose();
  });
  const apart = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    Math.hypot(...Array.from(x, (xi, i) => xi - y[i])) / Math.hypot(...Array.from(y));

  test.each([
    ["hessian", "wasm", called],
    ["gauss-newton", "wasm", called],
    ["hessian", "jax", calledByJax],
  ] as const)("has the %s of the net written out on %s", async (kind, _, objective) => {
    const [one, other] = await Promise.all([objective, written].map((it) => it.linearize(w, batch, kind)));
    expect(one.value).toBeCloseTo(other.value, 13);
    expect(apart(one.gradient, other.gradient)).toBeLessThan(1e-14);
    const [p, q] = await Promise.all(
      [one, other].map(({ curvature }) => curvature.multiply(direction as Float64Array)),
    );
    expect(apart(p, q)).toBeLessThan(1e-13);
    one.dispose();
    other.dispose();
  });

  test("has its Jacobian, and says where a number is not finite", async () => {
    const jacobians = await Promise.all([called, written].map((objective) => objective.jacobian!(w, batch)));
    const [p, q] = jacobians.map((model) => model as JacobianEvaluation);
    expect(apart(p.residuals, q.residuals)).toBeLessThan(1e-13);
    const nowhere = w.with(5, Number.NaN) as Float64Array;
    expect(await called.explainNonfinite!(nowhere, batch)).toBe(await written.explainNonfinite!(nowhere, batch));
  });
});
