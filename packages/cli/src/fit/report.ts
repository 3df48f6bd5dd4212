/**
 * A fit in words: a table of value ± error, how well the curve describes the data, and what to know before it is
 * trusted.
 */
import type { CurveFitResult, Formula } from "quadric";
import { digits } from "../format.ts";
import type { FitData } from "./columns.ts";
import { uncertain } from "./uncertain.ts";

export interface FitReport {
  readonly data: FitData;
  readonly path: string;
  readonly result: CurveFitResult<Readonly<Record<string, number>>>;
  readonly fixed: readonly string[];
  readonly absoluteSigma: boolean;
}

/** 1 − Σ(y − f)²/Σ(y − ȳ)², the sums weighted by 1/σ² if σ is given. */
export function rSquared({ y, sigma }: Pick<FitData, "y" | "sigma">, chiSquared: number): number {
  const weight = (i: number) => (sigma ? sigma[i] ** -2 : 1);
  let [sum, weights] = [0, 0];
  for (let i = 0; i < y.length; i++) [sum, weights] = [sum + weight(i) * y[i], weights + weight(i)];
  const mean = sum / weights;
  let total = 0;
  for (let i = 0; i < y.length; i++) total += weight(i) * (y[i] - mean) ** 2;
  return 1 - chiSquared / total;
}

/** Whether the numbers can be used: the fit has converged, and the data determine every parameter. */
export function isRight({ status, notes }: FitReport["result"]): boolean {
  return status === "converged" && notes.every(({ kind }) => kind !== "undetermined");
}

export function fitText({ data, path, result, fixed, absoluteSigma }: FitReport): string {
  const { model, names, y } = data;
  const { parameters, standardErrors, chiSquared, reducedChiSquared, degreesOfFreedom, notes, status, message } =
    result;
  const rows = model.parameters.map((name) => {
    const [value, error] = [parameters[name], standardErrors[name]];
    const { value: shown, error: uncertainty } = uncertain(value, error);
    const relative = uncertainty && value !== 0 ? `${digits((100 * error) / Math.abs(value), 2)} %` : "";
    return [name, shown, uncertainty === "" ? reasonOf(error, fixed.includes(name)) : `± ${uncertainty}`, relative];
  });
  const head = ["parameter", "value", "standard error", "relative"];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const row = (cells: readonly string[]) =>
    `  ${cells.map((cell, i) => (i === 1 || i === 3 ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join("   ")}`.trimEnd();
  return [
    `${titleOf(model, names.y)}`,
    `${y.length} points of ${path} (${data.reading}): ${names.y} over ${names.x.join(", ")}${names.sigma ? `, σ from ${names.sigma}` : ""}`,
    "",
    row(head),
    ...rows.map(row),
    "",
    `χ² ${digits(chiSquared, 5)}, χ²/dof ${digits(reducedChiSquared, 4)} with ${degreesOfFreedom} degrees of freedom${shareText(rSquared(data, chiSquared))}`,
    absoluteSigma ? "errors from σ as it is" : "errors scaled by the scatter of the data",
    `${status}: ${message}`,
    ...startsText(result),
    ...(absoluteSigma ? scatterNotes(reducedChiSquared) : []),
    ...notes.map((note) => `! ${note.message}`),
    ...data.notes.map((note) => `! ${note}`),
    "",
  ].join("\n");
}

export const titleOf = (model: Formula, y: string): string => `${model.result ?? y} = ${model.text}`;

/** Of constant data there is no share to be explained. */
const shareText = (share: number): string => (Number.isFinite(share) ? `, R² ${digits(share, 5)}` : "");

function startsText({ starts }: FitReport["result"]): string[] {
  if (!starts) return [];
  const { tried, agreeing } = starts;
  const which = agreeing === tried ? `all ${tried} fits from them` : `${agreeing} of ${tried} fits from them`;
  return [
    `start values guessed; ${which} ended here${agreeing < tried ? ", the others with a larger sum of squares" : ""}`,
  ];
}

function reasonOf(error: number, isFixed: boolean): string {
  if (isFixed) return "fixed";
  if (Number.isNaN(error)) return "at its bound";
  return error === Infinity ? "undetermined" : "";
}

/** What χ²/dof says of σ, far from 1. */
function scatterNotes(reduced: number): string[] {
  if (reduced > 2) return ["! The data scatter more than σ allows: the formula lacks something, or σ is too small."];
  return reduced < 0.3 ? ["! The data scatter less than σ says: σ is too large."] : [];
}
