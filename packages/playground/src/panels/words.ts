/** What the library reports, in plain words. */

import type { PathStep } from "../engine/path.ts";
import type { Ended } from "../engine/race.ts";

const endings: Readonly<Record<Exclude<Ended["status"], "failed">, string>> = {
  converged: "converged",
  "second-order-converged": "converged",
  stalled: "no step lowers the loss further",
  "max-iterations": "all steps taken",
  "budget-spent": "budget used up",
  stopped: "stopped: the held-out loss no longer falls",
  nonfinite: "diverged",
};

export function endingInWords({ status, message, bestStep, steps }: Ended): string {
  if (status === "failed") return `failed: ${message}`;
  const kept = bestStep === undefined ? "" : `; kept step ${bestStep} of ${steps}`;
  return `${endings[status]}${kept}`;
}

export const statusInWords = (status: keyof typeof endings): string => endings[status];

const outcomes: Readonly<Record<NonNullable<PathStep["outcome"]>, string>> = {
  interior: "to the lowest point of the model",
  boundary: "to the edge of the region",
  "negative-curvature": "to the edge, where the model curves down",
  "hard-case": "to the edge, across a saddle",
  "max-products": "as far as its products led",
  nonfinite: "the model was not finite",
};

export const outcomeInWords = (outcome: NonNullable<PathStep["outcome"]>): string => outcomes[outcome];
