/** The pictures of runs: loss over what it cost, and what the steps of second-order methods were like. */
import { areaY, dot, lineY, ruleY } from "@observablehq/plot";
import type { Outcome } from "quadric";
import { type Band, type Curve, exponential, logarithm, together } from "../charts/band.ts";
import type { Picture } from "../charts/chart.ts";
import { facetsPicture } from "../charts/facets-picture.ts";
import { linesPicture, type Series } from "../charts/lines-picture.ts";
import { strokeOf } from "../charts/palette.ts";
import { largestOf, leastOf } from "../charts/scale.ts";
import type { Axis } from "../compare/curves.ts";
import { digits } from "../format.ts";
import type { Group } from "../runs.ts";
import { hasCourse, outcomesOf, type Spread, spreadOf } from "./course.ts";
import { curveOf, isMonitored, type Quantity } from "./curves.ts";

const axisNames: Readonly<Record<Axis, string>> = {
  backprops: "backprops (gradients + curvature products)",
  paperBackprops: "paperBackprops (the paper's own count)",
  epochs: "epochs",
  seconds: "seconds in steps",
};

/** What the curves of a report show: the full training loss if every run was evaluated on it along the way. */
export function lossQuantity(groups: readonly Group[]): Quantity {
  return groups.every(({ runs }) => runs.every(isMonitored)) ? "trainLoss" : "batchLoss";
}

const quantityNames: Readonly<Record<Quantity, string>> = {
  trainLoss: "loss on all training data",
  batchLoss: "loss of each step's batch",
  testLoss: "loss on test data",
  testAccuracy: "test accuracy in %",
};

const titles: Readonly<Record<Quantity, string>> = {
  trainLoss: "Training loss",
  batchLoss: "Batch loss",
  testLoss: "Test loss",
  testAccuracy: "Test accuracy",
};

/** Published curves of the logarithm of the training loss, drawn dashed. */
export interface References {
  /** Ends the name of the picture's file. */
  readonly name: string;
  /** Where the curves come from, as a clause. */
  readonly source: string;
  readonly axis: Axis;
  readonly curves: readonly {
    readonly label: string;
    /** That of ours whose colour the curve takes, if any. */
    readonly optimizer: string | undefined;
    readonly curve: Curve;
  }[];
}

/** Methods whose training and test losses fit into one picture. */
const mostTogether = 4;

/** Whether the losses on test data are drawn with those on training data: dashed, in the colour of the method. */
export const areTogether = (groups: readonly Group[]): boolean => groups.length <= mostTogether;

export function costPicture(
  groups: readonly Group[],
  quantity: Quantity,
  axis: Axis,
  references?: References,
): Picture | undefined {
  const withTest = quantity === "trainLoss" && !references && areTogether(groups);
  const labelOf = (name: string, isTest: boolean) => {
    if (withTest && groups.length === 1) return isTest ? "test" : "training";
    return isTest ? `${name}, test` : name;
  };
  const seriesOf = (what: Quantity): Series[] =>
    groups.map(({ name, runs }, i) => ({
      label: labelOf(name, what !== quantity),
      ...strokeOf(i),
      ...(what !== quantity && { strokeDasharray: "4 3" }),
      curve: meanOf(
        runs.map((run) => curveOf(run, what, axis)),
        what,
      ),
    }));
  const [own, tested] = [seriesOf(quantity), withTest ? seriesOf("testLoss") : []];
  const theirs: Series[] = (references?.curves ?? []).map(({ label, optimizer, curve }) => {
    const ours = groups.findIndex(({ runs: [{ record }] }) => record.config.optimizer === optimizer);
    const none = curve.x.map(() => Number.NaN);
    return {
      label,
      stroke: ours < 0 ? "var(--faint)" : strokeOf(ours).stroke,
      strokeDasharray: "5 4",
      curve: exponential({ ...curve, low: none, high: none }),
    };
  });
  const absent = own.filter(({ curve }) => !curve.y.some((y) => Number.isFinite(y) && (isShare(quantity) || y > 0)));
  return linesPicture({
    name: `${quantity}-${axis}${references ? `-${references.name}` : ""}`,
    title: `${withTest ? "Loss" : titles[quantity]} over ${axis}${references ? `; dashed: ${references.source}` : ""}`,
    x: axisNames[axis],
    y: withTest ? "loss" : quantityNames[quantity],
    scale: isShare(quantity) ? "linear" : "log",
    series: [...own, ...tested, ...theirs],
    ...(absent.length > 0 && {
      caption: `Not drawn, for want of a finite value that all seeds have: ${absent.map(({ label }) => label).join(", ")}.`,
    }),
  });
}

