/** What a fit says of its formula, in sentences that follow its numbers. */
import { show } from "../charts/scale.ts";
import type { CurveReport } from "../engine/curve.ts";

/** Whether the residuals are as large as they should be, and which parameter is known worst. */
export function curveCaption(report: CurveReport): string {
  return `${ofResiduals(report)} ${ofParameters(report)}`;
}

function ofResiduals({ bars, chiSquared, degreesOfFreedom, rSquared }: CurveReport): string {
  if (degreesOfFreedom === 0) return "As many parameters as rows: the curve passes through all of them.";
  if (bars.length === 0) {
    const explained = Math.floor(1000 * rSquared) / 10;
    return `The curve explains ${explained} % of the variance; the scatter of the residuals gives the errors.`;
  }
  const ratio = Math.sqrt(chiSquared / degreesOfFreedom);
  if (ratio > 1.4)
    return `The residuals are ${show(ratio)} times as large as the standard errors of y: the formula misses something.`;
  if (ratio < 0.6) return "The residuals are smaller than the standard errors of y say: these are too large.";
  return "The residuals are as large as the standard errors of y say: the formula describes the data.";
}

function ofParameters({ parameters }: CurveReport): string {
  const relative = ({ value, error }: CurveReport["parameters"][number]) => error / Math.abs(value);
  const known = parameters.filter(({ error }) => !Number.isNaN(error));
  if (known.length === 0) return "";
  const worst = known.reduce((a, b) => (relative(b) > relative(a) ? b : a));
  const percent = 100 * relative(worst);
  if (percent === Infinity) return `The data do not determine ${worst.name}.`;
  if (percent > 100) return `The data hardly determine ${worst.name}: its error is larger than its value.`;
  return `Least certain is ${worst.name}, to ${show(Number(percent.toPrecision(2)))} %.`;
}
