import type { DampingSearch } from "../../src/optimizer/gauss-newton/damping.ts";

/** Takes the step of one damping, or none. */
export const fixed = (lambda: number | undefined, scales: number[] = []): DampingSearch => ({
  name: "fixed",
  settings: { lambda },
  begin: () => ({
    search: async (trials) => {
      scales.push(trials.scale);
      return lambda === undefined ? undefined : trials.damped(lambda);
    },
    state: () => ({ scalars: {}, vectors: {} }),
    restore() {},
  }),
});
