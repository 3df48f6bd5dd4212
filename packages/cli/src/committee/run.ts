/** A run of a committee, from its configuration to its summary. */
import { join } from "node:path";
import { rows } from "quadric/data";
import { writeFileAtomic } from "quadric/node";
import type { Examples } from "../data/datasets.ts";
import type { Summary } from "../lines.ts";
import { parseModel } from "../model.ts";
import { type Prediction, readOutputs } from "../predictions.ts";
import { meanLoss } from "../task.ts";
import { calibrationOf } from "./calibration.ts";
import { trainByEvidence } from "./evidence.ts";
import { dependenceOf, importancesOf, type Predictor } from "./insight.ts";
import type { TableResult } from "./result.ts";
import { rowsFile } from "./rows-file.ts";
import { confusionOf, errorOf, scoresOf } from "./scores.ts";
import { type CommitteeParts, constantPredictions, type Trained } from "./trained.ts";
import { trainCommittee } from "./training.ts";

/** Rows that importances and dependences are taken over at most. */
const mostRows = 500;
const dependences = 3;
/** Share of new observations in the bands of partial dependence. */
const bandLevel = 0.9;

/** Undefined when the signal stopped the run, which then has networks and checkpoints to continue from. */
export async function runCommittee(parts: CommitteeParts): Promise<{ summary: Summary; trained: Trained } | undefined> {
  const { config, dataset, folder } = parts;
  const trained = await (config.regularize === "evidence" ? trainByEvidence(parts) : trainCommittee(parts));
  if (!trained) return undefined;
  const { keepsLinear, heldOut, steps, epochs, seconds, counts } = trained;
  try {
    const { train, test } = dataset;
    const hasTest = test.targets.data.length > 0;
    const predicted = hasTest ? await trained.predict(test.inputs) : undefined;
    const predictions = predicted ? readOutputs(config, predicted.outputs, predicted.deviations) : [];
    const classes = config.preparation?.target.task === "classes" ? config.preparation.target.classes : undefined;
    const predictor = predictorOf(config, trained);
    const { inputs, targets: ofInputs } = sampled(hasTest ? test : train, mostRows);
    const importances = await importancesOf(predictor, inputs, ofInputs.data);
    const onTest = hasTest && {
      rows: predictions.length,
      network: scoresOf(predictions, test.targets.data),
      linear: scoresOf(readOutputs(config, trained.linear(test.inputs)), test.targets.data),
      constant: scoresOf(constantPredictions(config, train.targets.data, predictions.length), test.targets.data),
    };
    const judged: readonly [readonly Prediction[], ArrayLike<number>] = hasTest
      ? [predictions, test.targets.data]
      : [trained.heldOutPredictions, trained.heldOutTargets];
    const calibration = calibrationOf(...judged, trained.evidence?.interval);
    const table: TableResult = {
      target: config.preparation!.target.name,
      ...(classes && { classes }),
      networks: trained.networks,
      folds: config.folds!,
      ...(onTest && { test: onTest }),
      heldOut: { rows: trained.heldOutPredictions.length, ...heldOut, spread: spreadOf(trained, train) },
      ...(trained.decays.length > 1 && { decays: trained.decays }),
      keepsLinear,
      ...(classes && { confusion: confusionOf(...judged, classes.length) }),
      ...(calibration && { calibration }),
      ...(trained.evidence && { evidence: trained.evidence.told }),
      importances,
      dependences: await inTurn(importances.slice(0, dependences), ({ column }) =>
        dependenceOf(predictor, inputs, column),
      ),
    };
    writeFileAtomic(join(folder.path, "rows.csv"), rowsFile(trained, dataset, predictions, classes));
    const summary: Summary = {
      type: "result",
      ...(trained.isSound
        ? {
            ...(trained.evidence ? byEvidence : byHeldOutLoss),
          }
        : { status: "nonfinite", message: "No network had a finite loss on the rows held out from it." }),
      steps,
      epochs,
      trainLoss: meanLoss(config, await trained.means(train.inputs), train),
      ...(predicted && { testLoss: meanLoss(config, predicted.outputs, test) }),
      testAccuracy: onTest && "accuracy" in onTest.network ? onTest.network.accuracy : null,
      counts,
      seconds,
      table,
    };
    return { summary, trained };
  } finally {
    trained.dispose();
  }

  function spreadOf({ heldOutPredictions, folds }: Trained, { targets }: Examples): number {
    const isHeld = heldOutPredictions.length === folds.length ? () => true : (fold: number) => fold === 0;
    const used = Array.from(folds.keys()).filter((i) => isHeld(folds[i]));
    const errors = [...new Set(used.map((i) => folds[i]))].map((fold) => {
      const places = [...used.keys()].filter((k) => folds[used[k]] === fold);
      return errorOf(
        scoresOf(
          places.map((k) => heldOutPredictions[k]),
          places.map((k) => targets.data[used[k]]),
        ),
      );
    });
    const centre = mean(errors);
    return Math.sqrt(mean(errors.map((error) => (error - centre) ** 2)));
  }
}

/** How a run ends that went well. */
const byHeldOutLoss = {
  status: "early-stopped",
  message: "Each network ended where the loss of the rows held out from it was least.",
} as const;
const byEvidence = {
  status: "converged",
  message: "Each network and its penalties ended where the evidence was greatest.",
} as const;

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

async function inTurn<T, R>(items: readonly T[], of: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await of(item));
  return results;
}

function predictorOf(config: CommitteeParts["config"], trained: Trained): Predictor {
  const width = parseModel(config.model).inputs;
  const tensor = (data: Float32Array) => ({ shape: [data.length / width, width], data });
  const { evidence } = trained;
  return {
    preparation: config.preparation!,
    predict: async (inputs) => readOutputs(config, await trained.means(tensor(inputs))),
    ...(evidence?.interval && {
      async errors(inputs) {
        const { deviations } = await trained.predict(tensor(inputs));
        return deviations!.map((deviation) => evidence.interval!(bandLevel) * deviation);
      },
    }),
  };
}

/** Equally spaced rows. */
function sampled({ inputs, targets }: Examples, most: number): Examples {
  const n = targets.shape[0];
  if (n <= most) return { inputs, targets };
  const indices = Int32Array.from({ length: most }, (_, i) => Math.floor((i * n) / most));
  return { inputs: rows(inputs, indices), targets: rows(targets, indices) };
}
