/** What each outcome of a subproblem means, why it happens and what to try. */
import type { Outcome } from "./step.ts";

export const outcomeMessage: Readonly<Record<Outcome, string>> = {
  interior:
    "The model's minimiser lies inside the region, to the tolerance asked for. The radius does not limit progress.",
  boundary:
    "The step ends on the boundary of the region. Usual far from a minimiser; if every step does, let the radius grow " +
    "faster or start larger.",
  "negative-curvature":
    "A direction of non-positive curvature was followed to the boundary. (a) The point is near a saddle or a maximum in " +
    "that direction: good, the step leaves it. (b) The curvature operator is not symmetric or not of the gradient's " +
    "batch. Use Gauss-Newton curvature to rule it out, gltr to exploit it.",
  "hard-case":
    "The gradient has no component along the leftmost eigenvector, which was added to reach the boundary. The step is " +
    "globally optimal; its mirror image in that eigenvector is as good.",
  "max-products":
    "The solver used all its products. (a) B is badly conditioned in this norm: try rmsprop or adam. (b) The tolerance " +
    "is tighter than the batch noise: raise it. Often harmless; watch the ratio.",
  nonfinite:
    "A product or the gradient was NaN or infinite; the step is the last finite one, possibly zero. (a) The loss " +
    "overflows at this point: lower the radius or scale the data. (b) A closure returns NaN: check it at the point given.",
};
