/** `quadric evaluate`: loss and accuracy of a trained network, and whether it is as sure as it says. */
import type { Command } from "@commander-js/extra-typings";
import { ConfigError } from "quadric";
import { type Calibration, calibrationOf } from "../committee/calibration.ts";
import { loadEvidence } from "../committee/evidence.ts";
import { type Scores, scoresOf } from "../committee/scores.ts";
import { calibrationText, scoreText } from "../committee/words.ts";
import type { TrainConfig } from "../config.ts";
import { type Examples, loadExamples } from "../data/datasets.ts";
import { loadRunData } from "../fingerprint.ts";
import { groups, helpText } from "../help.ts";

import type { Io } from "../io.ts";
import { readOutputs } from "../predictions.ts";
import { type RunRecord, readParameters, readRunRecord } from "../run-files.ts";
import { compileTask, type Evaluation, evaluate, flatten, makeTaskData, meanLoss } from "../task.ts";

export function addEvaluateCommand(program: Command, io: Io): void {
  program
    .command("evaluate")
    .helpGroup(groups.train)
    .description(
      "Loss and accuracy of a trained network on test data, and how often its intervals hold, if it has some.",
    )
    .argument("<run>", "a run folder")
    .option("--data <name>", "other data than the run's: its test files, or all rows if it has none")
    .option("--data-dir <folder>", "where the files of a named data set are")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      helpText(
        [
          ["quadric evaluate runs/houses-auto-1", "on the rows kept for testing"],
          ["quadric evaluate runs/houses-auto-1 --data other.csv", "on all rows of another table"],
        ],
        "cli#evaluate",
      ),
    )
    .action(async (run, { data, dataDir, json }) => {
      const record = readRunRecord(run);
      const { config } = record;
      const source = data === undefined ? config : { ...config, data, dataDir };
      const examples =
        data === undefined ? (await loadRunData(record, { dataDir })).test : await loadExamples(source, true);
      if (examples.targets.data.length === 0) {
        throw new ConfigError(
          `${run}: must have kept rows for testing, got --test-fraction 0. Name others with --data.`,
        );
      }
      const evaluation = await (config.regularize === "evidence" ? byEvidence : compiled)(run, record, examples);
      const { loss, accuracy, scores, calibration } = evaluation;
      if (json) {
        io.out.write(`${JSON.stringify({ type: "evaluation", data: source.data, ...evaluation })}\n`);
        return;
      }
      const share = accuracy === null ? "" : `, accuracy ${(100 * accuracy).toFixed(2)} %`;
      io.out.write(`${source.data}: ${evaluation.examples} examples, loss ${loss.toPrecision(4)}${share}\n`);
      if (scores) io.out.write(`${scoreText(scores)}\n`);
      if (calibration) io.out.write(`${calibrationText(calibration)}\n`);
    });
}

interface Evaluated extends Evaluation {
  readonly scores?: Scores;
  readonly calibration?: Calibration;
}

async function compiled(run: string, record: RunRecord, examples: Examples): Promise<Evaluated> {
  const { config } = record;
  const data = makeTaskData(config, examples);
  const objective = await compileTask(config);
  try {
    return await evaluate(objective, flatten(readParameters(run, record), objective.layout), config, data);
  } finally {
    objective.dispose();
  }
}

async function byEvidence(run: string, record: RunRecord, examples: Examples): Promise<Evaluated> {
  const config: TrainConfig = record.config;
  const { predict, interval } = loadEvidence(config, readParameters(run, record));
  const { outputs, deviations } = predict(examples.inputs);
  const predictions = readOutputs(config, outputs, deviations);
  const targets = examples.targets.data;
  const scores = scoresOf(predictions, targets);
  const calibration = calibrationOf(predictions, targets, interval);
  return {
    examples: predictions.length,
    loss: meanLoss(config, outputs, examples),
    accuracy: "accuracy" in scores ? scores.accuracy : null,
    scores,
    ...(calibration && { calibration }),
  };
}
