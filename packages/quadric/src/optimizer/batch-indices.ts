/** Which examples a batch holds; as plain numbers in a checkpoint. */
import type { State } from "../vector/state.ts";
import type { BatchIndices, BatchSource } from "./optimizer.ts";

/** A batch of the source's size that is not drawn. */
export function sampleIndices({ batchSize }: Pick<BatchSource, "batchSize">): BatchIndices {
  return { epoch: 0, offset: 0, size: batchSize };
}

export function indicesState(indices: BatchIndices): State {
  return { scalars: { ...indices }, vectors: {} };
}

export function indicesOf(state: State | undefined): BatchIndices | undefined {
  if (!state) return undefined;
  const { epoch, offset, size } = state.scalars;
  return { epoch, offset, size };
}
