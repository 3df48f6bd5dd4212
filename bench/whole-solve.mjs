/** A Gauss–Newton trust region whose solves are ended by neither rule nor boundary before their products are spent. */
import { norms, trustRegion } from "quadric";

export function wholeSolve(maxProducts) {
  const norm = norms.rmsprop();
  const endless = { radius: 1e9, maxRadius: 1e9, tolerance: 1e-30, stoppingRule: "residual" };
  return trustRegion({ norm, curvature: "gauss-newton", curvatureFraction: 1, maxProducts, ...endless });
}
