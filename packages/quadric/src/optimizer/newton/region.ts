/**
 * The region of a run, its norm and its size Δ or σ: made of the start, rescaled when the norm changes, and then moved
 * by ρ.
 *
 *   A ← norm.update(g)     at a point that an accepted step led to
 *   size ← search(ρ)       after every step that the loss can judge
 */
import type { Norm } from "../../norm/norm.ts";
import type { Step } from "../../subproblem/step.ts";
import type { State } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import type { Ratio } from "../ratio.ts";
import { type LocalModel, modelOf } from "./model.ts";
import { isHeldBack } from "./radius.ts";
import { lengthOfStart, type Search } from "./search.ts";

export interface Region {
  /** NaN until the first model with a gradient, where the search makes it of the start. */
  readonly size: number;
  /** Fits norm and size to the model at w; returns the curvature products that this took. */
  enter(model: LocalModel, w: Vector): Promise<number>;
  /** Takes in a judged step and says whether it is accepted. */
  follow(ratio: Ratio, step: Step): boolean;
  /** True when no useful step of this size is left. */
  readonly isExhausted: boolean;
  state(): State;
  restore(state: State): void;
}

export function makeRegion(search: Search, norm: Norm): Region {
  let size = search.initial ?? Number.NaN;
  /** Whether the next model is at a point that the norm has not seen. */
  let isNewPoint = true;
  /** The last accepted step, for searches that measure with it how lengths changed. */
  let lastStep: Vector | undefined;

  async function updateNorm(linearization: LocalModel["linearization"], w: Vector): Promise<number> {
    const { value, gradient, magnitude = Math.abs(value), curvature } = linearization;
    const before = search.onNormChange?.lengthIn(norm, lastStep);
    norm.update(gradient);
    let probes = 0;
    await norm.probe(
      (v) => {
        probes++;
        return curvature.multiply(v);
      },
      { w, gradient, magnitude },
    );
    const after = search.onNormChange?.lengthIn(norm, lastStep);
    if (search.onNormChange && before && after) size = search.onNormChange.rescaled(size, after / before);
    return probes;
  }

  return {
    get size() {
      return size;
    },
    async enter({ linearization, gradientNorm }, w) {
      let products = isNewPoint ? await updateNorm(linearization, w) : 0;
      isNewPoint = false;
      if (Number.isNaN(size) && gradientNorm > 0) {
        const start = await lengthOfStart(modelOf(linearization, norm), w);
        size = search.first!(start.length, start.gamma);
        products += start.products;
      }
      return products;
    },
    follow({ ratio, atNoiseFloor }, solution) {
      // A region that holds steps back below what the loss resolves is too small, not too large.
      if (!atNoiseFloor) size = search.next(size, ratio, solution);
      else if (isHeldBack(solution, size)) size = search.next(size, 1, solution);
      isNewPoint = atNoiseFloor || ratio >= search.eta1;
      if (isNewPoint) lastStep = search.onNormChange && solution.step.slice();
      return isNewPoint;
    },
    get isExhausted() {
      return search.isExhausted(size);
    },
    state: () => ({ scalars: { size, accepted: Number(isNewPoint) }, vectors: { ...(lastStep && { lastStep }) } }),
    restore({ scalars, vectors }) {
      size = scalars.size;
      isNewPoint = scalars.accepted === 1;
      lastStep = vectors.lastStep;
    },
  };
}
