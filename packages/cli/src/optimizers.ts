/** Optimizers by the names of the command line, each with the flags that mean something to it. */
import {
  adagrad,
  adam,
  adamw,
  auto,
  ConfigError,
  type CurvatureKind,
  cdat,
  cubicRegularization,
  type Norm,
  norms,
  type Optimizer,
  type RatioBatch,
  rmsprop,
  scheduleFree,
  sgd,
  steepestDescent,
  subproblems,
  trustRegion,
} from "quadric";
import {
  type PaperNorm,
  type PaperProblem,
  type PaperTrustRegionOptions,
  paperTrustRegion,
  presets,
} from "quadric/paper";
import { suggestion } from "./suggestion.ts";

/** Settings of optimizers; an absent one is the optimizer's own default. */
export interface OptimizerFlags {
  readonly preset?: string;
  /** Epochs of the preset's warm start; 0: none. */
  readonly warmStart?: number;
  readonly curvature?: CurvatureKind;
  readonly curvatureFraction?: number;
  readonly ratioBatch?: RatioBatch;
  readonly subproblem?: SubproblemName;
  readonly radius?: number;
  readonly sigma?: number;
  readonly maxProducts?: number;
  readonly lr?: number;
  readonly momentum?: number;
  readonly beta?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
}

export type SubproblemName = "cauchy" | "steihaug" | "gltr";
export const subproblemNames: readonly SubproblemName[] = ["cauchy", "steihaug", "gltr"];

type Flag = keyof OptimizerFlags;

interface Entry {
  readonly flags: readonly Flag[];
  make(flags: OptimizerFlags): Optimizer;
}

interface Ellipsoid {
  readonly flags: readonly ("beta" | "epsilon")[];
  make(flags: OptimizerFlags): Norm;
  /** What the paper's settings call it. */
  readonly paper?: PaperNorm;
}

const euclidean: Ellipsoid = { flags: [], make: () => norms.euclidean(), paper: "euclidean" };
const adagradNorm: Ellipsoid = {
  flags: ["epsilon"],
  make: ({ epsilon }) => norms.adagrad(given({ epsilon })),
  paper: "adagrad",
};
const rmspropNorm: Ellipsoid = {
  flags: ["beta", "epsilon"],
  make: ({ beta, epsilon }) => norms.rmsprop(given({ beta, epsilon })),
  paper: "rmsprop",
};
const adamNorm: Ellipsoid = {
  flags: ["beta", "epsilon"],
  make: ({ beta, epsilon }) => norms.adam(given({ beta, epsilon })),
};

/** The whole matrix of second moments: d² numbers, for small networks. */
const full = (accumulate: "adagrad" | "rmsprop"): Ellipsoid => ({
  flags: ["epsilon"],
  make: ({ epsilon }) => norms.fullMatrix(given({ accumulate, epsilon })),
});

/** What trust regions and cubic regularisation share. */
const curvatureFlags = ["curvature", "curvatureFraction", "ratioBatch", "maxProducts"] as const;

/** Options of a method with those of a preset under them, group by group. */
function over(preset: PaperTrustRegionOptions, { norm, subproblem, radius, sigma, ...flags }: MethodFlags) {
  const { curvature, curvatureFraction, ratioBatch, maxProducts } = flags;
  return {
    ...preset,
    ...given({ norm, curvature }),
    subproblem: {
      ...preset.subproblem,
      ...given({ solver: subproblem && subproblems[subproblem](), maxProducts }),
    },
    acceptance: { ...preset.acceptance, ...given({ ratioBatch }) },
    sampling: { ...preset.sampling, ...given({ curvatureFraction }) },
    radius: { ...preset.radius, ...given({ initial: radius }) },
    sigma: given({ initial: sigma }),
  };
}

type MethodFlags = OptimizerFlags & { readonly norm?: Norm };

/**
 * A trust region, in the norm of its defaults if no other is given, in a preset that of RMSProp; each flag replaces
 * what the preset says.
 */
const region = (ellipsoid?: Ellipsoid): Entry => ({
  flags: ["preset", "warmStart", ...curvatureFlags, "subproblem", "radius", ...(ellipsoid?.flags ?? [])],
  make(flags) {
    const { preset, warmStart } = flags;
    const paper = preset === undefined ? undefined : paperOptions(preset, ellipsoid ?? rmspropNorm);
    if (warmStart !== undefined && !paper?.warmStart) {
      throw new ConfigError("--warm-start: needs a --preset whose settings have a warm start.");
    }
    const isShaped = ellipsoid?.flags.some((flag) => flags[flag] !== undefined);
    const norm = !paper || isShaped ? ellipsoid?.make(flags) : undefined;
    const { sigma: _, ...options } = over(paper ?? {}, { ...flags, norm });
    if (!paper) return trustRegion(options);
    const warm = warmStart === undefined ? paper.warmStart : { ...paper.warmStart!, epochs: warmStart };
    return paperTrustRegion({ ...options, warmStart: warmStart === 0 ? undefined : warm });
  },
});

