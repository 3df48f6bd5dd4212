/**
 * What there is to draw of a fit: the curve over its one variable, or, if there are more, the data over what the curve
 * says of them.
 */
import { extent } from "../charts/scale.ts";
import type { CurvePoint, FitPoint } from "./picture.ts";
import type { FitReport } from "./report.ts";

export interface FittedCurve {
  readonly points: readonly FitPoint[];
  readonly curve: readonly CurvePoint[];
  readonly xLabel: string;
  readonly yLabel: string;
}

const steps = 240;
/** Points beyond which the data leave no bend between two steps. */
const most = 2000;

export function curveOf({ data, result }: Pick<FitReport, "data" | "result">): FittedCurve {
  const { x, y, sigma, names } = data;
  const variables = Object.keys(x);
  const fitted = y.map((value, i) => value + result.residuals[i]);
  const isPlane = variables.length === 1;
  const xs = isPlane ? x[variables[0]] : fitted;
  const points = Array.from(y, (value, i) => ({
    x: xs[i],
    y: value,
    residual: value - fitted[i],
    ...(sigma && { sigma: sigma[i] }),
  }));
  const [low, high] = extent(Array.from(xs));
  const even = Array.from({ length: steps + 1 }, (_, k) => low + ((high - low) * k) / steps);
  // Also where the data are, since they may lie close together where the curve bends.
  const at = Float64Array.from(new Set([...even, ...(xs.length <= most ? xs : [])])).sort();
  if (!isPlane) {
    const curve = Array.from(at, (x) => ({ x, y: x, low: Number.NaN, high: Number.NaN }));
    return { points, curve, xLabel: `${names.y} by the formula`, yLabel: names.y };
  }
  const { values, lower, upper } = result.predict({ [variables[0]]: at }, { band: "confidence" });
  const curve = Array.from(at, (x, k) => ({ x, y: values[k], low: lower[k], high: upper[k] }));
  return { points, curve, xLabel: names.x[0], yLabel: names.y };
}
