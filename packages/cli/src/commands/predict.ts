/** `quadric predict`: what a trained network says about new examples. */
import type { Command } from "@commander-js/extra-typings";
import { chunks } from "quadric";
import { readInputs } from "../data/datasets.ts";
import { scaleInputs } from "../data/inputs.ts";
import type { Io } from "../io.ts";
import { type Prediction, readOutputs } from "../predictions.ts";
import { readParameters, readRunRecord } from "../run-folder.ts";
import { compileTask, flatten } from "../task.ts";

export function addPredictCommand(program: Command, io: Io): void {
  program
    .command("predict")
    .description("Classes or numbers for new examples: CSV with a header, or JSON.")
    .argument("<run>", "a run folder")
    .argument("<file>", "a CSV file of the features alone, or an IDX file of images")
    .option("--json", "print one JSON object an example")
    .action(async (run, file, { json }) => {
      const { config } = readRunRecord(run);
      const x = scaleInputs(config.scaling, readInputs(file));
      const objective = await compileTask(config);
      try {
        const w = flatten(readParameters(run), objective.layout);
        const [n] = x.shape;
        let example = 0;
        for (const batch of chunks({ x }, n, Math.min(config.batchSize, n))) {
          for (const prediction of readOutputs(config, await objective.predict!(w, batch))) {
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
