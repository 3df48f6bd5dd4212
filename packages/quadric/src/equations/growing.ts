/**
 * Whether points say what others do, and how many are enough:
 *
 *   f₊(w) > 1.5 f(w)
 *
 * f the loss at the points that a run works on, f₊ at as many others. Where that holds the others take their place; where it holds
 * three times in a row there are twice as many from then on.
 */

export interface Growing {
  /** Of all points. */
  readonly share: number;
  /** Whether the others should take the place of the points, from the losses at both; share may have grown. */
  isOutdated(loss: number, other: number): boolean;
}

const [tolerated, patience] = [1.5, 3];

export function growing(from: number): Growing {
  let share = from;
  let inRow = 0;
  return {
    get share() {
      return share;
    },
    isOutdated(loss, other) {
      if (!(other > tolerated * loss)) {
        inRow = 0;
        return false;
      }
      inRow++;
      if (inRow === patience) [share, inRow] = [Math.min(1, 2 * share), 0];
      return true;
    },
  };
}
