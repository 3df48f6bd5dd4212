/** `quadric fit`: a formula and a table in; parameters with their errors, and pictures, out. */
import type { Command } from "@commander-js/extra-typings";
import { ConfigError, curveFit } from "quadric";
import { writeFileAtomic } from "quadric/node";
import { terminalPlot } from "../charts/terminal-plot.ts";
import { type FitData, fitData } from "../fit/columns.ts";
import { assignments, type Bounds, inequalities, requireParameters, type Values } from "../fit/conditions.ts";
import { curveOf, type FittedCurve } from "../fit/curve.ts";
import { readColumns } from "../fit/read-columns.ts";
import { type FitReport, fitText, isRight, rSquared, titleOf } from "../fit/report.ts";
import { groups, helpText } from "../help.ts";

import type { Io } from "../io.ts";
import { decimalMark, integer, oneOf, positive, yesOrNo } from "../values.ts";

const losses = ["linear", "soft-l1", "huber", "cauchy", "arctan"] as const;

interface FitFlags {
  readonly start?: Values;
  readonly fix?: Values;
  readonly bounds?: Bounds;
  readonly robust: (typeof losses)[number];
  readonly outlier?: number;
  readonly absoluteSigma?: true;
  readonly multistart?: number;
}

export function addFitCommand(program: Command, io: Io): void {
  program
    .command("fit")
    .helpGroup(groups.fit)
    .description("Fit a formula to a table: parameters with standard errors, and how far to trust them.")
    .argument("<formula>", 'such as "a*exp(-b*x) + c"; names that are columns are data, all others are parameters')
    .argument("<file>", "a table: CSV with any delimiter, or Parquet")
    .option("--x <column>", "what x stands for in the formula (default: the first column)")
    .option("--y <column>", "the column to be explained (default: y, or the next one)")
    .option("--sigma <column>", "the column of the standard errors of y (default: all alike)")
    .option("--start <values>", "start values such as a=1,b=0.1 (default: guessed)", assignments("--start"))
    .option("--bounds <list>", "bounds such as a>0,0<b<2", inequalities("--bounds"))
    .option("--fix <values>", "parameters that keep a value, such as c=0", assignments("--fix"))
    .option("--robust <loss>", `how much outliers count: ${losses.join(", ")}`, oneOf("--robust", losses), "linear")
    .option(
      "--outlier <size>",
      "with --robust: residuals of more than so many σ are outliers (default: 1)",
      positive("--outlier"),
    )
    .option("--absolute-sigma", "take σ as it is; by default the scatter of the data scales the errors")
    .option(
      "--multistart <n>",
      "starts to fit from (default: 10 if they are guessed, else 1)",
      integer("--multistart", 1),
    )
    .option("--plot <file>", "write the picture as SVG: data, curve, 95 % band, residuals", svgFile)
    .option("--header <yes|no>", "whether the first line has names (default: guessed)", yesOrNo("--header"))
    .option("--decimal <mark>", "point or comma (default: guessed)", decimalMark)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      helpText(
        [
          ["quadric fit 'a*exp(-b*x) + c' data.csv", "values, errors, plot"],
          ["quadric fit 'a*x^b' data.csv --x mass --y rate --sigma error", "columns by name"],
          ["quadric fit 'a*x + b' data.csv --robust huber --plot fit.svg", "outliers; a picture"],
        ],
        "cli#fit",
      ),
    )
    .action(async (text, path, { x, y, sigma, plot, json, header, decimal, ...flags }) => {
      const data = fitData(text, await readColumns(path, { header, decimal }), { x, y, sigma });
      const report = { ...(await fit(data, flags)), path };
      const curve = curveOf(report);
      const title = titleOf(data.model, data.names.y);
      if (plot !== undefined) {
        const { points, curve: drawn, xLabel, yLabel } = curve;
        const description = `${points.length} points, ${summary(report)}.`;
        // Loaded when asked for, as in `report`.
        const [{ standaloneInBothColours }, { fitPicture }] = await Promise.all([
          import("../charts/pictures.ts"),
          import("../fit/picture.ts"),
        ]);
        const picture = fitPicture({ title, description, xLabel, yLabel, points, curve: drawn });
        writeFileAtomic(plot, standaloneInBothColours(picture));
      }
      if (json) io.out.write(`${JSON.stringify(jsonOf(report))}\n`);
      else io.out.write(`${fitText(report)}\n${plotText(io, curve)}`);
      io.exitCode = isRight(report.result) ? 0 : 1;
    });
}

