/**
 * Values of a network of quadric/equations at many points, from the vector of its unknowns:
 *
 *   Y₀ = (x, …)   Yₗ = tanh(Yₗ₋₁Wₗ + bₗ)   the last layer linear, to one number
 *
 * A row of Y is a point.
 *
 * @param hidden - units of the hidden layers.
 * @param w - W₁ row by row, b₁, W₂, …
 * @param columns - one for each input.
 */
export function forward(
  hidden: readonly number[],
  w: ArrayLike<number>,
  columns: readonly Float64Array[],
): Float64Array {
  const sizes = [columns.length, ...hidden, 1];
  const points = columns[0].length;
  let y = Float64Array.from({ length: points * columns.length }, (_, k) => {
    return columns[k % columns.length][Math.floor(k / columns.length)];
  });
  let weights = 0;
  for (let l = 1; l < sizes.length; l++) {
    const [fanIn, fanOut] = [sizes[l - 1], sizes[l]];
    const biases = weights + fanIn * fanOut;
    const next = new Float64Array(points * fanOut);
    for (let point = 0; point < points; point++) {
      for (let j = 0; j < fanOut; j++) {
        let sum = w[biases + j];
        for (let i = 0; i < fanIn; i++) sum += y[point * fanIn + i] * w[weights + i * fanOut + j];
        next[point * fanOut + j] = l < sizes.length - 1 ? Math.tanh(sum) : sum;
      }
    }
    y = next;
    weights = biases + fanOut;
  }
  return y;
}
