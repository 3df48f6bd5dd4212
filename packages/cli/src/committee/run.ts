/** A run of a committee, from its configuration to its summary. */
import { join } from "node:path";
import { rows } from "quadric/data";
import { writeFileAtomic } from "quadric/node";
import type { Examples } from "../data/datasets.ts";
import type { Summary } from "../lines.ts";
import { parseModel } from "../model.ts";
import { type Prediction, readOutputs } from "../predictions.ts";
import { meanLoss } from "../task.ts";
import { dependenceOf, importancesOf, type Predictor } from "./insight.ts";
import type { TableResult } from "./result.ts";
import { rowsFile } from "./rows-file.ts";
import { confusionOf, errorOf, scoresOf } from "./scores.ts";
import { type CommitteeParts, constantPredictions, type Trained, trainCommittee } from "./training.ts";

/** Rows that importances and dependences are taken over at most. */
const mostRows = 500;
const dependences = 3;

/** Undefined when the signal stopped the run, which then has networks and checkpoints to continue from. */
export async function runCommittee(parts: CommitteeParts): Promise<{ summary: Summary; trained: Trained } | undefined> {
  const { config, dataset, folder } = parts;
  const trained = await trainCommittee(parts);
  if (!trained) return undefined;
  const { keepsLinear, heldOut, steps, epochs, seconds, counts } = trained;
  try {
    const { train, test } = dataset;
    const hasTest = test.targets.data.length > 0;
    const testOutputs = hasTest ? await trained.predict(test.inputs) : undefined;
    const predictions = testOutputs ? readOutputs(config, testOutputs) : [];
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
    const table: TableResult = {
      target: config.preparation!.target.name,
      ...(classes && { classes }),
      networks: parseModel(config.model).members ?? 1,
      folds: config.folds!,
      ...(onTest && { test: onTest }),
      heldOut: { rows: trained.heldOutPredictions.length, ...heldOut, spread: spreadOf(trained, train) },
      ...(trained.decays.length > 1 && { decays: trained.decays }),
      keepsLinear,
      ...(classes && { confusion: confusionOf(...judged, classes.length) }),
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
            status: "early-stopped",
            message: "Each network ended where the loss of the rows held out from it was least.",
          }
        : { status: "nonfinite", message: "No network had a finite loss on the rows held out from it." }),
      steps,
      epochs,
      trainLoss: meanLoss(config, await trained.predict(train.inputs), train),
      ...(testOutputs && { testLoss: meanLoss(config, testOutputs, test) }),
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
    const used = Array.from(folds.keys()).filter((i) => folds[i] < (parseModel(config.model).members ?? 1));
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

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

async function inTurn<T, R>(items: readonly T[], of: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await of(item));
  return results;
}

function predictorOf(config: CommitteeParts["config"], trained: Trained): Predictor {
  const width = parseModel(config.model).inputs;
  return {
    preparation: config.preparation!,
    async predict(inputs) {
      return readOutputs(config, await trained.predict({ shape: [inputs.length / width, width], data: inputs }));
    },
  };
}

/** Equally spaced rows. */
function sampled({ inputs, targets }: Examples, most: number): Examples {
  const n = targets.shape[0];
  if (n <= most) return { inputs, targets };
  const indices = Int32Array.from({ length: most }, (_, i) => Math.floor((i * n) / most));
  return { inputs: rows(inputs, indices), targets: rows(targets, indices) };
}
