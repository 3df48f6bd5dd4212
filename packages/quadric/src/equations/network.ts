/**
 * Networks and numbers as fields:
 *
 *   y₀ = (inputs)   yₗ = φ(yₗ₋₁Wₗ + bₗ)   the last layer linear
 *
 * Value, gradient and Laplacian go through the layers together (jet.ts).
 */
import { numpy as np } from "@jax-js/jax";
import { requireInteger, requireOneOf } from "../check.ts";
import { type ActivationName, activations } from "../models/activations.ts";
import { type InitializerName, initializers } from "../models/initializers.ts";
import type { Random } from "../vector/random.ts";
import type { Tensor } from "../vector/tensor.ts";
import { Field } from "./field.ts";
import { composed, type Jet, linear, type Scalar } from "./jet.ts";
import { combine, type Place, type Source, type Unknown } from "./place.ts";
import { scalarOf, scalars } from "./scalars.ts";

export interface NetworkOptions {
  /** Of the hidden layers; defaults to "tanh". "sin" makes a SIREN of it. */
  readonly activation?: ActivationName | "sin";
  /**
   * How weights are drawn, or a function that draws one from a generator, its fans and whether it is a bias. Defaults to
   * "glorot" with biases of 0.
   */
  readonly initializer?: InitializerName | ((random: Random, fanIn: number, fanOut: number, isBias: boolean) => number);
  /** With this the result is a list of so many fields, an integer ≥ 1; defaults to one field. */
  readonly outputs?: number;
}

/**
 * A dense network of fields: of coordinates, or of what is made of them, such as `periodic(x, 2)`.
 *
 * @param inputs - one or more.
 * @param hidden - units of each hidden layer, integers ≥ 1.
 * @throws {RangeError} if a size is not an integer ≥ 1.
 * @example
 * const u = network([x, t], [20, 20, 20]);
 * const [p, q] = network([x, t], [50, 50], { outputs: 2 });
 */
export function network(
  inputs: readonly Field[],
  hidden: readonly number[],
  options: NetworkOptions & { readonly outputs: number },
): Field[];
export function network(inputs: readonly Field[], hidden: readonly number[], options?: NetworkOptions): Field;
export function network(
  inputs: readonly Field[],
  hidden: readonly number[],
  { activation = "tanh", initializer = "glorot", outputs }: NetworkOptions = {},
): Field | Field[] {
  if (!Array.isArray(inputs)) throw new TypeError("network: inputs must be a list of fields, such as [x, t].");
  if (!Array.isArray(hidden)) {
    throw new TypeError(`network: hidden must be a list of sizes, such as [20, 20], got ${JSON.stringify(hidden)}.`);
  }
  if (inputs.length === 0) throw new RangeError("network: need one or more inputs, got none.");
  for (const size of hidden) requireInteger("network", "a hidden layer", size, 1);
  requireInteger("network", "outputs", outputs ?? 1, 1);
  requireOneOf("network", "activation", activation, ["sin", ...(Object.keys(activations) as ActivationName[])]);
  const sizes = [inputs.length, ...hidden, outputs ?? 1];
  const layers: Unknown = { init: (random) => drawLayers(random, sizes, initializer) };
  const phi = scalarNamed(activation);
  const parts = inputs.map(({ source }) => source);

  const source = combine(
    parts,
    (place, axes) => {
      const { scope } = place;
      const arrays = place.arraysOf(layers);
      let y = stacked(place, parts, axes);
      for (let l = 0; l < arrays.length / 2; l++) {
        const [W, b] = [arrays[2 * l], arrays[2 * l + 1]];
        const z = linear(
          scope,
          y,
          (part) => np.dot(part, W()),
          (value) => np.dot(value, W()).add(b()),
        );
        y = l < hidden.length ? composed(scope, z, phi) : z;
      }
      return y;
    },
    layers,
  );
  const output = (k: number) =>
    new Field(
      combine([source], (place, axes) => linear(place.scope, place.jet(source, axes), (part) => part.slice([], k))),
    );
  return outputs === undefined ? output(0) : Array.from({ length: outputs }, (_, k) => output(k));
}

/** Fields as the columns of one array, [n, fields]. */
function stacked(place: Place, parts: readonly Source[], axes: readonly string[]): Jet {
  const { scope } = place;
  const jets = parts.map((part) => place.jet(part, axes));
  const stack = (columns: readonly Jet["laplacian"][]): Jet["laplacian"] => {
    if (columns.every((column) => column === undefined)) return undefined;
    return scope.once(() =>
      np.stack(
        columns.map((column) => (column ? place.filled(column()) : place.zeros())),
        1,
      ),
    );
  };
  return {
    value: stack(jets.map(({ value }) => value))!,
    slopes: axes.map((_, i) => stack(jets.map(({ slopes }) => slopes[i]))),
    laplacian: stack(jets.map(({ laplacian }) => laplacian)),
  };
}

function scalarNamed(name: ActivationName | "sin"): Scalar {
  return name === "tanh" || name === "sigmoid" || name === "sin" ? scalars[name] : scalarOf(activations[name]);
}

function drawLayers(random: Random, sizes: readonly number[], initializer: NetworkOptions["initializer"]): Tensor[] {
  return sizes.slice(1).flatMap((fanOut, l) => {
    const fanIn = sizes[l];
    const numbers = (length: number, isBias: boolean) =>
      Float64Array.from({ length }, () => {
        if (typeof initializer === "function") return initializer(random, fanIn, fanOut, isBias);
        // Only that one draws biases; the others are derived for biases of zero.
        return isBias && initializer !== "fanIn" ? 0 : initializers[initializer ?? "glorot"](random, fanIn, fanOut);
      });
    return [
      { shape: [fanIn, fanOut], data: numbers(fanIn * fanOut, false) },
      { shape: [fanOut], data: numbers(fanOut, true) },
    ];
  });
}

/**
 * A number to be found beside the networks, such as the viscosity of an inverse problem.
 *
 * @param start - where the search begins.
 * @throws {RangeError} if it is not finite.
 * @example
 * const nu = unknown(0.1);
 */
export function unknown(start: number): Field {
  if (!Number.isFinite(start)) throw new RangeError(`unknown: start must be finite, got ${start}.`);
  const number: Unknown = { init: () => [{ shape: [], data: Float64Array.of(start) }] };
  return new Field({
    coordinates: new Set(),
    unknowns: new Set([number]),
    jet: (place, axes) => ({
      value: place.arraysOf(number)[0],
      slopes: axes.map(() => undefined),
      laplacian: undefined,
    }),
  });
}

/**
 * cos kωx and sin kωx for k = 1 … modes, ω = 2π/period: a network of these is periodic in x.
 *
 * @param period - > 0.
 * @param modes - an integer ≥ 1; defaults to 1.
 * @example
 * const u = network(periodic(x, 2), [20, 20]); // and with time: periodic(x, 2).concat(t)
 */
export function periodic(x: Field, period: number, modes = 1): Field[] {
  if (!(period > 0 && period < Infinity)) throw new RangeError(`periodic: period must be > 0, got ${period}.`);
  requireInteger("periodic", "modes", modes, 1);
  return Array.from({ length: modes }, (_, k) => x.mul((2 * Math.PI * (k + 1)) / period)).flatMap((angle) => [
    angle.cos(),
    angle.sin(),
  ]);
}
