/** Optimizers by the names of the command line, each with the flags that mean something to it. */
import {
  adagrad,
  adam,
  adamw,
  ConfigError,
  momentum,
  type Norm,
  norms,
  type Optimizer,
  type PaperNorm,
  type PaperProblem,
  presets,
  rmsprop,
  sgd,
  trustRegion,
} from "quadric";

/** Settings of optimizers; an absent one is the optimizer's own default. */
export interface OptimizerFlags {
  readonly preset?: string;
  readonly curvature?: "hessian" | "gauss-newton";
  readonly radius?: number;
  readonly maxProducts?: number;
  readonly lr?: number;
  readonly momentum?: number;
  readonly beta?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
}

type Flag = keyof OptimizerFlags;

interface Entry {
  readonly flags: readonly Flag[];
  make(flags: OptimizerFlags): Optimizer;
}

const regionFlags = ["preset", "curvature", "radius", "maxProducts"] as const;

/** A trust region in the given norm; a preset is replaced flag by flag. */
const region = (normFlags: readonly Flag[], norm: (flags: OptimizerFlags) => Norm, paperNorm?: PaperNorm): Entry => ({
  flags: [...regionFlags, ...normFlags],
  make(flags) {
    const { preset, curvature, radius, maxProducts } = flags;
    const paper = preset === undefined ? undefined : paperPreset(preset).trustRegion;
    if (paper && !paperNorm) {
      throw new ConfigError("--preset: the paper has settings for tr-spherical, tr-adagrad and tr-rmsprop only.");
    }
    const isNormGiven = normFlags.some((flag) => flags[flag] !== undefined);
    return trustRegion({
      ...(paper && paperNorm && paper[paperNorm]),
      ...(paper && !isNormGiven ? {} : { norm: norm(flags) }),
      ...given({ curvature, radius, maxProducts }),
    });
  },
});

const firstOrder = <K extends Flag>(
  flags: readonly K[],
  make: (options: Pick<OptimizerFlags, K> & { learningRate?: number }) => Optimizer,
): Entry => ({
  flags: ["lr", ...flags],
  make: ({ lr, ...rest }) => make(given({ learningRate: lr, ...rest }) as Parameters<typeof make>[0]),
});

const optimizers = {
  "tr-rmsprop": region(["beta", "epsilon"], ({ beta, epsilon }) => norms.rmsprop(given({ beta, epsilon })), "rmsprop"),
  "tr-adagrad": region(["epsilon"], ({ epsilon }) => norms.adagrad(given({ epsilon })), "adagrad"),
  "tr-adam": region(["beta", "epsilon"], ({ beta, epsilon }) => norms.adam(given({ beta, epsilon }))),
  "tr-spherical": region([], () => norms.spherical(), "spherical"),
  sgd: firstOrder([], sgd),
  momentum: firstOrder(["momentum"], momentum),
  adagrad: firstOrder(["epsilon"], adagrad),
  rmsprop: firstOrder(["beta", "epsilon"], rmsprop),
  adam: firstOrder(["beta", "epsilon"], ({ beta, ...options }) => adam(given({ beta2: beta, ...options }))),
  adamw: firstOrder(["beta", "epsilon", "weightDecay"], ({ beta, ...options }) => {
    return adamw(given({ beta2: beta, ...options }));
  }),
} as const satisfies Record<string, Entry>;

export type OptimizerName = keyof typeof optimizers;
export const optimizerNames = Object.keys(optimizers) as readonly OptimizerName[];

const spelling: Readonly<Record<Flag, string>> = {
  preset: "--preset",
  curvature: "--curvature",
  radius: "--radius",
  maxProducts: "--max-products",
  lr: "--lr",
  momentum: "--momentum",
  beta: "--beta",
  epsilon: "--epsilon",
  weightDecay: "--weight-decay",
};

/** @throws {ConfigError} if a flag means nothing to the optimizer, or its value is outside the optimizer's domain. */
export function makeOptimizer(name: OptimizerName, flags: OptimizerFlags): Optimizer {
  const entry: Entry = optimizers[name];
  for (const flag of Object.keys(spelling) as Flag[]) {
    if (flags[flag] === undefined || entry.flags.includes(flag)) continue;
    const known = entry.flags.map((other) => spelling[other]).join(", ");
    throw new ConfigError(`${spelling[flag]}: means nothing to --optimizer ${name}, which takes ${known}.`);
  }
  try {
    return entry.make(flags);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw new ConfigError(error.message);
    throw error;
  }
}

/** The settings of a problem of the paper. */
export function paperPreset(name: string): (typeof presets.paper)[PaperProblem] {
  const known = Object.keys(presets.paper) as PaperProblem[];
  const found = known.find((problem) => problem === name);
  if (found) return presets.paper[found];
  throw new ConfigError(`--preset: must be one of ${known.join(", ")}, got ${JSON.stringify(name)}.`);
}

/** The entries that have a value: an absent flag leaves the default to the callee. */
function given<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
