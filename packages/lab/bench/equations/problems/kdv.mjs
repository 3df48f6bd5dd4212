/**
 * Korteweg and de Vries, two solitons: u_t + 6uu_x + u_xxx = 0 on x ∈ [0, 20], t ∈ [0, 5]; c = (6, 2), starts at −2 and 2.
 *
 * u = u₀ + r + t·x(x − 20)·N/20 holds the initial condition and the values at both ends; N of [t/5, x/20], 2-30-30-30-1, 1,981 parameters.
 * 15,000 uniform points, redrawn by residual, 1,000 for u_x at x = 20 with weight 5; relative error on 201 × 51 points.
 */
import { coordinates, derivative, equation, network, points } from "quadric/equations";
import { glorotNormal, part } from "../shared/fields.mjs";

const [x, t] = coordinates("x", "t");
const [c1, c2, end] = [6, 2, 20];
const [a, b] = [Math.sqrt(c1), Math.sqrt(c2)];
const [p, q] = [x.sub(t.mul(c1)).add(2), x.sub(t.mul(c2)).sub(2)];
const exact = equation(
  "2*(c1 - c2)*(c1*cosh(b*q/2)^2 + c2*sinh(a*p/2)^2)/((a - b)*cosh((a*p + b*q)/2) + (a + b)*cosh((a*p - b*q)/2))^2",
  { a, b, c1, c2, p, q },
);
const start = exact.at({ t: 0 });
const differs = exact.sub(start);

export default {
  exact,
  solution() {
    const n = network([t.div(5), x.div(20)], [30, 30, 30], { initializer: glorotNormal });
    const left = differs.at({ x: 0 });
    const right = differs.at({ x: end });
    return equation("start + ((end - x)*left + x*right)/end + t*x*(x - end)*n/end", {
      start,
      end,
      left,
      right,
      x,
      t,
      n,
    });
  },
  terms: (u, share = 1) => [
    {
      residual: equation("u_t + 6*u*u_x + u_xxx", { u, x, t }),
      on: points.uniform({ x: [0, end], t: [0, 5] }, part(15_000, share)),
    },
    {
      residual: derivative(u, x).sub(derivative(exact, x)),
      on: points.uniform({ x: end, t: [0, 5] }, part(1000, share)),
      weight: 5,
    },
  ],
  redraw: { adaptive: true, from: 0.1 },
  held: points.grid({ x: [0, end], t: [0, 5] }, { x: 201, t: 51 }),
};
