/** For people who study curvature: operators, spectra, estimators, and a subproblem solved by itself. */
export type { DiagonalEstimate, DiagonalOptions } from "./curvature/diagonal.ts";
export type { DiagonalDominance, DominanceOptions } from "./curvature/diagonal-dominance.ts";
export { estimates } from "./curvature/estimates.ts";
export type { Extremes, ExtremesOptions } from "./curvature/extremes.ts";
export { operators } from "./curvature/operators.ts";
export {
  type DensityOptions,
  type Spectrum,
  type SpectrumOptions,
  spectrum,
} from "./curvature/spectrum.ts";
export type { TraceEstimate, TraceOptions } from "./curvature/trace.ts";
export { type SolveSubproblemOptions, solveSubproblem } from "./subproblem/solve-subproblem.ts";
export { optimizerAt } from "./training/checkpoint.ts";
