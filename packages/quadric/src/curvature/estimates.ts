/** What random products tell of an operator, by name. */
import { estimateDiagonal } from "./diagonal.ts";
import { diagonalDominance } from "./diagonal-dominance.ts";
import { extremeEigenvalues } from "./extremes.ts";
import { spectralDensity } from "./spectrum.ts";
import { estimateTrace } from "./trace.ts";

/**
 * `trace`, `diagonal`, its `dominance` and the `extremes` of the spectrum from a few curvature products, each with what
 * it costs; `density` draws what `spectrum` found.
 */
export const estimates: {
  readonly trace: typeof estimateTrace;
  readonly diagonal: typeof estimateDiagonal;
  readonly dominance: typeof diagonalDominance;
  readonly extremes: typeof extremeEigenvalues;
  readonly density: typeof spectralDensity;
} = {
  trace: estimateTrace,
  diagonal: estimateDiagonal,
  dominance: diagonalDominance,
  extremes: extremeEigenvalues,
  density: spectralDensity,
};
