/** `quadric evaluate`: loss and accuracy of a trained network. */
import type { Command } from "@commander-js/extra-typings";
import { ConfigError } from "quadric";
import { loadExamples } from "../data/datasets.ts";
import { loadRunData } from "../fingerprint.ts";
import { groups, helpText } from "../help.ts";

import type { Io } from "../io.ts";
import { readParameters, readRunRecord } from "../run-files.ts";
import { compileTask, evaluate, flatten, makeTaskData } from "../task.ts";

export function addEvaluateCommand(program: Command, io: Io): void {
  program
    .command("evaluate")
    .helpGroup(groups.train)
    .description("Loss and accuracy of a trained network on test data.")
    .argument("<run>", "a run folder")
    .option("--data <name>", "other data than the run's: its test files, or all of it without any")
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
      const examples = makeTaskData(
        config,
        data === undefined ? (await loadRunData(record, { dataDir })).test : await loadExamples(source, true),
      );
      if (examples.examples === 0) {
        throw new ConfigError(
          `${run}: must have kept rows for testing, got --test-fraction 0. Name others with --data.`,
        );
      }
      const objective = await compileTask(config);
      try {
        const w = flatten(readParameters(run, record), objective.layout);
        const evaluation = await evaluate(objective, w, config, examples);
        const { loss, accuracy } = evaluation;
        if (json) io.out.write(`${JSON.stringify({ type: "evaluation", data: source.data, ...evaluation })}\n`);
        else {
          const share = accuracy === null ? "" : `, accuracy ${(100 * accuracy).toFixed(2)} %`;
          io.out.write(`${source.data}: ${examples.examples} examples, loss ${loss.toPrecision(4)}${share}\n`);
        }
      } finally {
        objective.dispose();
      }
    });
}
