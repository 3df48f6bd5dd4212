/**
 * B3: u_t = ¼u_xx on x, t ∈ (0,1), u(x,0) = sin πx, u = 0 at x = 0 and 1; u* = e^(−π²t/4) sin πx.
 *
 * 900 uniform points inside; 60 at the sides and 60 at t = 0 in one mean; root mean square error on 9,000 points.
 */
import { coordinates, equation, network, points } from "quadric/equations";
import { part } from "./fields.mjs";

const [x, t] = coordinates("x", "t");
const domain = { t: [0, 1], x: [0, 1] };
const initial = x.mul(Math.PI).sin();
const exact = t
  .mul(-(Math.PI ** 2) / 4)
  .exp()
  .mul(initial);

export const heat = (hidden) => ({
  exact,
  solution: () => network([t, x], hidden, { initializer: "fanIn" }),
  terms: (u, share = 1) => [
    { residual: equation("u_t = u_xx/4", { u, x, t }), on: points.uniform(domain, part(900, share)) },
    // Half of one mean over 120.
    { residual: u, on: points.boundary(domain, part(60, share), { of: ["x"] }), weight: 0.5 },
    { residual: u.sub(initial), on: points.uniform({ t: 0, x: [0, 1] }, part(60, share)), weight: 0.5 },
  ],
  held: points.uniform(domain, 9000),
  rms: 0.317,
});
