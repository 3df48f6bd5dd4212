/** What quasi-Newton methods know of the inverse Hessian, and L-BFGS's: the last m pairs. */
import { type SecantPair, twoLoop } from "../../linalg/two-loop.ts";
import { dot, scale } from "../../vector/kernels.ts";
import type { State } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";

export interface InverseHessian {
  /** Whether H is still the identity. */
  readonly isIdentity: boolean;
  /** −H·g, new. */
  direction(gradient: Vector): Vector;
  /**
   * Takes in a pair, ⟨s, y⟩ > 0, that belongs to the latest direction p.
   *
   * @param length - α of s = αp.
   * @param gradient - g at the start of the step.
   */
  update(pair: SecantPair, length: number, gradient: Vector): void;
  /** H = I again. */
  forget(): void;
  state(): State;
  restore(state: State): void;
}

/** H₀ = ⟨s, y⟩/⟨y, y⟩ of the newest pair, updated by all pairs that are kept. */
export function limitedMemory(memory: number): InverseHessian {
  let pairs: SecantPair[] = [];
  return {
    get isIdentity() {
      return pairs.length === 0;
    },
    direction(gradient) {
      const p = gradient.map((x) => -x) as Vector;
      const newest = pairs.at(-1);
      if (newest) twoLoop(pairs, (q) => scale(newest.sy / dot(newest.y, newest.y), q), p);
      return p;
    },
    update(pair) {
      pairs = [...pairs, pair].slice(-memory);
    },
    forget() {
      pairs = [];
    },
    state: () => ({
      scalars: { pairs: pairs.length },
      vectors: Object.fromEntries(
        pairs.flatMap(({ s, y }, i) => [
          [`s${i}`, s],
          [`y${i}`, y],
        ]),
      ),
    }),
    restore({ scalars, vectors }) {
      pairs = Array.from({ length: scalars.pairs }, (_, i) => {
        const [s, y] = [vectors[`s${i}`], vectors[`y${i}`]];
        return { s, y, sy: dot(s, y) };
      });
    },
  };
}
