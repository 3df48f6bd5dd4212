/**
 * B6c: Burgers' equation with ν = 0.01, three times more viscous than B6a: N of [cos πx, sin πx, t], 3-20-20-20-20-1, 1,361 parameters (1,365
 * where published: a scale for each hidden layer).
 *
 * 2¹² points inside with weight 0.01 and 2¹¹ at t = 0, an eighth of the published numbers; relative error on 101 × 51 points.
 */
import { coordinates, equation, network, periodic, points } from "quadric/equations";
import { coleHopf } from "../shared/cole-hopf.mjs";
import { glorotNormal, part } from "../shared/fields.mjs";

const [x, t] = coordinates("x", "t");
const domain = { x: [-1, 1], t: [0, 1] };

export default {
  exact: coleHopf(0.01),
  solution: () => network([...periodic(x, 2), t], [20, 20, 20, 20], { initializer: glorotNormal }),
  terms: (u, share = 1) => [
    {
      residual: equation("u_t + u*u_x = 0.01*u_xx", { u, x, t }),
      on: points.uniform(domain, part(4096, share)),
      weight: 0.01,
    },
    { residual: equation("u + sin(pi*x)", { u, x }), on: points.uniform({ x: [-1, 1], t: 0 }, part(2048, share)) },
  ],
  redraw: { from: 0.3 },
  held: points.grid(domain, { x: 101, t: 51 }),
};
