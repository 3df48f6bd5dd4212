export { cauchy } from "./subproblem/cauchy.ts";
export { type CubicOptions, cubic } from "./subproblem/cubic.ts";
export { type CurvaturePairs, noPairs } from "./subproblem/curvature-pairs.ts";
export { exact } from "./subproblem/exact.ts";
export { gltr } from "./subproblem/gltr.ts";
export { outcomeMessage } from "./subproblem/outcome-message.ts";
export { type SolveSubproblemOptions, type SubproblemMethod, solveSubproblem } from "./subproblem/solve-subproblem.ts";
export { steihaug } from "./subproblem/steihaug.ts";
