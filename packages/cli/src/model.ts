/**
 * Networks by name: `mlp:64-32-10` with layer sizes from inputs to outputs, `5*mlp:64-32-10+linear` for the mean of five,
 * each beside a linear map, and those of the paper.
 */
import { type ActivationName, ConfigError, type InitializerName, type ModelProblem, mlp, type Network } from "quadric";
import { convnet } from "quadric/models";
import { averaged, besideLinear } from "./committee/network.ts";

export interface NetworkOptions {
  readonly activation: ActivationName;
  /** Defaults to the paper's. */
  readonly initializer?: InitializerName;
}

export interface ModelSpec {
  /** Features of an example. */
  readonly inputs: number;
  readonly outputs: number;
  /** Whether the inputs are their own targets. */
  readonly isAutoencoder: boolean;
  /** Of the hidden layers, unless a flag says otherwise. */
  readonly activation: ActivationName;
  build(options: NetworkOptions): Network<ModelProblem["params"]>;
  /** Networks that are averaged, and one of them; absent, there is but one. */
  readonly members?: number;
  buildMember?(options: NetworkOptions): Network<ModelProblem["params"]>;
}

/** Networks with a name. */
const named: Readonly<Record<string, ModelSpec>> = {
  autoencoder: {
    inputs: 784,
    outputs: 784,
    isAutoencoder: true,
    activation: "sigmoid",
    build: ({ activation, initializer }) =>
      mlp([784, 1000, 500, 250, 30, 250, 500, 1000, 784], {
        activation: [activation, activation, activation, "linear", activation, activation, activation],
        initializer,
      }),
  },
  convnet: {
    inputs: 784,
    outputs: 10,
    isAutoencoder: false,
    activation: "relu",
    build: convnet,
  },
  "cifar-convnet": {
    inputs: 3072,
    outputs: 10,
    isAutoencoder: false,
    activation: "softplus",
    build: (options) => convnet({ inputShape: [3, 32, 32], features: [6, 16], units: [120, 84, 10], ...options }),
  },
};

/** Half a billion: 2 GB, the most that a file of parameters holds. */
const mostParameters = 5e8;
/** Deeper networks without shortcuts learn nothing, and take minutes to compile. */
const mostLayers = 100;
/** Most members of a committee. */
const mostMembers = 100;

export function parseModel(name: string): ModelSpec {
  if (Object.hasOwn(named, name)) return named[name];
  const [, members = "1", layers = "", linear] = /^(?:(\d+)\*)?mlp:(\d+(?:-\d+)+)(\+linear)?$/.exec(name) ?? [];
  const sizes = layers.split("-").map(Number);
  const count = Number(members);
  const isNetwork = sizes.length > 1 && sizes.length <= mostLayers && sizes.every((size) => size >= 1 && size <= 1e6);
  if (!isNetwork || count < 1 || count > mostMembers) {
    const must = `${Object.keys(named).join(", ")}, or mlp: and layer sizes from inputs to outputs such as mlp:64-32-10, or 5*mlp:64-32-10+linear`;
    throw new ConfigError(`--model: must be ${must}, got ${JSON.stringify(name)}.`);
  }
  const parameters = count * sizes.slice(1).reduce((sum, size, i) => sum + size * (sizes[i] + 1), 0);
  if (parameters > mostParameters) {
    throw new ConfigError(`--model: must have at most ${mostParameters} parameters, got ${parameters} of ${name}.`);
  }
  const build = (options: NetworkOptions): Network<ModelProblem["params"]> =>
    linear ? besideLinear(mlp(sizes, options)) : mlp(sizes, options);
  return {
    inputs: sizes[0],
    outputs: sizes[sizes.length - 1],
    isAutoencoder: false,
    activation: "tanh",
    members: count,
    build: (options) => (count === 1 ? build(options) : averaged(build(options), count)),
    buildMember: build,
  };
}
