/** For people who study curvature: operators, spectra, estimators, and a subproblem solved by itself. */
export { assemble, denseOperator } from "./curvature/dense.ts";
export { type DiagonalEstimate, type DiagonalOptions, estimateDiagonal } from "./curvature/diagonal.ts";
export {
  type DiagonalDominance,
  type DominanceOptions,
  diagonalDominance,
} from "./curvature/diagonal-dominance.ts";
export { type Extremes, type ExtremesOptions, extremeEigenvalues } from "./curvature/extremes.ts";
export {
  type DensityOptions,
  type Spectrum,
  type SpectrumOptions,
  spectralDensity,
  spectrum,
} from "./curvature/spectrum.ts";
export { estimateTrace, type TraceEstimate, type TraceOptions } from "./curvature/trace.ts";
export { whitened } from "./curvature/whitened.ts";
export { type SolveSubproblemOptions, solveSubproblem } from "./subproblem/solve-subproblem.ts";
export { optimizerAt } from "./training/checkpoint.ts";
