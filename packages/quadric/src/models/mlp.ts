/**
 * Multilayer perceptrons:
 *
 *   a₀ = x,   a_l = φ_l(a_{l−1} W_l + b_l),   the last layer linear unless said otherwise.
 */
import { numpy as np } from "@jax-js/jax";
import { ShapeError } from "../errors.ts";
import { makeRandom } from "../vector/random.ts";
import { type ActivationName, activations } from "./activations.ts";
import type { InitializerName } from "./initializers.ts";
import { type DenseLayer, drawDense } from "./layers.ts";

/** A network: how its parameters start and what it computes. */
export interface Network<P> {
  /** As the command line spells it, such as "mlp:784-128-10". */
  readonly name: string;
  /** Features of one example, without the batch axis. */
  readonly inputShape: readonly number[];
  /** Size of the last axis of the outputs. */
  readonly outputSize: number;
  /** New parameters; the same seed gives the same numbers. */
  init(seed: number): P;
  /**
   * [b, …inputShape] → [b, outputSize], sequences to [b, …, outputSize]; consumes its arguments, as jax-js functions
   * do.
   */
  apply(params: P, x: np.Array): np.Array;
}

export interface MlpOptions {
  /** Of the hidden layers: one for all, or one a hidden layer; defaults to "tanh". */
  readonly activation?: ActivationName | readonly ActivationName[];
  /** Defaults to "fanIn": weights and biases uniform in ±1/√fanIn ([Kohler2020]). */
  readonly initializer?: InitializerName;
}

/**
 * A dense network with a linear last layer.
 *
 * @param sizes - Features, hidden units …, outputs; at least two integers ≥ 1.
 * @throws {RangeError} if a size is not an integer ≥ 1, or the activations do not match the hidden layers.
 * @throws {ShapeError} of `apply`, if inputs have another width.
 * @example
 * const network = mlp([784, 128, 10], { activation: "tanh" });
 * const problem = supervised(network, losses.crossEntropy, { seed: 0 }); // 101,770 parameters
 */
export function mlp(
  sizes: readonly number[],
  { activation = "tanh", initializer = "fanIn" }: MlpOptions = {},
): Network<DenseLayer[]> {
  if (sizes.length < 2 || sizes.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new RangeError(`mlp: sizes must be two or more integers >= 1, got [${sizes}].`);
  }
  const hidden = sizes.length - 2;
  const names = typeof activation === "string" ? Array<ActivationName>(hidden).fill(activation) : activation;
  const unknown = names.find((name) => !(name in activations));
  if (unknown !== undefined) {
    throw new RangeError(`mlp: activation must be one of ${Object.keys(activations).join(", ")}, got "${unknown}".`);
  }
  if (names.length !== hidden) {
    throw new RangeError(`mlp: activation must name one function a hidden layer (${hidden}), got ${names.length}.`);
  }

  const name = `mlp:${sizes.join("-")}`;
  return {
    name,
    inputShape: [sizes[0]],
    outputSize: sizes[sizes.length - 1],
    init(seed) {
      const random = makeRandom(seed);
      return sizes.slice(1).map((fanOut, l) => drawDense(random, initializer, sizes[l], fanOut));
    },
    apply(layers, x) {
      if (x.shape.at(-1) !== sizes[0]) {
        throw new ShapeError(`${name}: inputs must have shape [b, ${sizes[0]}], got [${x.shape}].`);
      }
      return layers.reduce((a, { weight, bias }, l) => {
        const z = np.dot(a, weight).add(bias);
        return l < hidden ? activations[names[l]](z) : z;
      }, x);
    },
  };
}
