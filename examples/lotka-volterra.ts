/**
 * Hares and lynx: the populations and the four rates of Lotka and Volterra's equations from noisy counts.
 *
 *   h′ = αh − βhl      l′ = δhl − γl
 *
 * α = 1, β = 0.5, δ = 0.25 and γ = 0.8 made the counts.
 */
import { gaussNewton } from "quadric";
import { coordinates, equation, network, points, solve, unknown } from "quadric/equations";
import { onnx } from "quadric/node";

const rates = { alpha: 1, beta: 0.5, delta: 0.25, gamma: 0.8 };
const slope = ([h, l]: number[]) => [rates.alpha * h - rates.beta * h * l, rates.delta * h * l - rates.gamma * l];

/** Counts at 21 times up to 10, by Runge and Kutta's method, off by about 2 %. */
const counts = { t: [0], hares: [4], lynx: [2] };
let state = [4, 2];
for (let k = 1; k <= 1000; k++) {
  const moved = (d: number[], h: number) => state.map((v, i) => v + h * d[i]);
  const a = slope(state);
  const b = slope(moved(a, 0.005));
  const c = slope(moved(b, 0.005));
  const d = slope(moved(c, 0.01));
  state = state.map((v, i) => v + (0.01 / 6) * (a[i] + 2 * b[i] + 2 * c[i] + d[i]));
  if (k % 50 !== 0) continue;
  counts.t.push(k / 100);
  counts.hares.push(state[0] * (1 + 0.02 * Math.sin(k * k)));
  counts.lynx.push(state[1] * (1 + 0.02 * Math.cos(3 * k * k)));
}

const [t, hares, lynx] = coordinates("t", "hares", "lynx");
const [h, l] = network([t.div(5).sub(1)], [12, 12], { outputs: 2 }).map((n) => n.exp());
const [alpha, beta, delta, gamma] = [unknown(1), unknown(1), unknown(1), unknown(1)];
const data = points.at(counts);
const times = points.grid({ t: [0, 10] }, 100);

const solution = await solve(
  [
    { residual: [h.sub(hares), l.sub(lynx)], on: data },
    { residual: equation("h_t = alpha*h - beta*h*l", { h, l, t, alpha, beta }), on: times },
    { residual: equation("l_t = delta*h*l - gamma*l", { h, l, t, delta, gamma }), on: times },
  ],
  { method: gaussNewton(), backend: onnx(), maxIterations: 60 },
);
const found = Object.entries({ alpha, beta, delta, gamma }).map(
  ([name, rate]) => `${name} = ${solution.valueOf(rate).toFixed(3)}`,
);
console.log(`${found.join(", ")} after ${solution.iterations} steps`);
