/**
 * What a committee has learnt, column by column.
 *
 *   importance        error with the column shuffled − error, on test rows ([Breiman2001])
 *   partial dependence   mean over rows of the prediction with the column at a value ([Friedman2001])
 */
import type { Tensor } from "quadric";
import { standardization } from "quadric/data";
import { featuresOf, levelFeatures, type Preparation } from "../data/preparation.ts";
import type { Prediction } from "../predictions.ts";
import { makeDraws, mean, quantile } from "../statistics.ts";
import { errorOf, scoresOf } from "./scores.ts";

export interface Importance {
  readonly column: string;
  /** Rise of the error, RMSE in the target's units or log loss; the mean of three shuffles. */
  readonly rise: number;
}

export interface Dependence {
  readonly column: string;
  /** Values of a number in its own units, or levels of a category. */
  readonly at: readonly (number | string)[];
  /** The mean prediction at each; for classes the mean probability of each class, [class][value]. */
  readonly predictions: readonly (readonly number[])[];
  /** Of numbers by evidence: mean half width of the intervals of 90 % at each. */
  readonly errors?: readonly number[];
}

export interface Predictor {
  readonly preparation: Preparation;
  /** One prediction for each row of inputs [n, features], n always the same. */
  predict(inputs: Float32Array): Promise<readonly Prediction[]>;
  /** Half widths of intervals, for any number of rows. */
  errors?(inputs: Float32Array): Promise<Float64Array>;
}

/** Rows that the mean of errors is taken over at most: one costs as much as a hundred predictions. */
const mostErrors = 16;

const shuffles = 3;
const gridSize = 21;
const mostLevels = 12;

/** Features of each column, first and count, in the order of the preparation. */
function columnsOf(
  preparation: Preparation,
): { readonly name: string; readonly first: number; readonly count: number }[] {
  let first = 0;
  return preparation.inputs.map((input) => {
    const count = featuresOf({ inputs: [input], target: preparation.target }).length;
    const column = { name: input.name, first, count };
    first += count;
    return column;
  });
}

/** The most important column first. */
export async function importancesOf(
  { preparation, predict }: Predictor,
  inputs: Tensor,
  targets: ArrayLike<number>,
): Promise<Importance[]> {
  const [n, width] = inputs.shape;
  const error = errorOf(scoresOf(await predict(Float32Array.from(inputs.data)), targets));
  const draw = makeDraws(1);
  const importances: Importance[] = [];
  for (const { name, first, count } of columnsOf(preparation)) {
    let rise = 0;
    for (let k = 0; k < shuffles; k++) {
      const order = Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = draw(i + 1);
        [order[i], order[j]] = [order[j], order[i]];
      }
      const mixed = Float32Array.from(inputs.data);
      order.forEach((from, to) => {
        for (let j = first; j < first + count; j++) mixed[to * width + j] = inputs.data[from * width + j];
      });
      rise += (errorOf(scoresOf(await predict(mixed), targets)) - error) / shuffles;
    }
    importances.push({ column: name, rise });
  }
  return importances.sort((a, b) => b.rise - a.rise);
}

export async function dependenceOf(
  { preparation, predict, errors }: Predictor,
  inputs: Tensor,
  column: string,
): Promise<Dependence> {
  const [n, width] = inputs.shape;
  const input = preparation.inputs.find(({ name }) => name === column)!;
  const { first, count } = columnsOf(preparation).find(({ name }) => name === column)!;
  const settings =
    input.kind === "category"
      ? input.levels.slice(0, mostLevels).map((level, place) => ({ at: level, features: levelFeatures(input, place) }))
      : gridOf(inputs, first).map((value) => ({ at: standardization.invert(input, value), features: [value] }));
  const columns: number[][] = [];
  const widths: number[] = [];
  for (const { features } of settings) {
    const set = Float32Array.from(inputs.data);
    for (let i = 0; i < n; i++) {
      set.fill(0, i * width + first, i * width + first + count);
      set.set(features, i * width + first);
    }
    columns.push(meanOf(await predict(set)));
    if (errors) widths.push(mean(Array.from(await errors(set.subarray(0, Math.min(n, mostErrors) * width)))));
  }
  return {
    column,
    at: settings.map(({ at }) => at),
    predictions: columns[0].map((_, k) => columns.map((means) => means[k])),
    ...(errors && { errors: widths }),
  };
}

/** Different values among equally spaced quantiles, from the 2nd to the 98th percentile. */
function gridOf({ shape: [n, width], data }: Tensor, feature: number): number[] {
  const sorted = Array.from({ length: n }, (_, i) => data[i * width + feature]).sort((a, b) => a - b);
  const grid = Array.from({ length: gridSize }, (_, k) => quantile(sorted, 0.02 + (0.96 * k) / (gridSize - 1)));
  return [...new Set(grid)];
}

function meanOf(predictions: readonly Prediction[]): number[] {
  const rows = predictions.map((prediction) =>
    "values" in prediction ? prediction.values : (prediction.probabilities ?? []),
  );
  return rows[0].map((_, k) => rows.reduce((sum, row) => sum + row[k] / rows.length, 0));
}
