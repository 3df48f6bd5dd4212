/**
 * B8: u_t = 1e-4 u_xx + 5(u − u³) on [−1,1] periodic, u(x,0) = x² cos πx; network 3-30-30-30-1 of [t, cos πx, sin πx], 2,011 parameters.
 *
 * 15,000 uniform points, redrawn by residual, mean r² + 10 mean ic², the latter on 512 points; relative error on 128 × 51 points
 * of a reference by Fourier modes. Known to fall into wrong solutions.
 */
import { coordinates, equation, network, periodic, points } from "quadric/equations";
import { allenCahn } from "../shared/allen-cahn-reference.mjs";
import { glorotNormal, part } from "../shared/fields.mjs";

const [x, t] = coordinates("x", "t");
let reference;

export default {
  exact(point) {
    reference ??= allenCahn();
    const { at, rows } = reference;
    return rows[Math.round(point.t * (rows.length - 1))][Math.round(((point.x + 1) / 2) * at.length) % at.length];
  },
  solution: () => network([t, ...periodic(x, 2)], [30, 30, 30], { initializer: glorotNormal }),
  terms: (u, share = 1) => [
    {
      residual: equation("u_t = 1e-4*u_xx + 5*(u - u^3)", { u, x, t }),
      on: points.uniform({ x: [-1, 1], t: [0, 1] }, part(15_000, share)),
    },
    {
      residual: equation("u - x^2*cos(pi*x)", { u, x }),
      on: points.grid({ x: [-1, 1 - 2 / 512], t: 0 }, 512),
      weight: 10,
    },
  ],
  redraw: { adaptive: true, from: 0.05 },
  held: points.grid({ x: [-1, 1 - 2 / 128], t: [0, 1] }, { x: 128, t: 51 }),
};
