/**
 * Folds of the training examples, and the weights that make a fold: a network trains where its weights are, and stops by
 * the loss of those where they are not.
 *
 *   w_i = v_i·n / Σ_{k ∉ F} v_k  for i ∉ F, else 0       v_i the weight of example i
 *
 * so that the mean of n weighted losses is that of the examples outside the fold F.
 */
import { makeDraws } from "../statistics.ts";

/** The fold of each example: at random, class by class if the targets are classes; sizes differ by one at most. */
export function foldsOf(targets: ArrayLike<number>, areClasses: boolean, count: number, seed: number): Int32Array {
  const draw = makeDraws(seed + 1);
  const order = Array.from({ length: targets.length }, (_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    const j = draw(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  if (areClasses) order.sort((a, b) => targets[a] - targets[b]);
  const folds = new Int32Array(targets.length);
  order.forEach((example, place) => {
    folds[example] = place % count;
  });
  return folds;
}

/** Weights of mean 1 where `has` holds, 0 elsewhere. */
export function weightsOf(weights: Float64Array, has: (example: number) => boolean): Float32Array {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) if (has(i)) sum += weights[i];
  return Float32Array.from(weights, (weight, i) => (has(i) ? (weight * weights.length) / sum : 0));
}

/** Weights that give each class the same sum. */
export function balanced(targets: ArrayLike<number>, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (let i = 0; i < targets.length; i++) counts[targets[i]]++;
  return Float64Array.from({ length: targets.length }, (_, i) => targets.length / classes / counts[targets[i]]);
}
