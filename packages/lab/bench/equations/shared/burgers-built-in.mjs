/**
 * B6b: Burgers' equation as B6a with the initial condition built in, u = −sin πx + t·N, and N of [t, cos πx, sin πx].
 *
 * 10,000 uniform points, redrawn by residual; relative error on 101 × 51 points.
 */
import { coordinates, equation, network, periodic, points } from "quadric/equations";
import { coleHopf } from "./cole-hopf.mjs";
import { glorotNormal, part } from "./fields.mjs";

const [x, t] = coordinates("x", "t");
const domain = { x: [-1, 1], t: [0, 1] };

export const burgersBuiltIn = (hidden) => ({
  exact: coleHopf(0.01 / Math.PI),
  solution() {
    const n = network([t, ...periodic(x, 2)], hidden, { initializer: glorotNormal });
    return t.mul(n).sub(x.mul(Math.PI).sin());
  },
  terms: (u, share = 1) => [
    { residual: equation("u_t + u*u_x = 0.01/pi*u_xx", { u, x, t }), on: points.uniform(domain, part(10_000, share)) },
  ],
  redraw: { adaptive: true, from: 0.1 },
  held: points.grid(domain, { x: 101, t: 51 }),
});
