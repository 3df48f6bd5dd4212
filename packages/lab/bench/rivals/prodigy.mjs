/**
 * Prodigy [Mishchenko2023]: Adam whose rate is an estimate d of the distance to the solution,
 *
 *   m ← β₁m + (1 − β₁)d·g     v ← β₂v + (1 − β₂)d²g²     a ← β₃a + (d²/d₀)·⟨g, x₀ − x⟩     s ← β₃s + (d²/d₀)·g
 *   d⁺ = max(d, a/‖s‖₁)     x ← x − d·m/(√v + d⁺ε)     d ← d⁺
 *
 * β₁ = 0.9, β₂ = 0.999, β₃ = √β₂, d₀ = 1e-6, ε = 1e-8: its authors' one setting, without a schedule.
 */
import { rival } from "./rival.mjs";

const [beta1, beta2, d0, epsilon] = [0.9, 0.999, 1e-6, 1e-8];
const beta3 = Math.sqrt(beta2);

export const prodigy = () =>
  rival("prodigy", (_, start) => {
    const x = start.slice();
    const [m, v, s] = [0, 1, 2].map(() => start.slice().fill(0));
    let [d, a] = [d0, 0];
    return {
      at: x,
      found: x,
      update(g) {
        let inner = 0;
        for (let i = 0; i < x.length; i++) inner += g[i] * (start[i] - x[i]);
        a = beta3 * a + ((d * d) / d0) * inner;
        let sum = 0;
        for (let i = 0; i < x.length; i++) {
          m[i] = beta1 * m[i] + (1 - beta1) * d * g[i];
          v[i] = beta2 * v[i] + (1 - beta2) * d * d * g[i] * g[i];
          s[i] = beta3 * s[i] + ((d * d) / d0) * g[i];
          sum += Math.abs(s[i]);
        }
        const before = d;
        if (sum > 0) d = Math.max(d, a / sum);
        for (let i = 0; i < x.length; i++) x[i] -= (before * m[i]) / (Math.sqrt(v[i]) + d * epsilon);
      },
    };
  });
