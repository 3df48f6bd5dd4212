/** What the problems share: initial weights that `network` has no name for, and sums of fields. */

/** Normal with the variance of Glorot and Bengio; biases of 0. */
export const glorotNormal = (random, fanIn, fanOut, isBias) =>
  isBias ? 0 : random.normal() * Math.sqrt(2 / (fanIn + fanOut));

/** N(0, deviation²), biases too. */
export const normal = (deviation) => (random) => deviation * random.normal();

export const sum = (fields) => fields.reduce((a, b) => a.add(b));

/** A count of points, or the part of it that a short run takes. */
export const part = (count, share) => Math.max(8, Math.round(count * share));
