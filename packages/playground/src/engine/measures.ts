/** How good predictions are. */

/** The class of the largest of each `count` outputs. */
export function classesOf(outputs: ArrayLike<number>, count: number): Float32Array {
  return Float32Array.from({ length: outputs.length / count }, (_, i) => {
    let best = 0;
    for (let c = 1; c < count; c++) if (outputs[i * count + c] > outputs[i * count + best]) best = c;
    return best;
  });
}

/** Share of predictions that are right. */
export function accuracy(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  let right = 0;
  for (let i = 0; i < truth.length; i++) if (predicted[i] === truth[i]) right++;
  return right / truth.length;
}

export function rootMeanSquare(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < truth.length; i++) sum += (predicted[i] - truth[i]) ** 2;
  return Math.sqrt(sum / truth.length);
}
