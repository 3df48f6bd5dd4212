/**
 * Momentum of explicit Gauss–Newton: λ pulls a step s to μs₋ rather than to 0 [Goldshlager2024].
 *
 * Unless μ is given it is ½ until the batch changes, then 0: where points are exchanged, s₋ fits those of the moment.
 */
import { partOf, type State } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import { indicesOf, indicesState } from "../batch-indices.ts";
import type { BatchIndices, BatchSource } from "../optimizer.ts";

const usual = 0.5;

export interface Momentum {
  /** μs₋ for a step on this batch; absent where it is 0. */
  centre(batch: unknown, indices: BatchIndices, batches: BatchSource): Vector | undefined;
  /** s₋ ← to − from. */
  took(from: Vector, to: Vector): void;
  /** The parts "momentum" and "last" of a state. */
  state(): { readonly momentum?: State; readonly last?: State };
  restore(state: State): void;
}

export function makeMomentum(given?: number): Momentum {
  let previous: Vector | undefined;
  /** The batch of the last step, absent after a resume, and whether all were the same. */
  let last: { readonly indices: BatchIndices; readonly batch?: unknown } | undefined;
  let stays = true;
  return {
    centre(batch, indices, batches) {
      if (last && !("batch" in last)) last = { ...last, batch: batches.batch(last.indices) };
      stays &&= last === undefined || last.batch === batch;
      last = { indices, batch };
      const mu = given ?? (stays ? usual : 0);
      return mu > 0 ? previous?.map((x) => mu * x) : undefined;
    },
    took(from, to) {
      if (given !== 0) previous = to.map((x, j) => x - from[j]);
    },
    state: () => ({
      ...(previous && { momentum: { scalars: { stays: Number(stays) }, vectors: { previous } } }),
      ...(last && { last: indicesState(last.indices) }),
    }),
    restore(state) {
      const part = partOf(state, "momentum");
      previous = part?.vectors.previous?.slice();
      stays = part?.scalars.stays !== 0;
      const indices = indicesOf(partOf(state, "last"));
      last = indices && { indices };
    },
  };
}
