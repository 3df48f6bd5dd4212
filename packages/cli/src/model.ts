/** Networks by name: `mlp:64-32-10` with layer sizes from inputs to outputs, and the paper's `autoencoder`. */
import { type ActivationName, autoencoder, ConfigError, type DenseLayer, mlp, type Network } from "quadric";

export interface ModelSpec {
  /** Features of an example. */
  readonly inputs: number;
  readonly outputs: number;
  /** Whether the inputs are their own targets. */
  readonly isAutoencoder: boolean;
  build(activation: ActivationName): Network<DenseLayer[]>;
}

export function parseModel(name: string): ModelSpec {
  if (name === "autoencoder") {
    return { inputs: 784, outputs: 784, isAutoencoder: true, build: (activation) => autoencoder({ activation }) };
  }
  const sizes = /^mlp:\d+(-\d+)+$/.test(name) ? name.slice(4).split("-").map(Number) : [];
  if (sizes.length === 0 || sizes.some((size) => size < 1 || size > 1e6)) {
    const must = "autoencoder, or mlp: and layer sizes from inputs to outputs such as mlp:64-32-10";
    throw new ConfigError(`--model: must be ${must}, got ${JSON.stringify(name)}.`);
  }
  return {
    inputs: sizes[0],
    outputs: sizes[sizes.length - 1],
    isAutoencoder: false,
    build: (activation) => mlp(sizes, { activation }),
  };
}
