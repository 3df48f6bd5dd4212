/**
 * The settings released with the paper, row by row.
 *
 * Left out on purpose: the released epoch counter made every warm start one epoch longer than stated and gave one of
 * SGD to problems without; here E means E. References: [Kohler2020, released configurations].
 */
import { norms } from "../norm/norms.ts";
import { adagrad } from "../optimizer/first-order/adagrad.ts";
import { rmsprop } from "../optimizer/first-order/rmsprop.ts";
import { subproblems } from "../subproblem/subproblems.ts";
import type { PaperTrustRegionOptions } from "./trust-region.ts";

export type PaperProblem =
  | "cifar10-convnet"
  | "cifar10-mlp"
  | "fashion-mnist-autoencoder"
  | "fashion-mnist-convnet"
  | "fashion-mnist-mlp"
  | "mnist-autoencoder"
  | "mnist-convnet"
  | "mnist-mlp";

export type PaperNorm = "euclidean" | "adagrad" | "rmsprop";

export interface PaperPreset {
  /** Options of `paperTrustRegion`, by norm. */
  readonly trustRegion: Readonly<Record<PaperNorm, PaperTrustRegionOptions>>;
  readonly batchSize: number;
  /** Factor of Σ ‖W‖₂ over weight and bias tensors (the norm, not its square) in the loss. */
  readonly penalty: number;
  /** Iterations after which the paper's runs end. */
  readonly steps: number;
  /** Learning rates of the first-order methods, on batches of 128. */
  readonly baselines: { readonly batchSize: 128; readonly learningRate: Readonly<Record<Baseline, number>> };
}

type Baseline = "sgd" | "adagrad" | "rmsprop";

/** A value for all norms, or [adagrad, rmsprop, euclidean]. */
type ByNorm = number | readonly [number, number, number];

interface Row {
  readonly radius: ByNorm;
  readonly maxRadius: number;
  readonly increase: ByNorm;
  readonly decrease: ByNorm;
  readonly eta1: number;
  readonly eta2: ByNorm;
  readonly batchSize: number;
  /** Epochs, method, learning rate. */
  readonly warmStart?: readonly [number, "adagrad" | "rmsprop", number];
  /** K epochs, growth c, cap b_max. */
  readonly pivot: readonly [number, number, number];
  readonly epsilon: number;
  /** SGD, Adagrad, RMSProp. */
  readonly rates: readonly [number, number, number];
}

// biome-ignore format: one row a problem, as the paper's configurations are read
const rows: Readonly<Record<PaperProblem, Row>> = {
  "cifar10-convnet":           { radius: [5e-3, 1e-4, 5e-3], maxRadius: 10, increase: 1.1, decrease: 1.25, eta1: 0.01, eta2: 0.95, batchSize: 512, warmStart: [20, "adagrad", 0.01], pivot: [10, 1.05, 0.1], epsilon: 1e-10, rates: [5e-3, 0.01, 5e-5] },
  "cifar10-mlp":               { radius: [0.05, 1e-4, 0.05], maxRadius: 10, increase: 1.1, decrease: [1.25, 1.75, 1.25], eta1: 0.01, eta2: 0.95, batchSize: 512, pivot: [10, 1.05, 0.2], epsilon: 1e-10, rates: [5e-5, 5e-4, 1e-5] },
  "fashion-mnist-autoencoder": { radius: 1e-3, maxRadius: 10, increase: 1.1, decrease: 1.25, eta1: 1e-5, eta2: 0.9, batchSize: 512, warmStart: [1, "adagrad", 0.01], pivot: [5, 1.075, 0.05], epsilon: 1e-10, rates: [0.05, 0.01, 1e-3] },
  "fashion-mnist-convnet":     { radius: 1e-4, maxRadius: 10, increase: 1.1, decrease: [1.1, 1.5, 1.1], eta1: 1e-5, eta2: 0.95, batchSize: 4096, warmStart: [1, "rmsprop", 5e-4], pivot: [5, 1.025, 0.1], epsilon: 1e-16, rates: [0.01, 0.01, 1e-4] },
  "fashion-mnist-mlp":         { radius: [0.05, 1e-4, 0.05], maxRadius: 10, increase: 1.1, decrease: [1.5, 1.75, 1.25], eta1: 0.01, eta2: [0.95, 0.95, 0.8], batchSize: 512, pivot: [10, 1.05, 0.2], epsilon: 1e-10, rates: [5e-3, 5e-3, 1e-4] },
  "mnist-autoencoder":         { radius: 0.01, maxRadius: 5, increase: 1.25, decrease: [1.5, 1.1, 1.1], eta1: 1e-7, eta2: 0.8, batchSize: 128, warmStart: [1, "rmsprop", 0.01], pivot: [5, 1.025, 0.05], epsilon: 1e-8, rates: [0.05, 0.01, 1e-3] },
  "mnist-convnet":             { radius: 1e-4, maxRadius: 10, increase: 1.1, decrease: [1.1, 1.5, 1.1], eta1: 1e-5, eta2: 0.9, batchSize: 2048, warmStart: [1, "rmsprop", 5e-4], pivot: [5, 1.025, 0.1], epsilon: 1e-16, rates: [5e-3, 5e-3, 1e-4] },
  "mnist-mlp":                 { radius: [0.05, 1e-4, 0.05], maxRadius: 10, increase: [1.1, 1.01, 1.1], decrease: [1.25, 1.75, 1.5], eta1: 0.01, eta2: 0.95, batchSize: 512, pivot: [10, 1.05, 0.2], epsilon: 1e-10, rates: [0.05, 0.05, 1e-4] },
};

