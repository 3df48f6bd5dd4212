/**
 * Our norms and first-order methods as gradient transformations in the manner of optax, for loops of one's own in jax-js:
 *
 *   scaleByNorm       g ↦ A⁻¹g
 *   transformation    g ↦ −η·A⁻¹d − ηλ·w      d the method's average of gradients
 *
 * A state is a tree of jax arrays, updates are trees like the parameters. As jax-js functions do, both functions consume what they are given.
 * The arithmetic runs on the host in the norm's own precision, so an update cannot be part of a `jit`.
 */
import { type JsTree, numpy as np, tree } from "@jax-js/jax";
import { flattenParameters } from "../compiler/parameters.ts";
import { ensureFloat16Array } from "../compiler/trace/trace.ts";
import type { Norm } from "../norm/norm.ts";
import type { FirstOrderOptimizer } from "../optimizer/first-order/first-order.ts";
import { toSchedule } from "../optimizer/first-order/schedule.ts";
import { gradientAverage } from "../optimizer/gradient-average.ts";
import type { OptimizerState } from "../optimizer/optimizer.ts";
import { joinStates, partOf } from "../optimizer/state.ts";
import { axpy, scale } from "../vector/kernels.ts";
import type { Layout } from "../vector/layout.ts";
import type { Dtype, Vector } from "../vector/vector.ts";

/** Pure functions; the state belongs to whoever runs the loop. */
export interface GradientTransformation {
  /** The state before the first update. Consumes `params`. */
  init<Params extends JsTree<np.Array>>(params: Params): JsTree<np.Array>;
  /** What to add to the parameters, and the state after it. Consumes its arguments. */
  update<Params extends JsTree<np.Array>>(
    updates: Params,
    state: JsTree<np.Array>,
    params?: Params,
  ): [updates: Params, state: JsTree<np.Array>];
}

/** A transformation of flat vectors with a state of its own. */
interface Machine {
  /** May work in g; w is there if the machine needs it. */
  update(g: Vector, w: Vector | undefined): Vector;
  state(): OptimizerState;
  restore(state: OptimizerState): void;
}

const empty: OptimizerState = { scalars: {}, vectors: {} };

/**
 * Preconditions updates by a norm: g ↦ A⁻¹g, with A fed by the same g.
 *
 * Norms that learn from curvature (`norms.hutchinson`) stay as they start, since a loop of gradients has no products.
 *
 * @example
 * const solver = scaleByNorm(norms.fullMatrix());
 * let state = solver.init(params.ref);
 * [updates, state] = solver.update(grad(loss)(params.ref), state);
 * params = applyUpdates(params, updates.mul(-0.1));
 */
export function scaleByNorm(norm: Norm): GradientTransformation {
  return asTransformation((layout) => {
    const own = norm.fresh(layout);
    return {
      update(g) {
        own.update(g);
        return own.solve(g, g);
      },
      state: () => joinStates({ norm: own.state() }),
      restore: (state) => own.restore(partOf(state, "norm") ?? empty),
    };
  });
}

/**
 * A first-order method, learning rate and sign included: parameters plus updates are the method's next iterate.
 *
 * @param method - `sgd()`, `momentum()`, `adagrad()`, `rmsprop()`, `adam()` or `adamw()`, with its options.
 * @example
 * const solver = transformation(adamw({ learningRate: 1e-3 }));
 * [updates, state] = solver.update(gradients, state, tree.ref(params)); // adamw decays params, so it wants them
 */
export function transformation({ name, parts }: FirstOrderOptimizer): GradientTransformation {
  const { decay = 0 } = parts;
  const schedule = toSchedule(parts.learningRate);
  return asTransformation((layout, dtype) => {
    const norm = parts.norm.fresh(layout);
    const average = gradientAverage(parts.average, layout.size, dtype);
    let t = 0;
    return {
      update(g, w) {
        norm.update(g);
        const step = norm.solve(average.update(g), g);
        const rate = schedule.at(t++);
        scale(-rate, step);
        if (decay === 0) return step;
        if (w === undefined) throw new TypeError(`transformation: ${name} must be given params, got none.`);
        axpy(-rate * decay, w, step);
        return step;
      },
      state: () => joinStates({ run: { scalars: { t }, vectors: {} }, norm: norm.state(), average: average.state() }),
      restore(state) {
        t = state.scalars["run.t"];
        norm.restore(partOf(state, "norm") ?? empty);
        const past = partOf(state, "average");
        if (past) average.restore(past.scalars, past.vectors);
      },
    };
  });
}

/** params + updates, leaf by leaf. Consumes its arguments. */
export function applyUpdates<Params extends JsTree<np.Array>>(params: Params, updates: Params): Params {
  return tree.map((p: np.Array, u: np.Array) => p.add(u), params, updates) as Params;
}

function asTransformation(make: (layout: Layout, dtype: Dtype) => Machine): GradientTransformation {
  const read = <Params extends JsTree<np.Array>>(params: Params) => {
    const [leaves] = tree.flatten(tree.ref(params)) as [np.Array[], unknown];
    const dtype: Dtype = leaves[0]?.dtype === np.float64 ? "float64" : "float32";
    const flat = flattenParameters(params, dtype);
    for (const leaf of leaves) leaf.dispose();
    tree.dispose(params);
    return { ...flat, dtype };
  };
  return {
    init(params) {
      const { layout, dtype } = read(params);
      return toArrays(make(layout, dtype).state());
    },
    update(updates, state, params) {
      const { layout, dtype, vector, unflatten } = read(updates);
      const machine = make(layout, dtype);
      machine.restore(fromArrays(state as unknown as ArrayState));
      const step = machine.update(vector, params && read(params).vector);
      return [unflatten(step), toArrays(machine.state())];
    },
  };
}

// A type rather than an interface: only then does it count as a tree of arrays.
type ArrayState = { readonly scalars: Record<string, np.Array>; readonly vectors: Record<string, np.Array> };

/** Bit for bit, on a device that has float64. */
function toArrays({ scalars, vectors }: OptimizerState): ArrayState {
  ensureFloat16Array();
  const array = (data: Vector, shape: number[]) =>
    np.array(data.slice() as Float64Array<ArrayBuffer>, {
      shape,
      dtype: data instanceof Float64Array ? np.float64 : np.float32,
      device: "wasm",
    });
  return {
    scalars: map(scalars, (value) => array(Float64Array.of(value), [])),
    vectors: map(vectors, (vector) => array(vector, [vector.length])),
  };
}

function fromArrays({ scalars, vectors }: ArrayState): OptimizerState {
  return {
    scalars: map(scalars, (array) => array.dataSync()[0] as number),
    vectors: map(vectors, (array) => array.dataSync() as Vector),
  };
}

function map<A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
}
