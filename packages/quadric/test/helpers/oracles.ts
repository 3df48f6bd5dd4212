/**
 * Value, gradient and Hessian product of a loss by jax-js alone, in float64 on its interpreter, beside those of the
 * compiler: two differentiations of the same function that share no code.
 */
import "../../src/compiler/trace/float16-array.ts";
import { grad, jvp, numpy as np } from "@jax-js/jax";
import { expect } from "vitest";
import type { Backend } from "../../src/compiler/backends/backend.ts";
import { jax } from "../../src/compiler/backends/jax/backend.ts";
import { onnx } from "../../src/compiler/backends/onnx/node.ts";
import { wasm } from "../../src/compiler/backends/wasm/backend.ts";
import { onDevice } from "../../src/compiler/device.ts";
import { compileObjective } from "../../src/compiler/objective.ts";
import type { Tensor } from "../../src/vector/tensor.ts";
import type { Dtype, Vector } from "../../src/vector/vector.ts";
import "./matchers.ts";

/** A scalar loss of a list of arrays, over a list of data arrays; consumes both, as jax-js functions do. */
export interface Case {
  readonly loss: (params: np.Array[], data: np.Array[]) => np.Array;
  readonly params: readonly Tensor[];
  readonly data?: readonly Tensor[];
}

export interface Oracles {
  readonly value: number;
  readonly gradient: Vector;
  readonly product: Vector;
}

/** Numbers in (−1, 1) that look random and never change. */
export function numbers(n: number, seed: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed));
}

export function tensor(shape: readonly number[], seed: number): Tensor {
  return { shape, data: numbers(count(shape), seed) };
}

const count = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

function toArray({ shape, data }: Tensor): np.Array {
  if (data instanceof Int32Array) return np.array(data as Int32Array<ArrayBuffer>, { shape: [...shape] });
  return np.array(Float64Array.from(data), { shape: [...shape], dtype: np.float64 });
}

/** The direction of Hessian products. */
function direction(size: number): Float64Array {
  return numbers(size, 99);
}

const references = new WeakMap<Case, Oracles>();

/** In float64 on the interpreter; remembered, since every engine is compared with the same numbers. */
export function jaxOracles(problem: Case): Oracles {
  const known = references.get(problem) ?? evaluate(problem);
  references.set(problem, known);
  return known;
}

function evaluate({ loss, params, data = [] }: Case): Oracles {
  return onDevice("cpu", () => {
    const f = (args: np.Array[]) => loss(args, data.map(toArray));
    const leaves = () => params.map(toArray);
    const flat = (arrays: np.Array[]) => Float64Array.from(arrays.flatMap((a) => [...(a.dataSync() as Float64Array)]));
    const all = direction(params.reduce((total, { shape }) => total + count(shape), 0));
    let offset = 0;
    const v = params.map(({ shape }) => {
      const part = all.slice(offset, offset + count(shape));
      offset += part.length;
      return toArray({ shape, data: part });
    });
    const product = jvp((args: np.Array[]) => grad(f)(args) as np.Array[], [leaves()], [v])[1] as np.Array[];
    return {
      value: (f(leaves()).dataSync() as Float64Array)[0],
      gradient: flat(grad(f)(leaves()) as np.Array[]),
      product: flat(product),
    };
  });
}

/** The same case for the same arguments, so that its numbers are remembered when every engine draws it again. */
export function remembered<A extends readonly unknown[]>(make: (...args: A) => Case): (...args: A) => Case {
  const cases = new Map<string, Case>();
  return (...args) => {
    const key = JSON.stringify(args);
    const known = cases.get(key) ?? make(...args);
    cases.set(key, known);
    return known;
  };
}

export async function compiledOracles(
  { loss, params, data = [] }: Case,
  backend: Backend,
  dtype: Dtype,
): Promise<Oracles> {
  const problem = { loss, params: params as unknown as np.Array[] };
  const objective = await compileObjective(problem, { backend, dtype });
  const w = objective.initial;
  const linearization = await objective.linearize(w, data, "hessian");
  const v = direction(w.length);
  const product = await linearization.curvature.multiply(dtype === "float32" ? Float32Array.from(v) : v);
  linearization.dispose();
  objective.dispose();
  return { value: linearization.value, gradient: linearization.gradient, product };
}

/** ‖a − b‖/‖b‖. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    size += expected[i] ** 2;
  }
  return Math.sqrt(difference / (size || 1));
}

export function expectOracles(actual: Oracles, expected: Oracles, tolerance: number): void {
  expect(actual.value).toBeAllclose(expected.value, { relative: tolerance, absolute: tolerance });
  expect(relativeError(actual.gradient, expected.gradient)).toBeLessThan(tolerance);
  expect(relativeError(actual.product, expected.product)).toBeLessThan(tolerance);
}

/** Backends with the precision that each is held to: 1e-5 is what the issues of the compiler ask of float32. */
export const engines: readonly (readonly [name: string, dtype: Dtype, backend: () => Backend, tolerance: number])[] = [
  ["onnx", "float32", () => onnx(), 1e-5],
  ["onnx", "float64", () => onnx(), 1e-12],
  ["jax wasm", "float32", () => jax(), 1e-5],
  ["jax cpu", "float64", () => jax({ device: "cpu" }), 1e-12],
  ["wasm", "float32", () => wasm(), 1e-5],
  ["wasm", "float64", () => wasm(), 1e-12],
];

/** Each backend once, where one precision shows what another would. */
export const eachBackend: typeof engines = [engines[1], engines[2], engines[5]];