function svgFile(path: string): string {
  if (/\.svg$/i.test(path)) return path;
  throw new ConfigError(`--plot: must be a file called .svg, got ${JSON.stringify(path)}.`);
}

async function fit(data: FitData, flags: FitFlags): Promise<Omit<FitReport, "path">> {
  const { model, x, y, sigma } = data;
  const { start = {}, fix = {}, bounds = {}, robust, outlier, absoluteSigma = false, multistart } = flags;
  for (const [flag, values] of Object.entries({ "--start": start, "--fix": fix, "--bounds": bounds })) {
    requireParameters(flag, values, model.parameters);
  }
  if (absoluteSigma && sigma === undefined) {
    throw new ConfigError("--absolute-sigma: needs a column of standard errors, got no --sigma.");
  }
  if (outlier !== undefined && robust === "linear") {
    throw new ConfigError('--outlier: needs a loss that knows outliers, got --robust "linear".');
  }
  const bad = sigma?.findIndex((value) => !(value > 0)) ?? -1;
  if (bad >= 0)
    throw new ConfigError(`--sigma: must be a column of numbers > 0, got ${sigma![bad]} in row ${bad + 1}.`);
  const free = model.parameters.length - Object.keys(fix).length;
  if (free === 0) throw new ConfigError("--fix: must leave a parameter to fit, got a value for every one.");
  if (y.length < free) {
    throw new ConfigError(`fit: ${free} parameters need at least as many points, got ${y.length}.`);
  }
  const result = await curveFit(model, x, y, {
    start: { ...start, ...fix },
    fixed: Object.keys(fix),
    bounds,
    loss: robust,
    ...(outlier !== undefined && { lossScale: outlier }),
    ...(sigma && { sigma }),
    absoluteSigma,
    ...(multistart !== undefined && { multistart: { count: multistart } }),
  });
  return { data, result, fixed: Object.keys(fix), absoluteSigma };
}

function summary({ result, data }: Omit<FitReport, "path">): string {
  const values = data.model.parameters.map((name) => `${name} = ${result.parameters[name].toPrecision(5)}`);
  return `${values.join(", ")}, R² ${rSquared(data, result.chiSquared).toPrecision(5)}`;
}

function plotText(io: Io, { points, curve, xLabel, yLabel }: FittedCurve): string {
  return terminalPlot({
    points: points.map(({ x, y }) => [x, y] as const),
    curve: curve.map(({ x, y }) => [x, y] as const),
    xLabel,
    yLabel,
    width: Math.min(100, Math.max(30, io.out.columns ?? 80)),
    paint: { points: io.out.colours.yellow, curve: io.out.colours.cyan },
  });
}

/** Its keys are a promise to other programs; what is not finite is null. */
function jsonOf({ data, path, result, fixed, absoluteSigma }: FitReport): object {
  const { model, names, y } = data;
  const { parameters, standardErrors, covariance, correlation, chiSquared, reducedChiSquared } = result;
  const { degreesOfFreedom, status, message, notes } = result;
  return {
    type: "fit",
    formula: model.text,
    data: { file: path, points: y.length, x: names.x, y: names.y, sigma: names.sigma ?? null },
    status,
    message,
    notes: notes.map(({ kind, parameters, message }) => ({ kind, parameters, message })),
    parameters: Object.fromEntries(
      model.parameters.map((name) => [
        name,
        { value: parameters[name], standardError: standardErrors[name], fixed: fixed.includes(name) },
      ]),
    ),
    names: model.parameters,
    covariance,
    correlation,
    chiSquared,
    reducedChiSquared,
    degreesOfFreedom,
    rSquared: rSquared(data, chiSquared),
    absoluteSigma,
    starts: result.starts ?? null,
  };
}