const isShare = (quantity: Quantity): boolean => quantity === "testAccuracy";

/** Over the seeds: of losses the geometric mean, of shares the mean in percent. */
const meanOf = (curves: readonly Curve[], quantity: Quantity): Band =>
  isShare(quantity)
    ? together(curves.map(({ x, y }) => ({ x, y: y.map((share) => 100 * share) })))
    : exponential(together(curves.map(logarithm)));

export function coursePictures(all: readonly Group[]): Picture[] {
  const groups = all.flatMap((group, i) => (hasCourse(group) ? [{ group, ...strokeOf(i) }] : []));
  if (groups.length === 0) return [];
  const lines = (quantity: "radius" | "products" | "gradientNorm") =>
    groups.map(({ group, ...stroke }) => ({ label: group.name, ...stroke, curve: bandOf(spreadOf(group, quantity)) }));
  const rejections = groups.map(({ group, ...stroke }) => {
    const outcomes = outcomesOf(group);
    const none = outcomes.map(() => Number.NaN);
    const curve = { x: outcomes.map(middle), y: outcomes.map(({ rejected }) => 100 * rejected), low: none, high: none };
    return { label: group.name, ...stroke, curve };
  });
  return [
    linesPicture({
      name: "radius",
      title: "Radius (or σ) along the run",
      x: "step",
      y: "Δ, or σ",
      scale: "log",
      series: lines("radius"),
      wholeBands: true,
    }),
    ratioPicture(groups),
    linesPicture({
      name: "gradient-norm",
      title: "Gradient norm",
      x: "step",
      y: "‖∇L‖",
      scale: "log",
      series: lines("gradientNorm"),
      wholeBands: true,
    }),
    linesPicture({
      name: "products",
      title: "Curvature products of a step",
      x: "step",
      y: "products",
      series: lines("products"),
      wholeBands: true,
    }),
    linesPicture({ name: "rejected", title: "Steps rejected", x: "step", y: "% of steps", series: rejections }),
    outcomesPicture(groups.map(({ group }) => group)),
  ].filter((picture) => picture !== undefined);
}

const middle = ({ from, to }: { from: number; to: number }): number => (from + to) / 2;

function bandOf(spreads: readonly Spread[]): Band {
  return {
    x: spreads.map(middle),
    y: spreads.map(({ median }) => median),
    low: spreads.map(({ min }) => min),
    high: spreads.map(({ max }) => max),
  };
}

/** What is beyond these is a mark at the edge. */
const ratioRange = [-0.5, 2] as const;

function ratioPicture(groups: readonly { readonly group: Group; readonly stroke: string }[]): Picture | undefined {
  const [low, high] = ratioRange;
  const clamp = (ratio: number) => Math.min(high, Math.max(low, ratio));
  const rows = groups.map(({ group, stroke }) => ({ name: group.name, stroke, spreads: spreadOf(group, "ratio") }));
  const beyond = rows.flatMap(({ name, spreads }) => {
    const [least, largest] = [leastOf(spreads.map(({ min }) => min)), largestOf(spreads.map(({ max }) => max))];
    const parts = [...(least < low ? [digits(least, 3)] : []), ...(largest > high ? [digits(largest, 3)] : [])];
    return parts.length > 0 ? [`${name} ${parts.join(" and ")}`] : [];
  });
  return facetsPicture({
    name: "ratio",
    title: "ρ, actual over predicted decrease",
    description: `Median, least and largest ρ in bins of steps, cut to ${low} … ${high}; 1 if the model predicts the decrease exactly. ${rows
      .map(({ name, spreads }) => `${name}: median ${ends(spreads.map(({ median }) => median))}`)
      .join("; ")}.`,
    ...(beyond.length > 0 && {
      caption: `Triangles: steps beyond the picture. Furthest: ${beyond.join("; ")}.`,
    }),
    x: { label: "step" },
    y: { label: "ρ", domain: ratioRange },
    common: [ruleY([1], { stroke: "var(--faint)", strokeDasharray: "2 3" })],
    facets: rows.map(({ name, stroke, spreads }) => ({
      name,
      values: spreads.map((spread) => ({ x: middle(spread), lines: spreadLines(spread, "ρ") })),
      marks: (row) => {
        const points = spreads.map((spread) => ({
          row,
          x: middle(spread),
          median: clamp(spread.median),
          min: clamp(spread.min),
          max: clamp(spread.max),
        }));
        const marksAt = (edge: number, isBeyond: (spread: Spread) => boolean, rotate: number) =>
          dot(
            spreads.filter(isBeyond).map((spread) => ({ row, x: middle(spread), y: edge })),
            { fy: "row", x: "x", y: "y", symbol: "triangle", r: 4, rotate, fill: stroke },
          );
        return [
          areaY(points, { fy: "row", x: "x", y1: "min", y2: "max", fill: stroke, fillOpacity: 0.2 }),
          lineY(points, { fy: "row", x: "x", y: "median", stroke, strokeWidth: 1.5 }),
          marksAt(low, ({ min }) => min < low, 180),
          marksAt(high, ({ max }) => max > high, 0),
        ];
      },
    })),
  });
}

