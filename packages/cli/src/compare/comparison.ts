/**
 * Methods compared: what each reached at stated costs, its paired difference to a baseline over the same seeds, and its
 * cost to reach the baseline's best loss.
 */

import { type Estimate, estimate, type Interval, mean, median, pairedDifference } from "../statistics.ts";
import { type Axis, type Curve, costTo, leastLoss, lossOf, pointAt } from "./curves.ts";

/** One method: a curve for each seed. */
export interface Contender {
  readonly name: string;
  readonly curves: ReadonlyMap<number, Curve>;
}

export type Quantity = "trainLoss" | "logTrainLoss" | "testLoss" | "testAccuracy";

/** Losses are positive, and as often twice as half of what is usual. */
const scaleOf: Readonly<Record<Quantity, "linear" | "log">> = {
  trainLoss: "log",
  logTrainLoss: "linear",
  testLoss: "log",
  testAccuracy: "linear",
};

/** What the runs of a method had reached at a mark, or at their ends. */
export interface Reached extends Estimate {
  readonly type: "reached";
  readonly method: string;
  readonly quantity: Quantity;
  /** Where on which axis; "end" is each run's own. */
  readonly at: "end" | Readonly<Partial<Record<Axis, number>>>;
  /** Over the seeds, in their order. */
  readonly values: readonly number[];
  /**
   * Minus the baseline's over the seeds that both have; undefined for the baseline, and if they have none in common.
   */
  readonly difference: (Interval & { readonly n: number; readonly mean: number; readonly p: number }) | undefined;
}

/** What it cost to reach a training loss. */
export interface Cost {
  readonly type: "cost";
  readonly method: string;
  readonly target: number;
  readonly axis: Axis;
  /** Seeds that reached it, of all. */
  readonly reached: number;
  readonly n: number;
  /** Infinite if less than half of the seeds reached it. */
  readonly median: number;
  /** The baseline's median cost over this one's. */
  readonly speedup: number;
  readonly values: readonly number[];
}

export interface ComparisonOptions {
  /** Name of the method the others are compared with. */
  readonly baseline: string;
  /** Marks of an axis at which values are stated. */
  readonly at: readonly { readonly axis: Axis; readonly mark: number }[];
  /** Training loss to reach; defaults to the mean over the seeds of the baseline's least. */
  readonly target?: number;
}

export function compare(
  contenders: readonly Contender[],
  { baseline, at, target }: ComparisonOptions,
): (Reached | Cost)[] {
  const base = contenders.find(({ name }) => name === baseline);
  const loss = target ?? (base && mean([...base.curves.values()].map(leastLoss)));
  return contenders.flatMap((contender) => [
    ...reachedBy(contender, "end", (curve) => curve.at(-1), base),
    ...at.flatMap(({ axis, mark }) => {
      return reachedBy(contender, { [axis]: mark }, (curve) => pointAt(curve, axis, mark), base);
    }),
    ...(loss === undefined
      ? []
      : (["backprops", "seconds"] as const).map((axis) => costOf(contender, axis, loss, base))),
  ]);
}

function reachedBy(
  { name, curves }: Contender,
  at: Reached["at"],
  pick: (curve: Curve) => Curve[number] | undefined,
  base: Contender | undefined,
): Reached[] {
  const read = (curve: Curve | undefined, quantity: Quantity): number | undefined => {
    const point = curve && pick(curve);
    if (!point) return undefined;
    if (quantity === "testAccuracy") return point.testAccuracy ?? undefined;
    if (quantity === "logTrainLoss") return Math.log(lossOf(point.trainLoss));
    const loss = point[quantity];
    return loss === undefined ? undefined : lossOf(loss);
  };
  return (["trainLoss", "logTrainLoss", "testLoss", "testAccuracy"] as const).flatMap((quantity) => {
    const bySeed = [...curves].flatMap(([seed, curve]) => {
      const value = read(curve, quantity);
      return value === undefined ? [] : [{ value, other: read(base?.curves.get(seed), quantity) }];
    });
    if (bySeed.length === 0) return [];
    const values = bySeed.map(({ value }) => value);
    const pairs = name === base?.name ? [] : bySeed.filter(({ other }) => other !== undefined);
    const difference =
      pairs.length > 0
        ? pairedDifference(
            pairs.map(({ value }) => value),
            pairs.map(({ other }) => other!),
          )
        : undefined;
    return [
      { type: "reached", method: name, quantity, at, ...estimate(values, scaleOf[quantity]), values, difference },
    ];
  });
}

function costOf({ name, curves }: Contender, axis: Axis, target: number, base: Contender | undefined): Cost {
  const costs = (of: Contender) => [...of.curves.values()].map((curve) => costTo(curve, axis, target));
  const values = costs({ name, curves });
  const middle = median(values);
  return {
    type: "cost",
    method: name,
    target,
    axis,
    reached: values.filter(Number.isFinite).length,
    n: values.length,
    median: middle,
    speedup: base ? median(costs(base)) / middle : Number.NaN,
    values,
  };
}
