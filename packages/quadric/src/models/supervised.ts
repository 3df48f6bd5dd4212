/** A network and a loss put together into what `fit` takes. */
import type { numpy as np } from "@jax-js/jax";
import { requireKnown } from "../check.ts";
import type { ModelProblem } from "../compiler/problem.ts";
import { type Loss, losses } from "./losses.ts";
import type { Network } from "./mlp.ts";
import { type Examples, unitsOf } from "./units.ts";

/** Examples x [b, …] and their targets y: labels [b] or values [b, k]. Without y, x is its own target. */
export type SupervisedBatch = { readonly x: np.Array; readonly y: np.Array } | { readonly x: np.Array };

export interface SupervisedOptions {
  /** Of the initial parameters; defaults to 0. */
  readonly seed?: number;
  /**
   * Examples whose inputs, and targets that are numbers, get mean 0 and deviation 1, column by column. What `fit` and
   * `run.predict` are given goes the same way, and predictions come back in the units of y. Usually the data of `fit`.
   * Defaults to none.
   */
  readonly standardize?: Examples;
}

type Params = ModelProblem["params"];

/** Losses whose targets are classes, shares, or counts and amounts relative to an exponential: numbers without a unit. */
const unitless: readonly Loss[] = [losses.crossEntropy, losses.binaryCrossEntropy, losses.poisson, losses.gamma];

/**
 * Learns y from x, or x from x where a batch has no y, as autoencoders do.
 *
 * @throws {ShapeError} of `fit` and `predict`, if data have other columns than those of `standardize`.
 * @example
 * const data = { x: tensor([[1e6, 7], [2e6, 7], [3e6, 7]]), y: tensor([[0.002], [0.004], [0.006]]) };
 * const problem = supervised(mlp([2, 1]), losses.squaredError, { standardize: data });
 * const { predict } = await fit(problem, data, { steps: 20 });
 * const { data: y } = await predict({ x: tensor([[2.5e6, 9]]) }); // a column of one value says nothing
 * y[0]; // => 0.005
 */
export function supervised<P extends Params>(
  network: Network<P>,
  loss: Loss,
  options: SupervisedOptions = {},
): ModelProblem<P, SupervisedBatch> {
  requireKnown("supervised", options, ["seed", "standardize"] satisfies (keyof SupervisedOptions)[]);
  const { seed = 0, standardize } = options;
  return {
    model: (params, { x }) => network.apply(params, x),
    loss: (outputs, batch) => loss(outputs, "y" in batch ? batch.y : batch.x),
    params: network.init(seed),
    ...(standardize && { units: unitsOf(standardize, !unitless.includes(loss)) }),
  };
}
