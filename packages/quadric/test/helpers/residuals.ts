/** Residuals as losses of jax-js. */
import { numpy as np } from "@jax-js/jax";

/** [10(y − x²), 1 − x]. */
export const rosenbrock = (p: np.Array): np.Array => {
  const [x, y] = [p.ref.slice([0, 1]), p.slice([1, 2])];
  return np.concatenate([y.sub(np.square(x.ref)).mul(10), x.neg().add(1)], 0);
};

/** Where `decay` has its samples. */
export const times: Float64Array = Float64Array.from({ length: 40 }, (_, i) => i / 10);

/** Those of a·e^{−kt} + c on forty samples of 2e^{−0.7t} + 0.3. */
export const decay = ([a, k, c]: np.Array[]): np.Array => {
  const t = np.array(times, { shape: [40], dtype: np.float64 });
  const y = np.array(
    times.map((t) => 2 * Math.exp(-0.7 * t) + 0.3),
    { shape: [40], dtype: np.float64 },
  );
  return a
    .mul(np.exp(k.neg().mul(t)))
    .add(c)
    .sub(y);
};
