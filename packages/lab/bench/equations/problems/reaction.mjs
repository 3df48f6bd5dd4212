/** B7: u_t = 5u(1 − u) on [0, 2π] periodic, u(x,0) = h = exp(−½((x−π)/(π/4))²); u* = he^(5t)/(he^(5t) + 1 − h). */
import { equation } from "quadric/equations";
import { landscape, t, x } from "../shared/landscape.mjs";

const h = equation("exp(-((x - pi)/(pi/4))^2/2)", { x });
const grown = h.mul(t.mul(5).exp());

export default landscape(2 * Math.PI, {
  exact: grown.div(grown.add(1).sub(h)),
  equation: (u) => equation("u_t = 5*u*(1 - u)", { u, t }),
  initial: (u) => [u.sub(h)],
  sides: (u, X) => [u.at({ x: 0 }).sub(u.at({ x: X }))],
});
