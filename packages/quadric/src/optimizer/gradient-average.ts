/**
 * Averages of past gradients, the direction of methods with momentum:
 *
 *   m ← past·m + present·g       d = m      d = g + past·m (Nesterov)      d = m/(1 − past^{t+1}) (bias-corrected)
 *
 * Symbols: g gradient [d], m average [d] (starts at 0), d direction [d], t updates before this one.
 */
import { axpby, blend } from "../vector/kernels.ts";
import { emptyState, type State } from "../vector/state.ts";
import { type Dtype, type Vector, zeros } from "../vector/vector.ts";

export interface AverageRule {
  /** In [0, 1); 0 keeps no average: d = g when `present` is 1. */
  readonly past: number;
  /** 1 for heavy-ball momentum, 1 − past for a mean. */
  readonly present: number;
  readonly biasCorrection?: boolean;
  readonly nesterov?: boolean;
}

/** The bias-corrected mean with weight β of the past; β = 0: the gradient itself. */
export function meanRule(beta: number): AverageRule {
  return { past: beta, present: 1 - beta, biasCorrection: true };
}

export function requireMomentum(where: string, beta: number): void {
  if (!(beta >= 0 && beta < 1)) throw new RangeError(`${where}: momentum must be in [0, 1), got ${beta}.`);
}

export interface GradientAverage {
  /** Takes g in and returns d, which is valid until the next update. */
  update(gradient: Vector): Vector;
  /** The same d without taking g in again. */
  current(gradient: Vector): Vector;
  state(): State;
  restore(state: State): void;
}

export function gradientAverage(rule: AverageRule, size: number, dtype: Dtype): GradientAverage {
  const { past, present, biasCorrection = false, nesterov = false } = rule;
  if (past === 0 && present === 1) {
    return { update: (g) => g, current: (g) => g, state: () => emptyState, restore() {} };
  }
  const m = zeros(size, dtype);
  const d = zeros(size, dtype);
  let updates = 0;
  const scale = () => (biasCorrection ? 1 / (1 - past ** updates) : 1);
  return {
    update(g) {
      updates++;
      if (nesterov) {
        axpby(present, g, past, m);
        axpby(1, g, past, m, d);
      } else blend(past, m, present, g, scale(), d);
      return d;
    },
    current(g) {
      if (nesterov) axpby(1, g, past, m, d);
      else axpby(scale(), m, 0, m, d);
      return d;
    },
    state: () => ({ scalars: { updates }, vectors: { m: m.slice() } }),
    restore({ scalars, vectors }) {
      updates = scalars.updates;
      m.set(vectors.m);
    },
  };
}
