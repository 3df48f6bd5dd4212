/** All trust-region subproblem solvers under one name, for `trustRegion({ subproblem: subproblems.steihaug() })`. */
import { cauchy } from "./cauchy.ts";
import type { SubproblemSolver } from "./solver.ts";
import { steihaug } from "./steihaug.ts";

export const subproblems: {
  readonly cauchy: () => SubproblemSolver;
  readonly steihaug: () => SubproblemSolver;
} = {
  cauchy: () => ({ name: "cauchy", solve: (model, options) => cauchy({ ...model, ...options }) }),
  steihaug: () => ({ name: "steihaug", solve: (model, options) => steihaug({ ...model, ...options }) }),
};
