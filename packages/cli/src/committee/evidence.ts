/**
 * Networks of a table whose widths, and whose penalty on each column, evidence chooses: none of them stops by its held-out
 * loss. As in other committees each training row is held out from a network, and the outputs are those that compiled
 * networks would have, so that what follows training is the same.
 */
import type { Counts, Tensor } from "quadric";
import { standardization } from "quadric/data";
import { type BayesianPrediction, bayesianMlp, loadBayesianMlp } from "quadric/models";
import type { TrainConfig } from "../config.ts";
import { featuresOf } from "../data/preparation.ts";
import { predictsClasses, readOutputs } from "../predictions.ts";
import { makeTaskData } from "../task.ts";
import { foldsOf } from "./folds.ts";
import type { EvidenceResult } from "./result.ts";
import { scoresOf } from "./scores.ts";
import { type CommitteeParts, constantPredictions, exampleWeights, type Predicted, type Trained } from "./trained.ts";

const likelihoods: Readonly<Record<string, "squared-error" | "cross-entropy" | "poisson">> = {
  mse: "squared-error",
  "cross-entropy": "cross-entropy",
  poisson: "poisson",
};

/** Multiply-adds that wider networks may take: less than a second for small tables. */
const [leastWork, workPerRow] = [3e8, 2.5e5];

/** Undefined if the signal stopped it: it takes seconds, and begins again. */
export async function trainByEvidence(parts: CommitteeParts): Promise<Trained | undefined> {
  const { config, dataset, signal, onBaseline } = parts;
  const { seed, folds: count = 5, preparation, loss } = config;
  const began = performance.now();
  const targets = dataset.train.targets.data;
  const n = targets.length;
  const { x } = makeTaskData(config, dataset.train).batch as { readonly x: Tensor };
  const folds = foldsOf(targets, predictsClasses(config), count, seed);
  const { names, groups } = groupsOf(config);
  const target = preparation!.target;
  let model: Awaited<ReturnType<typeof bayesianMlp>>;
  try {
    model = await bayesianMlp(
      {
        x,
        y: observed(config, dataset.train.targets),
        weight: { shape: [n], data: exampleWeights(config, dataset.train) },
      },
      {
        loss: likelihoods[loss],
        ...(target.task === "classes" && { classes: target.classes.length }),
        groups,
        seed,
        folds,
        work: leastWork + workPerRow * n,
        signal,
      },
    );
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
  const read = (prediction: BayesianPrediction) => {
    const { outputs, deviations } = predictedBy(config, prediction);
    return readOutputs(config, outputs, deviations);
  };
  const heldOutPredictions = read(model.heldOut);
  const scores = {
    constant: scoresOf(constantPredictions(config, targets, n), targets),
    linear: scoresOf(read(model.linear.heldOut), targets),
    network: scoresOf(heldOutPredictions, targets),
  };
  onBaseline(scores);
  const shares = new Float64Array(names.length);
  groups.forEach((group, feature) => {
    shares[group] += model.relevance[feature];
  });
  const told: EvidenceResult = {
    because: model.because,
    logEvidence: model.logEvidence,
    effectiveParameters: model.effectiveParameters,
    networks: model.networks.map(({ width, logEvidence, effectiveParameters, weight, steps }) => ({
      width,
      logEvidence,
      effectiveParameters,
      weight,
      steps,
    })),
    relevance: names.map((column, k) => ({ column, share: shares[k] })).sort((a, b) => b.share - a.share),
    ...(model.noise !== undefined && { noise: model.noise }),
  };
  return {
    tensors: model.tensors,
    networks: Math.max(1, told.networks.filter(({ width, weight }) => width > 0 && weight > 0).length),
    linear: (inputs) => predictedBy(config, model.linear.predict(inputs)).outputs,
    predict: async (inputs) => predictedBy(config, model.predict(inputs)),
    means: async (inputs) => predictedBy(config, model.predict(inputs, { deviations: false })).outputs,
    evidence: { told, ...(target.task === "numbers" && { interval: (level) => model.interval(level) }) },
    heldOut: scores,
    heldOutPredictions,
    heldOutTargets: Array.from(targets),
    decays: [],
    folds,
    keepsLinear: model.keepsLinear,
    isSound: true,
    steps: 0,
    epochs: 0,
    seconds: (performance.now() - began) / 1000,
    counts: noCounts,
    dispose() {},
  };
}

/** Products with networks that are not compiled are not counted. */
const noCounts: Counts = { values: 0, gradients: 0, hvps: 0, ggnvps: 0, examples: 0, backprops: 0 };

/** The columns of a table by name, and of which each feature is one. */
function groupsOf({ preparation }: TrainConfig): { readonly names: readonly string[]; readonly groups: number[] } {
  const features = featuresOf(preparation!);
  const names = [...new Set(features.map(({ column }) => column))];
  return { names, groups: features.map(({ column }) => names.indexOf(column)) };
}

/** Labels, counts, or numbers in their own units of which outliers are at the bounds of the others. */
function observed({ loss, preparation }: TrainConfig, { shape, data }: Tensor): Tensor {
  const { target } = preparation!;
  if (target.task === "classes" || loss !== "mse") return { shape, data };
  return {
    shape,
    data: Float64Array.from(data, (y) => standardization.invert(target, standardization.apply(target, y))),
  };
}

/** What a compiled network would put out: standardized numbers, ln(count/mean), ln(probability); deviations in units. */
function predictedBy({ loss, preparation }: TrainConfig, { outputs, deviations }: BayesianPrediction): Predicted {
  const target = preparation!.target;
  const unit = target.task === "numbers" ? target.shift : 1;
  const read =
    target.task === "numbers" && loss === "mse"
      ? (y: number) => (y - target.shift) / target.scale
      : (x: number) => Math.log(Math.max(x / unit, least));
  const { shape, data } = outputs;
  return { outputs: { shape, data: Float64Array.from(data, read) }, ...(deviations && { deviations }) };
}

/** Its logarithm is finite in float32, too. */
const least = 1e-30;

/** What the kept tensors of a run predict. */
export function loadEvidence(
  config: TrainConfig,
  tensors: ReadonlyMap<string, Tensor>,
): { predict(inputs: Tensor): Predicted; interval?(level: number): number } {
  const model = loadBayesianMlp(tensors);
  return {
    predict: (inputs) => predictedBy(config, model.predict(inputs)),
    ...(config.preparation!.target.task === "numbers" && { interval: (level: number) => model.interval(level) }),
  };
}
