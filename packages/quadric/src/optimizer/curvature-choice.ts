/** Which curvature a method takes: the one asked for, or that which fits the problem. */
import { requireOneOf } from "../check.ts";
import type { CurvatureKind, Objective } from "../objective/objective.ts";

export type CurvatureChoice = CurvatureKind | "auto";

export function requireCurvature(where: string, choice: CurvatureChoice): void {
  requireOneOf(where, "curvature", choice, ["auto", "hessian", "gauss-newton"]);
}

/** "auto": Gauss–Newton for a composite loss, else the Hessian. */
export function curvatureOf(
  { preferredCurvature = "hessian" }: Pick<Objective, "preferredCurvature">,
  choice: CurvatureChoice,
): CurvatureKind {
  return choice === "auto" ? preferredCurvature : choice;
}
