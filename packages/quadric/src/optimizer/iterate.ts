/**
 * The iterate of a run, w ← w + s without new memory at every step: a vector that nobody has been shown is written
 * over.
 */
import type { Objective } from "../objective/objective.ts";
import { type Vector, zeros } from "../vector/vector.ts";

export interface Iterate {
  /** w, [d], for those who do not keep it. */
  readonly current: Vector;
  /** w, [d], for those who may keep it. */
  show(): Vector;
  /** Memory for a trial point, [d], to be filled. */
  trial(): Vector;
  /** The trial point becomes the iterate. */
  accept(trial: Vector): void;
  reject(trial: Vector): void;
  /** Starts again from a copy of w. */
  restart(w: Vector): void;
}

export function makeIterate(start: Vector, { dtype, retainsNothing = false }: Objective): Iterate {
  let current: Vector = start.slice();
  let isShown = false;
  let spare: Vector | undefined;
  return {
    get current() {
      return current;
    },
    show() {
      isShown = true;
      return current;
    },
    trial() {
      const memory = spare ?? zeros(current.length, dtype);
      spare = undefined;
      return memory;
    },
    accept(trial) {
      if (retainsNothing && !isShown) spare = current;
      [current, isShown] = [trial, false];
    },
    reject(trial) {
      if (retainsNothing) spare = trial;
    },
    restart(w) {
      [current, isShown] = [w.slice(), false];
    },
  };
}
