/** B7: u_tt = 4u_xx on [0, 1], u = 0 at the sides, u(x,0) = sin πx + ½ sin 5πx, u_t(x,0) = 0; u* = sin πx cos 2πt + ½ sin 5πx cos 10πt. */
import { derivative, equation } from "quadric/equations";
import { landscape, t, x } from "../shared/landscape.mjs";

export default landscape(1, {
  exact: equation("sin(pi*x)*cos(2*pi*t) + sin(5*pi*x)*cos(10*pi*t)/2", { x, t }),
  equation: (u) => equation("u_tt = 4*u_xx", { u, x, t }),
  initial: (u) => [equation("u - sin(pi*x) - sin(5*pi*x)/2", { u, x }), derivative(u, t)],
  sides: (u, X) => [u.at({ x: 0 }), u.at({ x: X })],
});
