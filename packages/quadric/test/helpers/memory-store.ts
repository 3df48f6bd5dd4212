import type { CheckpointStore, TrainingState } from "../../src/training/checkpoint.ts";

/** A store in memory, for runs that are paused rather than lost. */
export function memoryStore(): CheckpointStore {
  let saved: TrainingState | undefined;
  return {
    async save(state) {
      saved = structuredClone(state);
    },
    load: async () => saved && structuredClone(saved),
  };
}
