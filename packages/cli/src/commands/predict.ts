/** `quadric predict`: what a trained network says about new examples. */
import type { Command } from "@commander-js/extra-typings";
import { makeBatches, type Tensor } from "quadric";
import { parseCsv } from "quadric/data";
import { loadEvidence } from "../committee/evidence.ts";
import type { TrainConfig } from "../config.ts";
import { readImages } from "../data/datasets.ts";
import { readFile, readTable } from "../data/files.ts";
import { prepareInputs } from "../data/preparation.ts";
import { listNames } from "../data/table.ts";
import { expectedKinds } from "../data/table-dataset.ts";
import { groups, helpText } from "../help.ts";

import { type Io, tell } from "../io.ts";
import { predictionWriter } from "../prediction-writer.ts";
import { readOutputs } from "../predictions.ts";
import { readParameters, readRunRecord } from "../run-files.ts";
import { compileTask, flatten, withoutTargets } from "../task.ts";

export function addPredictCommand(program: Command, io: Io): void {
  program
    .command("predict")
    .helpGroup(groups.train)
    .description("Classes or numbers for new examples, as CSV with a header or as JSON.")
    .argument("<run>", "a run folder")
    .argument("<file>", "a table with the columns of the run's, in any order, or an IDX file of images")
    .option("--json", "print one JSON object an example")
    .addHelpText(
      "after",
      helpText(
        [
          ["quadric predict runs/houses-auto-1 new.csv > predictions.csv", "a table"],
          ["quadric predict runs/digits-auto-1 images.idx --json", "one JSON object a line"],
        ],
        "cli#predict",
      ),
    )
    .action(async (run, file, { json = false }) => {
      const record = readRunRecord(run);
      const { config } = record;
      const inputs = await readInputs(io, config, file);
      if (config.regularize === "evidence") {
        const { predict, interval } = loadEvidence(config, readParameters(run, record));
        const write = predictionWriter(io.out, config.preparation?.target, json, interval?.(level));
        const { outputs, deviations } = predict(inputs);
        readOutputs(config, outputs, deviations).forEach(write);
        return;
      }
      const { examples: n, batch } = withoutTargets(config, inputs);
      const objective = await compileTask(config);
      try {
        const w = flatten(readParameters(run, record), objective.layout);
        const write = predictionWriter(io.out, config.preparation?.target, json);
        for (const chunk of makeBatches(batch, { batchSize: Math.min(config.batchSize, n), seed: 0 }).full()) {
          readOutputs(config, await objective.predict!(w, chunk)).forEach(write);
        }
      } finally {
        objective.dispose();
      }
    });
}

/** Share of new observations in the intervals that are written. */
const level = 0.9;

/** The features of a table by the names of its columns; of a run on images, an IDX file or one of numbers. */
async function readInputs(io: Io, config: TrainConfig, file: string): Promise<Tensor> {
  const { preparation } = config;
  if (!preparation) {
    const isTable = /\.csv(\.gz)?$/i.test(file);
    return isTable ? readFile(file, (bytes) => parseCsv(bytes).values) : readImages(file);
  }
  const table = await readTable(file, {
    kinds: expectedKinds(preparation),
    names: preparation.inputs.map(({ name }) => name),
    missing: config.missing,
  });
  const { inputs, dropped, target } = preparation;
  const known = new Set([...inputs, ...dropped, target].map(({ name }) => name));
  const others = table.columns.map(({ name }) => name).filter((name) => !known.has(name));
  if (others.length > 0) tell(io, `ignores what was not there in training: ${listNames(others)}`);
  for (const input of inputs) {
    const column = table.columns.find(({ name }) => name === input.name);
    if (!column) continue;
    if (input.kind === "category") {
      const unknown = column.levels.filter((level) => !input.levels.includes(level));
      if (unknown.length > 0 && !input.other)
        tell(io, `column ${listNames([input.name])}: not in training: ${listNames(unknown)}`);
    }
    if (column.missing > 0 && !input.indicator) {
      tell(io, `column ${listNames([input.name])}: ${column.missing} missing, and none was in training`);
    }
    if (column.note !== "") tell(io, `column ${listNames([input.name])}: ${column.note}`);
  }
  return prepareInputs(preparation, table);
}
