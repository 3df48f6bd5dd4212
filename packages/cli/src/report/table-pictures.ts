/** The pictures of a run on a table: how its networks learnt, which columns count, and what the prediction does with them. */
import { dot, lineY } from "@observablehq/plot";
import type { Picture } from "../charts/chart.ts";
import { facetsPicture } from "../charts/facets-picture.ts";
import { linesPicture } from "../charts/lines-picture.ts";
import { strokeOf } from "../charts/palette.ts";
import { rowsPicture } from "../charts/rows-picture.ts";
import { decade, extent, logTicks } from "../charts/scale.ts";
import type { Calibration } from "../committee/calibration.ts";
import type { Dependence } from "../committee/insight.ts";
import type { EvidenceResult, TableResult } from "../committee/result.ts";
import type { Preparation } from "../data/preparation.ts";
import { digits } from "../format.ts";
import type { Row } from "../metrics.ts";

/** Rows of a picture, and classes of one. */
const mostNetworks = 8;
const mostColumns = 20;
const mostClasses = 6;

export interface Point {
  readonly step: number;
  readonly loss: number;
}

/** The two curves of a network, against its own steps. */
export interface Learning {
  readonly network: number;
  /** Of the batch before each step, with the penalty. */
  readonly training: readonly Point[];
  /** After a step, on the rows that the network does not see, without the penalty. */
  readonly heldOut: readonly Point[];
}

/** Empty if the run is none of a committee. */
export function learningOf(rows: readonly Row[]): Learning[] {
  const networks = new Set(rows.flatMap(({ network }) => (network === undefined ? [] : [network])));
  return [...networks].map((network) => {
    const own = rows.filter((row) => row.network === network);
    const before = own[0].step - 1;
    const isDrawable = ({ loss }: { loss: number | null | undefined }) => Number.isFinite(loss) && loss! > 0;
    return {
      network,
      training: own.map(({ step, loss }) => ({ step: step - before - 1, loss })).filter(isDrawable),
      heldOut: own
        .map(({ step, heldOutLoss }) => ({ step: step - before, loss: heldOutLoss as number }))
        .filter(isDrawable),
    };
  });
}

const least = (points: readonly Point[]): Point => points.reduce((a, b) => (b.loss < a.loss ? b : a));

const [trainingColour, heldOutColour] = [strokeOf(0).stroke, strokeOf(1).stroke];

export function learningPicture(networks: readonly Learning[], suffix: string): Picture | undefined {
  const drawn = networks.filter(({ training, heldOut }) => training.length + heldOut.length > 0).slice(0, mostNetworks);
  const losses = drawn.flatMap(({ training, heldOut }) => [...training, ...heldOut].map(({ loss }) => loss));
  const [low, high] = extent(losses);
  const words = drawn.map(({ network, training, heldOut }) => {
    const parts = [
      ...(training.length > 0
        ? [`training loss ${digits(training[0].loss, 3)} at first, ${digits(training.at(-1)!.loss, 3)} at last`]
        : []),
      ...(heldOut.length > 0
        ? [`held-out loss least at step ${least(heldOut).step}, ${digits(least(heldOut).loss, 3)}`]
        : []),
    ];
    return `Network ${network + 1}: ${parts.join("; ")}`;
  });
  return facetsPicture({
    name: `held-out${suffix}`,
    title: "Training and held-out loss",
    description: `${words.join(". ")}.`,
    x: { label: "step of the network" },
    y: {
      label: "loss",
      type: "log",
      domain: [low, high],
      ticks: logTicks(low, high),
      tickFormat: decade,
    },
    rowHeight: 104,
    legend: [
      { label: "training", fill: trainingColour },
      { label: "held out, with a dot where it is least", fill: heldOutColour },
    ],
    facets: drawn.map(({ network, training, heldOut }) => ({
      name: `network ${network + 1}`,
      marks: (row) => {
        const curve = (points: readonly Point[], stroke: string) =>
          lineY(
            points.map((point) => ({ ...point, row })),
            { fy: "row", x: "step", y: "loss", stroke, strokeWidth: 1.6 },
          );
        return [
          curve(training, trainingColour),
          curve(heldOut, heldOutColour),
          ...(heldOut.length > 0
            ? [dot([{ ...least(heldOut), row }], { fy: "row", x: "step", y: "loss", fill: heldOutColour, r: 4 })]
            : []),
        ];
      },
    })),
  });
}

