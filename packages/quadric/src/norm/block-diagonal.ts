/** Ellipsoids that are block-diagonal over the tensors of the parameters: A = diag(A_1, …, A_k). */
import type { Layout, TensorSlot } from "../vector/layout.ts";
import type { Vector } from "../vector/vector.ts";
import type { Ellipsoid, Power } from "./make-norm.ts";
import type { NormState } from "./norm.ts";

/** The ellipsoid of one tensor, over its entries in row-major order. */
export interface Block {
  /** x ↦ A^p x; a new array. */
  apply(x: Float64Array, power: Power): Float64Array;
  eigenvalues(): Float64Array;
  update(gradient: Float64Array): void;
  state(): NormState;
  restore(state: NormState): void;
}

/** The ellipsoid of all tensors from one of each. In the state, names of a block follow the name of its tensor and a slash. */
export function blockDiagonal({ size, tensors }: Layout, make: (slot: TensorSlot) => Block): Ellipsoid {
  const blocks = tensors.map((slot) => ({ slot, block: make(slot) }));
  const cut = (v: Vector, { offset, size }: TensorSlot) => Float64Array.from(v.subarray(offset, offset + size));
  return {
    size,
    apply(v, out, power) {
      for (const { slot, block } of blocks) out.set(block.apply(cut(v, slot), power), slot.offset);
      return out;
    },
    *eigenvalues() {
      for (const { block } of blocks) yield* block.eigenvalues();
    },
    update(gradient) {
      for (const { slot, block } of blocks) block.update(cut(gradient, slot));
    },
    state() {
      const states = blocks.map(({ slot, block }) => ({ prefix: `${slot.name}/`, ...block.state() }));
      return {
        scalars: Object.assign({}, ...states.map(({ prefix, scalars }) => renamed(scalars, (key) => prefix + key))),
        vectors: Object.assign({}, ...states.map(({ prefix, vectors }) => renamed(vectors, (key) => prefix + key))),
      };
    },
    restore({ scalars, vectors }) {
      for (const { slot, block } of blocks) {
        const own = (key: string) => (key.startsWith(`${slot.name}/`) ? key.slice(slot.name.length + 1) : undefined);
        block.restore({ scalars: renamed(scalars, own), vectors: renamed(vectors, own) });
      }
    },
  };
}

/** A record under new names; entries without one are left out. */
function renamed<T>(record: Readonly<Record<string, T>>, name: (key: string) => string | undefined): Record<string, T> {
  const entries: [string, T][] = [];
  for (const [key, value] of Object.entries(record)) {
    const other = name(key);
    if (other !== undefined) entries.push([other, value]);
  }
  return Object.fromEntries(entries);
}
