/** B7: u_t + 40u_x = 0 on [0, 2π] periodic, u(x,0) = sin x; u* = sin(x − 40t). */
import { equation } from "quadric/equations";
import { landscape, t, x } from "../shared/landscape.mjs";

export default landscape(2 * Math.PI, {
  exact: x.sub(t.mul(40)).sin(),
  equation: (u) => equation("u_t + 40*u_x", { u, x, t }),
  initial: (u) => [u.sub(x.sin())],
  sides: (u, X) => [u.at({ x: 0 }).sub(u.at({ x: X }))],
});
