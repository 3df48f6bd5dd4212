/** The programs for each shape of batch, and batches as the tensors that these take. */
import { isTensor, type Tensor, type TensorData, type TensorTree } from "../vector/tensor.ts";
import { flattenTree } from "../vector/tree.ts";
import type { Dtype } from "../vector/vector.ts";
import type { ElementType } from "./ir/graph.ts";
import type { Programs } from "./programs.ts";
import { elementTypeOf } from "./traced-problem.ts";

/** How many batch shapes keep their programs; the least recently used one that nobody holds is dropped for a new one. */
const maxShapes = 8;

/** What a deterministic loss of parameters alone is evaluated on. */
const noBatch: TensorTree = [];

export interface Cached {
  readonly programs: Programs;
  readonly tensors: readonly Tensor[];
}

export interface ProgramCache {
  /** A batch as a list of tensors of the right types; remembered, since a batch is used by several programs. */
  tensorsIn(batch?: TensorTree): readonly Tensor[];
  /** The programs for the shape of a batch, and its tensors. */
  programsOf(batch?: TensorTree): Cached;
  /** What a call makes of them; they are kept while it runs. */
  during<T>(batch: TensorTree | undefined, call: (cached: Cached) => Promise<T>): Promise<T>;
  dispose(): void;
}

/** @param make - the programs for batches of one shape. */
export function programCache(dtype: Dtype, make: (batch: TensorTree) => Programs): ProgramCache {
  const shapes = new Map<string, Programs>();
  const known = new WeakMap<object, { readonly tensors: readonly Tensor[]; readonly key: string }>();

  function describe(batch: TensorTree): { readonly tensors: readonly Tensor[]; readonly key: string } {
    const before = known.get(batch);
    if (before) return before;
    const { leaves } = flattenTree(batch, isTensor);
    const tensors = leaves.map(({ shape, data }) => ({ shape, data: toElementType(data, elementTypeOf(data, dtype)) }));
    const key = tensors.map(({ shape, data }) => `${data.constructor.name}[${shape}]`).join();
    known.set(batch, { tensors, key });
    return { tensors, key };
  }

  function programsOf(batch: TensorTree = noBatch): Cached {
    const { tensors, key } = describe(batch);
    let programs = shapes.get(key);
    shapes.delete(key);
    if (programs === undefined) {
      programs = make(batch);
      for (const [oldest, old] of shapes) {
        if (shapes.size < maxShapes) break;
        if (old.holders.isHeld()) continue;
        shapes.delete(oldest);
        old.dispose();
      }
    }
    shapes.set(key, programs);
    return { programs, tensors };
  }

  return {
    tensorsIn: (batch = noBatch) => describe(batch).tensors,
    programsOf,
    async during(batch, call) {
      const cached = programsOf(batch);
      return cached.programs.holders.during(() => call(cached));
    },
    dispose() {
      for (const programs of shapes.values()) programs.dispose();
      shapes.clear();
    },
  };
}

function toElementType(data: TensorData, type: ElementType): TensorData {
  if (type === "int32") return data instanceof Int32Array ? data : Int32Array.from(data);
  if (type === "float32") return data instanceof Float32Array ? data : Float32Array.from(data);
  return data instanceof Float64Array ? data : Float64Array.from(data);
}