/** A bin under the pointer. */
function spreadLines({ from, to, median, min, max }: Spread, name: string): string[] {
  const value = `${name} ${digits(median, 3)}`;
  return [
    from === to ? `step ${from}` : `steps ${from} to ${to}`,
    min === max ? value : `${value}, from ${digits(min, 3)} to ${digits(max, 3)}`,
  ];
}

/** Not the colours of methods. */
const outcomeFills: Readonly<Record<Outcome, string>> = {
  interior: "var(--kind-0)",
  boundary: "var(--kind-1)",
  "negative-curvature": "var(--kind-2)",
  "hard-case": "var(--kind-3)",
  "max-products": "var(--kind-4)",
  nonfinite: "var(--kind-5)",
};

function outcomesPicture(groups: readonly Group[]): Picture | undefined {
  const rows = groups.map((group) => ({ name: group.name, outcomes: outcomesOf(group) }));
  const seen = (Object.keys(outcomeFills) as Outcome[]).filter((outcome) =>
    rows.some(({ outcomes }) => outcomes.some(({ shares }) => shares.has(outcome))),
  );
  const overall = ({ outcomes }: (typeof rows)[number]) => {
    const steps = outcomes.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    return seen.map((outcome) => {
      const share = outcomes.reduce(
        (sum, { from, to, shares }) => sum + (to - from + 1) * (shares.get(outcome) ?? 0),
        0,
      );
      return `${outcome} ${((100 * share) / steps).toFixed(0)} %`;
    });
  };
  return facetsPicture({
    name: "outcomes",
    title: "How the subproblems ended",
    description: `Shares of outcomes in bins of steps. ${rows.map((row) => `${row.name}: ${overall(row).join(", ")}`).join("; ")}.`,
    x: { label: "step" },
    y: { label: "share of steps", domain: [0, 1], tickFormat: "%" },
    legend: seen.map((label) => ({ label, fill: outcomeFills[label] })),
    facets: rows.map(({ name, outcomes }) => ({
      name,
      values: outcomes.map(({ from, to, shares }) => ({
        x: middle({ from, to }),
        lines: [
          from === to ? `step ${from}` : `steps ${from} to ${to}`,
          ...[...shares].map(([outcome, share]) => `${outcome} ${(100 * share).toFixed(0)} %`),
        ],
      })),
      marks: (row) =>
        seen.map((outcome, i) => {
          const below = (shares: ReadonlyMap<Outcome, number>, count: number) =>
            seen.slice(0, count).reduce((sum, other) => sum + (shares.get(other) ?? 0), 0);
          // A bin is as wide as its steps: both its ends are points.
          const points = outcomes.flatMap(({ from, to, shares }) =>
            [from - 0.5, to + 0.5].map((x) => ({ row, x, low: below(shares, i), high: below(shares, i + 1) })),
          );
          return areaY(points, { fy: "row", x: "x", y1: "low", y2: "high", fill: outcomeFills[outcome] });
        }),
    })),
  });
}

function ends(values: readonly number[]): string {
  if (values.length === 0) return "none";
  return `${digits(values[0], 3)} at first, ${digits(values[values.length - 1], 3)} at last`;
}
