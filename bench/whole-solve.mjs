/** A Gauss–Newton trust region whose solves are ended by neither rule nor boundary before their products are spent. */
import { norms, trustRegion } from "quadric";

export function wholeSolve(maxProducts) {
  const norm = norms.rmsprop();
  return trustRegion({
    norm,
    curvature: "gauss-newton",
    subproblem: { maxProducts, tolerance: 1e-30, stoppingRule: "residual" },
    radius: { initial: 1e9, max: 1e9 },
    sampling: { curvatureFraction: 1 },
  });
}
