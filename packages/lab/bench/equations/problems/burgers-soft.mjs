/**
 * B6a: u_t + u u_x = ν u_xx, x ∈ [−1,1], t ∈ [0,1], u(x,0) = −sin πx, u(±1,t) = 0, ν = 0.01/π; network 2-20-20-20-20-1, 1,341 parameters.
 *
 * Latin hypercube, weight 5 on both conditions; relative error on 101 × 51 points. Published with 50,000 points inside
 * and 2,000 for each condition, here 10,000 and 400: a Jacobian of 54,000 rows takes 8 s of one core.
 */
import { coordinates, equation, network, points } from "quadric/equations";
import { coleHopf } from "../shared/cole-hopf.mjs";
import { glorotNormal, part } from "../shared/fields.mjs";

const [x, t] = coordinates("x", "t");
const domain = { x: [-1, 1], t: [0, 1] };

export default {
  exact: coleHopf(0.01 / Math.PI),
  solution: () => network([x, t], [20, 20, 20, 20], { initializer: glorotNormal }),
  terms: (u, share = 1) => [
    {
      residual: equation("u_t + u*u_x = 0.01/pi*u_xx", { u, x, t }),
      on: points.latinHypercube(domain, part(10_000, share)),
    },
    {
      residual: equation("u + sin(pi*x)", { u, x }),
      on: points.latinHypercube({ x: [-1, 1], t: 0 }, part(400, share)),
      weight: 5,
    },
    { residual: u, on: points.boundary(domain, part(400, share), { of: ["x"] }), weight: 5 },
  ],
  redraw: { adaptive: true, from: 0.1 },
  held: points.grid(domain, { x: 101, t: 51 }),
};
