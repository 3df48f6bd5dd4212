/** `quadric predict`: what a trained network says about new examples. */
import type { Command } from "@commander-js/extra-typings";
import { makeBatches } from "quadric";
import { readInputs } from "../data/datasets.ts";
import type { Io } from "../io.ts";
import { type Prediction, readOutputs } from "../predictions.ts";
import { readParameters, readRunRecord } from "../run-files.ts";
import { compileTask, flatten, makeTaskData } from "../task.ts";

export function addPredictCommand(program: Command, io: Io): void {
  program
    .command("predict")
    .description("Classes or numbers for new examples: CSV with a header, or JSON.")
    .argument("<run>", "a run folder")
    .argument("<file>", "a CSV file of the features alone, or an IDX file of images")
    .option("--json", "print one JSON object an example")
    .action(async (run, file, { json }) => {
      const record = readRunRecord(run);
      const { config } = record;
      const inputs = readInputs(file);
      // Nothing is known of the targets, and predictions do not look at them; any will do.
      const targets = { shape: [inputs.shape[0]], data: new Uint8Array(inputs.shape[0]) };
      const { examples: n, batch } = makeTaskData(config, { inputs, targets });
      const objective = await compileTask(config);
      try {
        const w = flatten(readParameters(run, record), objective.layout);
        let example = 0;
        for (const chunk of makeBatches(batch, { batchSize: Math.min(config.batchSize, n), seed: 0 }).full()) {
          for (const prediction of readOutputs(config, await objective.predict!(w, chunk))) {
            if (json) io.out.write(`${JSON.stringify({ type: "prediction", example, ...prediction })}\n`);
            else io.out.write(`${example === 0 ? header(prediction) : ""}${row(prediction)}\n`);
            example++;
          }
        }
      } finally {
        objective.dispose();
      }
    });
}

function header(prediction: Prediction): string {
  if ("class" in prediction) return prediction.probability === null ? "class\n" : "class,probability\n";
  const { values } = prediction;
  return values.length === 1 ? "value\n" : `${values.map((_, i) => `value_${i}`).join(",")}\n`;
}

function row(prediction: Prediction): string {
  if ("values" in prediction) return prediction.values.map((value) => value.toPrecision(6)).join(",");
  const { class: label, probability } = prediction;
  return probability === null ? `${label}` : `${label},${probability.toFixed(4)}`;
}
