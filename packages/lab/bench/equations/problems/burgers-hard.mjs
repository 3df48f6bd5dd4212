/**
 * B6b: Burgers' equation as B6a with the initial condition built in, u = −sin πx + t·N, and N of [t, cos πx, sin πx]: 3-20-20-20-1,
 * 941 parameters. 10,000 uniform points, redrawn by residual; relative error on 101 × 51 points.
 */
import { coordinates, equation, network, periodic, points } from "quadric/equations";
import { coleHopf } from "../shared/cole-hopf.mjs";
import { glorotNormal, part } from "../shared/fields.mjs";

const [x, t] = coordinates("x", "t");
const domain = { x: [-1, 1], t: [0, 1] };

export default {
  exact: coleHopf(0.01 / Math.PI),
  solution() {
    const n = network([t, ...periodic(x, 2)], [20, 20, 20], { initializer: glorotNormal });
    return t.mul(n).sub(x.mul(Math.PI).sin());
  },
  terms: (u, share = 1) => [
    { residual: equation("u_t + u*u_x = 0.01/pi*u_xx", { u, x, t }), on: points.uniform(domain, part(10_000, share)) },
  ],
  redraw: { every: 10, adaptive: true, from: 0.4 },
  held: points.grid(domain, { x: 101, t: 51 }),
};
