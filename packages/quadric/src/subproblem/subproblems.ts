/** All trust-region subproblem solvers under one name, for `trustRegion({ subproblem: subproblems.gltr() })`. */
import { cauchy } from "./cauchy.ts";
import { exact } from "./exact.ts";
import { type GltrOptions, gltr } from "./gltr.ts";
import type { SubproblemSolver } from "./solver.ts";
import { steihaug } from "./steihaug/steihaug.ts";

export const subproblems: {
  readonly cauchy: () => SubproblemSolver;
  readonly steihaug: () => SubproblemSolver;
  readonly gltr: (settings?: Pick<GltrOptions, "boundaryTolerance" | "restart" | "seed">) => SubproblemSolver;
  readonly exact: () => SubproblemSolver;
} = {
  cauchy: () => ({ name: "cauchy", solve: (model, options) => cauchy({ ...model, ...options }) }),
  steihaug: () => ({ name: "steihaug", solve: (model, options) => steihaug({ ...model, ...options }) }),
  gltr: (settings) => ({ name: "gltr", solve: (model, options) => gltr({ ...model, ...options, ...settings }) }),
  exact: () => ({
    name: "exact",
    // A dense solve has no inner tolerance and always costs d products.
    solve: (model, { radius, memoryBudget }) => exact({ ...model, radius, memoryBudget }),
  }),
};
