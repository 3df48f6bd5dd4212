/**
 * Distance over gradients [Ivgi2023]: the rate of SGD is the distance from the start over the root of all squared gradients,
 *
 *   x ← x − (r̄/√G)·g     G ← G + ‖g‖²     r̄ ← max(r̄, ‖x − x₀‖)     r̄₀ = 1e-6·(1 + ‖x₀‖)     G₀ = 1e-8
 *
 * for the parameters as a whole, or for each tensor by itself (L-DoG). Evaluated is the average of the iterates with weights
 * of polynomial decay, γ = 8.
 */
import { rival } from "./rival.mjs";

const decay = 8;

const distanceOverGradients = (name, partsOf) =>
  rival(name, ({ layout }, start) => {
    const x = start.slice();
    const mean = start.slice();
    const parts = partsOf(layout).map(({ offset, size }) => {
      let squares = 0;
      for (let i = offset; i < offset + size; i++) squares += start[i] * start[i];
      return { offset, end: offset + size, distance: 1e-6 * (1 + Math.sqrt(squares)), sum: 1e-8 };
    });
    let t = 0;
    return {
      at: x,
      found: mean,
      update(g) {
        const c = (decay + 1) / (++t + decay);
        for (const part of parts) {
          const { offset, end } = part;
          for (let i = offset; i < end; i++) part.sum += g[i] * g[i];
          const rate = part.distance / Math.sqrt(part.sum);
          let squares = 0;
          for (let i = offset; i < end; i++) {
            x[i] -= rate * g[i];
            mean[i] += c * (x[i] - mean[i]);
            squares += (x[i] - start[i]) ** 2;
          }
          part.distance = Math.max(part.distance, Math.sqrt(squares));
        }
      },
    };
  });

export const dog = () => distanceOverGradients("dog", ({ size }) => [{ offset: 0, size }]);
export const ldog = () => distanceOverGradients("ldog", ({ tensors }) => tensors);
