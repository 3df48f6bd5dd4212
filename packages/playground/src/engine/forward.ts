/**
 * Values of a network of quadric/equations at many points, from the vector of its unknowns:
 *
 *   y₀ = (x, …)   yₗ = tanh(yₗ₋₁Wₗ + bₗ)   the last layer linear, to one number
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
  return columns[0].map((_, point) => {
    let y = columns.map((column) => column[point]);
    let offset = 0;
    for (let l = 1; l < sizes.length; l++) {
      const [fanIn, fanOut] = [sizes[l - 1], sizes[l]];
      const biases = offset + fanIn * fanOut;
      y = Array.from({ length: fanOut }, (_, j) => {
        let sum = w[biases + j];
        for (let i = 0; i < fanIn; i++) sum += y[i] * w[offset + i * fanOut + j];
        return l < sizes.length - 1 ? Math.tanh(sum) : sum;
      });
      offset = biases + fanOut;
    }
    return y[0];
  });
}
