/** Which examples a batch holds, as plain numbers in a checkpoint. */
import type { State } from "../vector/state.ts";
import type { BatchIndices } from "./optimizer.ts";

export function indicesState(indices: BatchIndices): State {
  return { scalars: { ...indices }, vectors: {} };
}

export function indicesOf(state: State | undefined): BatchIndices | undefined {
  if (!state) return undefined;
  const { epoch, offset, size } = state.scalars;
  return { epoch, offset, size };
}
