/** What a committee is worth, in words. */
import type { TrainConfig } from "../config.ts";
import { digits, duration } from "../format.ts";
import type { Summary } from "../lines.ts";
import { printableLine } from "../printable.ts";
import type { Calibration } from "./calibration.ts";
import type { Judged, TableResult } from "./result.ts";
import { errorOf, type Scores } from "./scores.ts";
import type { Baselines } from "./trained.ts";

const share = (x: number): string => `${(100 * x).toFixed(1)} %`;

/** Names and texts of scores, in the order of a table. */
function cells(scores: Scores): readonly (readonly [string, string])[] {
  if ("rmse" in scores) {
    const { rmse, mae, r2 } = scores;
    return [
      ["RMSE", digits(rmse, 4)],
      ["MAE", digits(mae, 4)],
      ["R²", r2.toFixed(3)],
    ];
  }
  const { accuracy, balancedAccuracy, logLoss, calibrationError } = scores;
  return [
    ["accuracy", share(accuracy)],
    ["balanced", share(balancedAccuracy)],
    ["log loss", digits(logLoss, 3)],
    ["calibration error", share(calibrationError)],
  ];
}

/** Scores in a line. */
export const scoreText = (scores: Scores): string =>
  cells(scores)
    .map(([name, text]) => `${name} ${text}`)
    .join(", ");

/** How often intervals hold what they are to hold, or how often classes are right of which it was as sure. */
export function calibrationText(calibration: Calibration): string {
  if ("coverage" in calibration) {
    const told = calibration.coverage.filter(({ level }) => [0.5, 0.8, 0.9, 0.95].includes(level));
    const each = told.map(({ level, share: held }) => `${share(held)} in those of ${100 * level} %`);
    return `Targets inside the intervals: ${each.join(", ")}`;
  }
  const lines = calibration.bins.map(({ confidence, accuracy, rows }) => [
    share(confidence),
    share(accuracy),
    String(rows),
  ]);
  return `How sure, and how often right:\n${aligned([["mean probability", "right", "rows"], ...lines])}`;
}

const errorName = (scores: Scores): string => ("rmse" in scores ? "RMSE" : "log loss");

const isOfClasses = (scores: Scores): boolean => "logLoss" in scores;

/** The first output of a run: what there is to beat. */
export function describeBaselines({ folds }: TrainConfig, { constant, linear }: Baselines): string {
  const fit = isOfClasses(linear) ? "logistic regression" : "ridge regression";
  const naive = isOfClasses(constant) ? "the shares of the classes" : "the mean";
  return `to beat, on rows held out (${folds} parts): ${errorName(linear)} ${digits(errorOf(linear), 4)} of ${fit}, ${digits(errorOf(constant), 4)} of ${naive}`;
}

/** Columns padded to their widths, the first to the left, the others to the right. */
function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines[0].map((_, k) => Math.max(...lines.map((line) => line[k].length)));
  return lines
    .map(
      (line) => `  ${line.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]) : cell.padStart(widths[k]))).join("  ")}`,
    )
    .join("\n");
}

/** What judges: the test rows, or the rows held out in training if none were kept for testing. */
const judgeOf = ({ test, heldOut }: TableResult): Judged => test ?? heldOut;

/** How the network compares with the linear fit, whichever is better. */
export function comparison(table: TableResult): string {
  const { keepsLinear, heldOut } = table;
  const test = judgeOf(table);
  const fit = isOfClasses(test.linear) ? "logistic regression" : "ridge regression";
  if (keepsLinear) {
    return `On rows held out the networks were no better than ${fit}, so that is what is kept.`;
  }
  const name = errorName(test.network);
  const [own, other] = [errorOf(test.network), errorOf(test.linear)];
  const percent = share(Math.abs(1 - own / other));
  if (own > other) {
    return `On these rows ${fit} is better: the ${name} of the network is ${percent} above its own (${digits(errorOf(heldOut.network), 4)} against ${digits(errorOf(heldOut.linear), 4)} on the rows held out in training).`;
  }
  return `The ${name} of the network is ${percent} below that of ${fit}.`;
}