const cubic = (ellipsoid: Ellipsoid): Entry => ({
  flags: [...curvatureFlags, "sigma", ...ellipsoid.flags],
  make(flags) {
    const { radius: _, ...options } = over({}, { ...flags, norm: ellipsoid.make(flags) });
    return cubicRegularization(options);
  },
});

const firstOrder = <K extends Flag>(
  flags: readonly K[],
  make: (options: Pick<OptimizerFlags, K> & { learningRate?: number }) => Optimizer,
): Entry => ({
  flags: ["lr", ...flags],
  make(all) {
    const own = Object.fromEntries(flags.map((flag) => [flag, all[flag]]));
    return make(given({ learningRate: all.lr, ...own }) as Parameters<typeof make>[0]);
  },
});

const optimizers = {
  auto: { flags: ["curvature"], make: ({ curvature }) => auto(given({ curvature })) },
  "trust-region": region(),
  "tr-rmsprop": region(rmspropNorm),
  "tr-adagrad": region(adagradNorm),
  "tr-adam": region(adamNorm),
  "tr-euclidean": region(euclidean),
  "tr-full-rmsprop": region(full("rmsprop")),
  "tr-full-adagrad": region(full("adagrad")),
  "arc-rmsprop": cubic(rmspropNorm),
  "arc-adagrad": cubic(adagradNorm),
  "arc-adam": cubic(adamNorm),
  "arc-euclidean": cubic(euclidean),
  "sd-adam": {
    flags: ["curvature", "curvatureFraction", "momentum", "beta", "epsilon"],
    make({ curvature, curvatureFraction, momentum = 0.9, beta = 0.99, epsilon }) {
      const learningRate = cdat(given({ curvature, curvatureFraction }));
      const norm = norms.adam(given({ beta, epsilon }));
      return steepestDescent({ norm, momentum, learningRate, averageIterates: true, rollback: true });
    },
  },
  sgd: firstOrder([], sgd),
  momentum: firstOrder(["momentum"], ({ momentum = 0.9, ...options }) => sgd({ momentum, ...options })),
  adagrad: firstOrder(["epsilon"], adagrad),
  rmsprop: firstOrder(["beta", "epsilon"], rmsprop),
  adam: firstOrder(["beta", "epsilon"], ({ beta, ...options }) => adam(given({ beta2: beta, ...options }))),
  "schedule-free": firstOrder(["beta", "epsilon", "weightDecay"], ({ beta, ...options }) => {
    return scheduleFree(given({ beta2: beta, ...options }));
  }),
  adamw: firstOrder(["beta", "epsilon", "weightDecay"], ({ beta, ...options }) => {
    return adamw(given({ beta2: beta, ...options }));
  }),
} as const satisfies Record<string, Entry>;

export type OptimizerName = keyof typeof optimizers;
export const optimizerNames = Object.keys(optimizers) as readonly OptimizerName[];

const spelling: Readonly<Record<Flag, string>> = {
  preset: "--preset",
  warmStart: "--warm-start",
  curvature: "--curvature",
  curvatureFraction: "--curvature-fraction",
  ratioBatch: "--ratio-batch",
  subproblem: "--subproblem",
  radius: "--radius",
  sigma: "--sigma",
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
    const takers = optimizerNames.filter((other) => (optimizers[other] as Entry).flags.includes(flag)).join(", ");
    throw new ConfigError(
      `${spelling[flag]}: means nothing to --optimizer ${name}, which takes ${known}. Name a method that takes it: ${takers}.`,
    );
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
  throw new ConfigError(
    `--preset: must be one of ${known.join(", ")}, got ${JSON.stringify(name)}.${suggestion(name, known)}`,
  );
}

function paperOptions(preset: string, { paper }: Ellipsoid): PaperTrustRegionOptions {
  const { trustRegion: options } = paperPreset(preset);
  if (paper) return options[paper];
  throw new ConfigError("--preset: the paper has settings for tr-euclidean, tr-adagrad and tr-rmsprop only.");
}

/** The entries that have a value: an absent flag leaves the default to the callee. */
function given<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
