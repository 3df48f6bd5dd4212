/** A comparison as tables for a terminal. */
import Table from "cli-table3";
import { digits } from "../format.ts";
import type { Interval } from "../statistics.ts";
import type { Cost, Reached } from "./comparison.ts";

export function comparisonTables(numbers: readonly (Reached | Cost)[], baseline: string): string {
  const reached = numbers.filter((number) => number.type === "reached");
  const costs = numbers.filter((number) => number.type === "cost");
  const methods = [...new Set(numbers.map(({ method }) => method))];
  return [
    endTable(
      methods,
      reached.filter(({ at }) => at === "end"),
      baseline,
    ),
    marksTable(
      methods,
      reached.filter(({ quantity }) => quantity === "trainLoss"),
    ),
    costTable(costs, baseline),
  ].join("");
}

function endTable(methods: readonly string[], numbers: readonly Reached[], baseline: string): string {
  const columns = ["seeds", "training loss", "median", `ratio to ${baseline}`, "p", "test loss", "accuracy"];
  const rows = methods.map((method) => {
    const of = (quantity: Reached["quantity"]) =>
      numbers.find((number) => number.method === method && number.quantity === quantity);
    const [train, test, accuracy] = [of("trainLoss"), of("testLoss"), of("testAccuracy")];
    // Of logarithms: e to it is the ratio.
    const difference = of("logTrainLoss")?.difference;
    return [
      method,
      String(train?.n ?? 0),
      train ? withInterval(train.centre, train.interval) : "",
      train ? digits(train.median, 4) : "",
      difference ? withInterval(Math.exp(difference.mean), ratio(difference)) : "",
      difference && !Number.isNaN(difference.p) ? digits(difference.p, 2) : "",
      test ? withInterval(test.centre, test.interval) : "",
      accuracy ? `${(100 * accuracy.mean).toFixed(2)} %` : "",
    ];
  });
  return `At the end: geometric means with 95 % intervals; ratios of losses of the same seed, less is better\n${table(["", ...columns], rows)}`;
}

function marksTable(methods: readonly string[], numbers: readonly Reached[]): string {
  const marks = [...new Set(numbers.filter(({ at }) => at !== "end").map(({ at }) => JSON.stringify(at)))];
  if (marks.length === 0) return "";
  const heads = marks.map((mark) => Object.entries(JSON.parse(mark)).map(([axis, x]) => `${x} ${axis}`)[0]);
  const rows = methods.map((method) => [
    method,
    ...marks.map((mark) => {
      const number = numbers.find(({ method: name, at }) => name === method && JSON.stringify(at) === mark);
      return number ? digits(number.centre, 4) : "";
    }),
  ]);
  return `Geometric mean of the training loss along the runs\n${table(["", ...heads], rows)}`;
}

function costTable(costs: readonly Cost[], baseline: string): string {
  if (costs.length === 0) return "";
  const methods = [...new Set(costs.map(({ method }) => method))];
  const rows = methods.map((method) => {
    const of = (axis: Cost["axis"]) => costs.find((cost) => cost.method === method && cost.axis === axis)!;
    const [backprops, seconds] = [of("backprops"), of("seconds")];
    const times = (x: number) => (Number.isFinite(x) && x > 0 ? `${digits(x, 3)}×` : "");
    const cost = (x: number, unit: string) => (Number.isFinite(x) ? `${digits(x, 4)}${unit}` : "never");
    return [
      method,
      `${backprops.reached} of ${backprops.n}`,
      cost(backprops.median, ""),
      times(backprops.speedup),
      cost(seconds.median, " s"),
      times(seconds.speedup),
    ];
  });
  const head = ["", "seeds", "median backprops", `against ${baseline}`, "median time", `against ${baseline}`];
  return `To a training loss of ${digits(costs[0].target, 4)}\n${table(head, rows)}`;
}

const ratio = ({ low, high }: Interval): Interval => ({ low: Math.exp(low), high: Math.exp(high) });

function withInterval(middle: number, { low, high }: Interval): string {
  return Number.isFinite(high) ? `${digits(middle, 4)} [${digits(low, 4)}, ${digits(high, 4)}]` : digits(middle, 4);
}

function table(head: string[], rows: string[][]): string {
  const quiet = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };
  const made = new Table({ chars: quiet, style: { head: [], border: [] } });
  made.push(head, ...rows);
  return `${made.toString()}\n`;
}
