/**
 * The average of the iterates of a run, in which the noise of single batches cancels:
 *
 *   w̄ ← w̄ + c_t·(w − w̄)     c_t = (p + 1)/(t + p)
 *
 * Symbols: w iterate [d], w̄ average [d], t iterates so far, this one included, p = 8: w̄ looks back on about the last
 * ninth of the run, however long that is. References: [ShamirZhang2013, polynomial-decay averaging],
 * [PolyakJuditsky1992].
 */
import type { Objective } from "../../objective/objective.ts";
import { axpby } from "../../vector/kernels.ts";
import type { Vector } from "../../vector/vector.ts";
import { type Iterate, makeIterate } from "../iterate.ts";

/** p; not tuned. [ShamirZhang2013] have 3 for convex losses, in which the first iterates are worth more. */
const decay = 8;

export interface IterateAverage extends Pick<Iterate, "current" | "show" | "restart"> {
  /** Takes in w, the t-th iterate. */
  update(w: Vector, t: number): void;
}

export function averageOfIterates(start: Vector, objective: Objective): IterateAverage {
  const average = makeIterate(start, objective);
  return {
    get current() {
      return average.current;
    },
    show: average.show,
    restart: average.restart,
    update(w, t) {
      const c = (decay + 1) / (t + decay);
      const next = average.trial();
      axpby(c, w, 1 - c, average.current, next);
      average.accept(next);
    },
  };
}