/** Classes whose confusion fits on a terminal. */
const mostClasses = 10;

function confusionText({ classes, confusion }: TableResult): string[] {
  if (!classes || !confusion || classes.length > mostClasses) return [];
  const short = (name: string) => (name.length > 12 ? `${name.slice(0, 11)}…` : name);
  const header = ["is \\ taken for", ...classes.map(short)];
  return [aligned([header, ...confusion.map((row, k) => [short(classes[k]), ...row.map(String)])])];
}

/** The scores on the test rows as a table, its head first. */
export function scoreRows(table: TableResult): string[][] {
  const { networks } = table;
  const test = judgeOf(table);
  const fit = isOfClasses(test.linear) ? "logistic regression" : "ridge regression";
  const naive = isOfClasses(test.constant) ? "shares of the classes" : "mean";
  return [
    [
      table.test
        ? `${test.rows} rows that nothing was trained on`
        : `${test.rows} rows, each by what was not trained on it`,
      ...cells(test.network).map(([name]) => name),
    ],
    [networks === 1 ? "network" : `mean of ${networks} networks`, ...cells(test.network).map(([, text]) => text)],
    [fit, ...cells(test.linear).map(([, text]) => text)],
    [naive, ...cells(test.constant).map(([, text]) => text)],
  ];
}

function decaysText(decays: NonNullable<TableResult["decays"]>, name: string): string {
  const best = decays.reduce((a, b) => (b.error < a.error ? b : a));
  const others = decays.filter((tried) => tried !== best);
  const of = ({ decay, error }: typeof best) => `${digits(error, 4)} with ${decay}`;
  return `Decay ${best.decay} was kept: held-out ${name} ${digits(best.error, 4)}, ${others.map(of).join(", ")}.`;
}

/** Of numbers by evidence: how wide its intervals are by the test. */
function sureText({ calibration, evidence }: TableResult): string[] {
  if (!calibration || !("coverage" in calibration) || !evidence) return [];
  const { level, share: held } = calibration.coverage.find((each) => each.level === 0.9)!;
  const noise = evidence.noise === undefined ? "" : `; deviation of the noise ${digits(evidence.noise, 3)}`;
  return [`Intervals of ${share(level)} hold ${share(held)} of these rows${noise}`];
}

/** The closing table of a run. */
export function describeTableResult(table: TableResult, { steps, seconds }: Summary, path: string): string {
  const { heldOut, networks, folds, importances, decays, evidence } = table;
  const fit = isOfClasses(heldOut.linear) ? "logistic regression" : "ridge regression";
  const useful = importances.filter(({ rise }) => rise > 0).slice(0, 5);
  const folder = printableLine(path);
  const parts = evidence ? folds : Math.min(folds, networks);
  return [
    aligned(scoreRows(table)),
    ...(evidence ? [`Chosen by evidence: ${evidence.because}`] : []),
    comparison(table),
    table.test
      ? `Cross-validated on the ${heldOut.rows} training rows: ${errorName(heldOut.network)} ${digits(errorOf(heldOut.network), 4)} ± ${digits(heldOut.spread, 2)} over ${parts} parts; ${digits(errorOf(heldOut.linear), 4)} of ${fit}.`
      : `No rows were kept for testing. Between the ${parts} parts the ${errorName(heldOut.network)} differs by ${digits(heldOut.spread, 2)}; it is a little too good, since the same rows said ${evidence ? "which networks to keep" : "when to stop"}.`,
    ...(decays ? [decaysText(decays, errorName(heldOut.network))] : []),
    ...confusionText(table),
    ...(useful.length > 0
      ? [
          `What counts most: ${useful.map(({ column, rise }) => `${printableLine(column)} (+${digits(rise, 3)})`).join(", ")}`,
        ]
      : []),
    ...sureText(table),
    evidence
      ? `trained in ${duration(seconds)}; each network and its penalties ended where the evidence was greatest`
      : `${steps} steps in ${duration(seconds)}; each network ended where its held-out loss was least`,
    `run folder: ${folder}`,
    `next: quadric report ${folder} · quadric predict ${folder} new.csv · rows held out: ${folder}/rows.csv`,
  ].join("\n");
}