export function importancePicture({ importances, classes }: TableResult, suffix: string): Picture | undefined {
  const shown = importances.slice(0, mostColumns);
  return rowsPicture({
    name: `importances${suffix}`,
    title: "Importance of the columns",
    x: `rise of the ${classes ? "log loss" : "RMSE"} when the column is shuffled`,
    mark: "bar",
    rows: shown.map(({ column }) => column),
    series: [{ label: "importance", fill: trainingColour, values: shown.map(({ rise }) => rise) }],
  });
}

/** Whether intervals hold, or probabilities come true, as often as they say. */
export function calibrationPicture(calibration: Calibration, suffix: string): Picture | undefined {
  const [x, y, said, found] =
    "coverage" in calibration
      ? [
          calibration.coverage.map(({ level }) => level),
          calibration.coverage.map(({ share }) => share),
          "share that an interval should hold",
          "share inside",
        ]
      : [
          calibration.bins.map(({ confidence }) => confidence),
          calibration.bins.map(({ accuracy }) => accuracy),
          "probability of the predicted class",
          "share that was right",
        ];
  if (x.length < 2) return undefined;
  const none = x.map(() => Number.NaN);
  return linesPicture({
    name: `calibration${suffix}`,
    title: "Calibration",
    x: said,
    y: found,
    series: [
      { label: "found", ...strokeOf(0), curve: { x, y, low: none, high: none } },
      { label: "ideal", stroke: "var(--faint)", strokeDasharray: "4 3", curve: { x, y: x, low: none, high: none } },
    ],
  });
}

export function relevancePicture({ relevance }: EvidenceResult, suffix: string): Picture | undefined {
  const shown = relevance.slice(0, mostColumns);
  return rowsPicture({
    name: `relevance${suffix}`,
    title: "Relevance of the columns",
    x: "share in what is predicted",
    mark: "bar",
    rows: shown.map(({ column }) => column),
    series: [{ label: "relevance", fill: trainingColour, values: shown.map(({ share }) => share) }],
  });
}

export function dependencePictures(table: TableResult, preparation: Preparation, suffix: string): Picture[] {
  return table.dependences
    .map((dependence, i) => dependencePicture(dependence, table, preparation, `dependence-${i + 1}${suffix}`))
    .filter((picture) => picture !== undefined);
}

const daysOfYear = 365.2425;

function dependencePicture(
  { column, at, predictions, errors }: Dependence,
  { target, classes }: TableResult,
  { inputs }: Preparation,
  name: string,
): Picture | undefined {
  const shown = predictions.slice(0, mostClasses);
  const label = (k: number) => classes?.[k] ?? target;
  const title = `${target} by ${column}`;
  const says = classes ? "mean probability" : `mean prediction of ${target}`;
  if (typeof at[0] === "string") {
    return rowsPicture({
      name,
      title,
      x: says,
      mark: "dot",
      rows: at.map(String),
      series: shown.map((values, k) => ({ label: label(k), fill: strokeOf(k).stroke, values })),
    });
  }
  const isDate = inputs.find((input) => input.name === column)?.kind === "date";
  // Days since 1970 as years, which ticks can say.
  const x = at.map((value) => (isDate ? 1970 + Number(value) / daysOfYear : Number(value)));
  const half = errors ?? x.map(() => Number.NaN);
  return linesPicture({
    name,
    title,
    wholeBands: errors !== undefined,
    x: isDate ? `${column}, year` : column,
    y: says,
    series: shown.map((y, k) => ({
      label: label(k),
      ...strokeOf(k),
      curve: { x, y, low: y.map((value, i) => value - half[i]), high: y.map((value, i) => value + half[i]) },
    })),
  });
}
