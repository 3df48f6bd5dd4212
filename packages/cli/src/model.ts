/**
 * Networks by name: `mlp:64-32-10` with layer sizes from inputs to outputs, `5*mlp:64-32-10+linear` for the mean of five,
 * each beside a linear map, `evidence:64-10` for those that evidence chooses, and those of the paper.
 */
import { type ActivationName, ConfigError, type InitializerName, type ModelProblem, mlp, type Network } from "quadric";
import { convnet } from "quadric/models";
import { averaged, besideLinear, mostMembers } from "./committee/network.ts";
import { suggestion } from "./suggestion.ts";

/** Half of the units of each hidden layer have one function, half the other. */
export const halves = "tanh+gelu";

export interface NetworkOptions {
  readonly activation: ActivationName | typeof halves;
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
  readonly activation: NetworkOptions["activation"];
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
    build(options) {
      const { activation, initializer } = plain("autoencoder", options);
      return mlp([784, 1000, 500, 250, 30, 250, 500, 1000, 784], {
        activation: [activation, activation, activation, "linear", activation, activation, activation],
        initializer,
      });
    },
  },
  convnet: {
    inputs: 784,
    outputs: 10,
    isAutoencoder: false,
    activation: "relu",
    build: (options) => convnet(plain("convnet", options)),
  },
  "cifar-convnet": {
    inputs: 3072,
    outputs: 10,
    isAutoencoder: false,
    activation: "softplus",
    build: (options) =>
      convnet({
        inputShape: [3, 32, 32],
        features: [6, 16],
        units: [120, 84, 10],
        ...plain("cifar-convnet", options),
      }),
  },
};

/** Half a billion: 2 GB, the most that a file of parameters holds. */
const mostParameters = 5e8;
/** Deeper networks without shortcuts learn nothing, and take minutes to compile. */
const mostLayers = 100;
export function parseModel(name: string): ModelSpec {
  if (Object.hasOwn(named, name)) return named[name];
  const [, inputs, outputs] = /^evidence:(\d+)-(\d+)$/.exec(name) ?? [];
  if (inputs) return chosenByEvidence(name, Number(inputs), Number(outputs));
  const [, members = "1", layers = "", linear] = /^(?:(\d+)\*)?mlp:(\d+(?:-\d+)+)(\+linear)?$/.exec(name) ?? [];
  const sizes = layers.split("-").map(Number);
  const count = Number(members);
  const isNetwork = sizes.length > 1 && sizes.length <= mostLayers && sizes.every((size) => size >= 1 && size <= 1e6);
  if (!isNetwork || count < 1 || count > mostMembers) {
    const must = `${Object.keys(named).join(", ")}, or mlp: and layer sizes from inputs to outputs such as mlp:64-32-10, or 5*mlp:64-32-10+linear`;
    throw new ConfigError(
      `--model: must be ${must}, got ${JSON.stringify(name)}.${suggestion(name, Object.keys(named))}`,
    );
  }
  const parameters = count * sizes.slice(1).reduce((sum, size, i) => sum + size * (sizes[i] + 1), 0);
  if (parameters > mostParameters) {
    throw new ConfigError(`--model: must have at most ${mostParameters} parameters, got ${parameters} of ${name}.`);
  }
  const build = (options: NetworkOptions): Network<ModelProblem["params"]> => {
    if (!linear) return mlp(sizes, plain(name, options));
    const { activation, initializer } = options;
    if (activation !== halves) return besideLinear([mlp(sizes, { activation, initializer })]);
    const [tanh, gelu] = [sizes.map(upperHalf), sizes.map(lowerHalf)];
    return besideLinear([
      mlp(tanh, { activation: "tanh", initializer }),
      ...(gelu.includes(0) || sizes.length === 2 ? [] : [mlp(gelu, { activation: "gelu", initializer })]),
    ]);
  };
  return {
    inputs: sizes[0],
    outputs: sizes[sizes.length - 1],
    isAutoencoder: false,
    activation: linear ? halves : "tanh",
    members: count,
    build: (options) => (count === 1 ? build(options) : averaged(build(options), count)),
    buildMember: build,
  };
}

/** Networks of a table whose widths and penalties evidence chooses: they are not compiled. */
function chosenByEvidence(name: string, inputs: number, outputs: number): ModelSpec {
  return {
    inputs,
    outputs,
    isAutoencoder: false,
    activation: "tanh",
    build() {
      throw new ConfigError(
        `${name}: must be a network that is trained step by step, got networks chosen by evidence.`,
      );
    },
  };
}

type Half = (size: number, layer: number, sizes: readonly number[]) => number;

const isHidden: (layer: number, sizes: readonly number[]) => boolean = (layer, { length }) =>
  layer > 0 && layer < length - 1;
const upperHalf: Half = (size, layer, sizes) => (isHidden(layer, sizes) ? Math.ceil(size / 2) : size);
const lowerHalf: Half = (size, layer, sizes) => (isHidden(layer, sizes) ? Math.floor(size / 2) : size);

/** Options of a network that has one function throughout. */
function plain(
  name: string,
  { activation, initializer }: NetworkOptions,
): { readonly activation: ActivationName; readonly initializer?: InitializerName } {
  if (activation !== halves) return { activation, initializer };
  throw new ConfigError(
    `--activation: ${halves} must be of a network beside a linear map, such as mlp:8-32-1+linear, got ${name}.`,
  );
}