/** β of the released RMSProp ellipsoid and warm start. */
const beta = 0.8;

function preset(problem: PaperProblem): PaperPreset {
  const row = rows[problem];
  const isAutoencoder = problem.endsWith("autoencoder");
  const optionsOf = (norm: PaperNorm): PaperTrustRegionOptions => {
    const of = (value: ByNorm) =>
      typeof value === "number" ? value : value[(["adagrad", "rmsprop", "euclidean"] as const).indexOf(norm)];
    const { epsilon } = row;
    const ellipsoids = {
      euclidean: norms.euclidean,
      adagrad: () => norms.adagrad({ epsilon }),
      rmsprop: () => norms.rmsprop({ beta, epsilon }),
    };
    const [epochs, growth, cap] = row.pivot;
    return {
      norm: ellipsoids[norm](),
      curvature: "hessian",
      subproblem: { solver: subproblems.steihaug(), tolerance: 0.1, stoppingRule: "decrease", maxProducts: 50 },
      radius: {
        initial: of(row.radius),
        max: row.maxRadius,
        grow: of(row.increase),
        shrink: of(row.decrease),
      },
      acceptance: { eta1: row.eta1, eta2: of(row.eta2) },
      preconditioner: { memory: 0 },
      sampling: { curvatureFraction: 1 },
      policy: { growOnlyAtBoundary: false, shrinkFrom: "radius", onNormChange: "keep", keepBatchOnReject: false },
      pivot: { epochs, growth, cap },
      ...(row.warmStart && { warmStart: warmStart(row.warmStart) }),
    };
  };
  return {
    trustRegion: { euclidean: optionsOf("euclidean"), adagrad: optionsOf("adagrad"), rmsprop: optionsOf("rmsprop") },
    batchSize: row.batchSize,
    penalty: isAutoencoder ? 0 : 1e-4,
    steps: isAutoencoder ? 50_000 : 20_000,
    baselines: {
      batchSize: 128,
      learningRate: { sgd: row.rates[0], adagrad: row.rates[1], rmsprop: row.rates[2] },
    },
  };
}

function warmStart([epochs, method, learningRate]: NonNullable<
  Row["warmStart"]
>): PaperTrustRegionOptions["warmStart"] {
  const optimizer = method === "adagrad" ? adagrad({ learningRate }) : rmsprop({ learningRate, beta });
  return { epochs, optimizer, batchSize: 128 };
}

export const presets: { readonly paper: Readonly<Record<PaperProblem, PaperPreset>> } = {
  paper: Object.fromEntries(
    (Object.keys(rows) as PaperProblem[]).map((problem) => [problem, preset(problem)]),
  ) as Record<PaperProblem, PaperPreset>,
};
