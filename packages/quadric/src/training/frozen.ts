/**
 * Frozen parameters: the same problem in the free ones alone. The frozen become constants of the loss, so that nothing
 * is spent on their derivatives.
 */
import { numpy as np } from "@jax-js/jax";
import { flattenParameters, tensorsOf } from "../compiler/parameters.ts";
import type { Problem } from "../compiler/problem.ts";
import type { Dtype, Vector } from "../vector/vector.ts";

/** true if a tensor is frozen; one boolean for a whole branch, absent branches are free. */
export type FrozenMask = boolean | readonly FrozenMask[] | { readonly [key: string]: FrozenMask };

// biome-ignore lint/suspicious/noExplicitAny: the structure of parameters and batches is the problem's own business.
type AnyProblem = Problem<any, any>;

export interface FreeProblem<P> {
  /** The problem whose parameters are the free tensors by their path. */
  readonly problem: AnyProblem;
  /** The caller's tree, free tensors from w and frozen ones as they were. */
  unflatten(w: Vector): P;
}

export function freeProblem<P>(
  problem: AnyProblem & { readonly params: P },
  mask: FrozenMask,
  dtype: Dtype,
): FreeProblem<P> {
  const { layout, vector, assemble, unflatten } = flattenParameters(problem.params, dtype);
  const free = layout.tensors.filter(({ name }) => !isFrozen(mask, name));
  if (free.length === 0) throw new RangeError("fit: frozen must leave something to train, got all tensors frozen.");
  const values = tensorsOf(vector, layout);
  const arrayOf = (i: number): np.Array =>
    np.array(values[i].data as Float32Array<ArrayBuffer>, { shape: [...values[i].shape], dtype: dtype as np.DType });
  const whole = (params: Readonly<Record<string, np.Array>>): P =>
    assemble(layout.tensors.map(({ name }, i) => params[name] ?? arrayOf(i))) as P;
  const params = Object.fromEntries(
    free.map(({ name }) => [name, values[layout.tensors.findIndex((t) => t.name === name)]]),
  );
  const { regularizer } = problem;
  return {
    problem: {
      ...problem,
      // biome-ignore lint/suspicious/noExplicitAny: host tensors are accepted wherever arrays are.
      params: params as any,
      ...("model" in problem
        ? { model: (p: Record<string, np.Array>, batch: unknown) => problem.model(whole(p), batch) }
        : { loss: (p: Record<string, np.Array>, batch: unknown) => problem.loss(whole(p), batch) }),
      ...(regularizer && { regularizer: (p: Record<string, np.Array>) => regularizer(whole(p)) }),
    } as AnyProblem,
    unflatten(w) {
      const full = vector.slice();
      let position = 0;
      for (const { offset, size } of free) {
        full.set(w.subarray(position, position + size), offset);
        position += size;
      }
      return unflatten(full);
    },
  };
}

/** Follows a path such as "0.weight" down the mask to the first boolean. */
function isFrozen(mask: FrozenMask, path: string): boolean {
  let node: FrozenMask | undefined = mask;
  for (const key of path.split(".")) {
    if (typeof node !== "object") break;
    node = (node as Readonly<Record<string, FrozenMask>>)[key];
  }
  return node === true;
}
