/**
 * Mechanic over Adam [Cutkosky2023]: Adam at rate 1 makes steps u, and six bettors with memories β_i = 1 − 0.1^i find by how
 * much to scale their sum Δ:
 *
 *   h = ⟨g + λ(Σs)‖g‖x/‖x‖, Δ⁻⟩     Δ ← Δ⁻ + u     m ← max(βm, |h|)     v ← β²v + h²     r ← max(0, βr + hs)
 *   s = (s₀m/6 + r)/√v     x ← x₀ − (Σs)Δ
 *
 * h clipped to ±m of before. s₀ = 1e-6, λ = 0.01, ε = 1e-8: its authors' one setting.
 */
import { dot } from "../../../quadric/dist/vector/kernels.js";
import { rival } from "./rival.mjs";

const [beta1, beta2, epsilon, s0, lambda] = [0.9, 0.999, 1e-8, 1e-6, 0.01];
const betas = Array.from({ length: 6 }, (_, i) => 1 - 0.1 ** (i + 1));

export const mechanic = () =>
  rival("mechanic", (_, start) => {
    const x = start.slice();
    const [first, second, sum] = [0, 1, 2].map(() => start.slice().fill(0));
    const bettors = betas.map((beta) => ({ beta, m: 0, v: 0, r: 0, s: 0 }));
    let t = 0;
    return {
      at: x,
      found: x,
      update(g) {
        t++;
        const scale = bettors.reduce((total, { s }) => total + s, 0);
        const ratio = Math.sqrt(dot(g, g) / (dot(x, x) + epsilon));
        let h = 0;
        const [c1, c2] = [1 - beta1 ** t, 1 - beta2 ** t];
        for (let i = 0; i < x.length; i++) {
          h += (g[i] + lambda * scale * ratio * x[i]) * sum[i];
          first[i] = beta1 * first[i] + (1 - beta1) * g[i];
          second[i] = beta2 * second[i] + (1 - beta2) * g[i] * g[i];
          sum[i] += first[i] / c1 / (Math.sqrt(second[i] / c2) + epsilon);
        }
        let total = 0;
        for (const bettor of bettors) {
          const { beta, m, s } = bettor;
          const clipped = m > 0 ? Math.max(-m, Math.min(m, h)) : h;
          bettor.m = Math.max(beta * m, Math.abs(h) + epsilon);
          bettor.v = beta * beta * bettor.v + h * h;
          bettor.r = Math.max(0, beta * bettor.r + clipped * s);
          bettor.s = ((s0 / betas.length) * bettor.m + bettor.r) / (Math.sqrt(bettor.v) + epsilon);
          total += bettor.s;
        }
        for (let i = 0; i < x.length; i++) x[i] = start[i] - total * sum[i];
      },
    };
  });
