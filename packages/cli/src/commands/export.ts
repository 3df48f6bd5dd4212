/** `quadric export`: a trained network as an ONNX file. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import { ConfigError } from "quadric";
import { writeFileAtomic } from "quadric/node";
import { type LossName, logLosses } from "../data/targets.ts";
import { groups, helpText } from "../help.ts";
import type { Io } from "../io.ts";
import { parseModel } from "../model.ts";
import type { Head } from "../prepared-onnx.ts";
import { readRunRecord } from "../run-files.ts";

export function addExportCommand(program: Command, io: Io): void {
  program
    .command("export")
    .helpGroup(groups.train)
    .description(
      "Write a trained network as an ONNX file. It takes features or columns as in the data, and gives outputs or the target.",
    )
    .argument("<run>", "a run folder")
    .option("--out <file>", "the file (default: model.onnx in the run folder)")
    .addHelpText(
      "after",
      helpText(
        [
          ["quadric export runs/houses-auto-1", "writes model.onnx into the run folder"],
          ["quadric export runs/houses-auto-1 --out model.onnx", "or elsewhere"],
        ],
        "onnx-export",
      ),
    )
    .action(async (run, { out = join(run, "model.onnx") }) => {
      if (!existsSync(dirname(out))) {
        throw new ConfigError(`--out: must be a file in a folder that exists, got ${out}.`);
      }
      const record = readRunRecord(run);
      const { config } = record;
      const { preparation, loss, model } = config;
      const { inputs, outputs } = parseModel(model);
      const isSure = config.regularize === "evidence";
      // Loaded here: the start of every command would pay for it.
      const { evidenceFile, networkFile } = await import("../onnx-files.ts");
      const bytes = await (isSure ? evidenceFile(run, record) : networkFile(run, record));
      if (!preparation) {
        writeFileAtomic(out, bytes);
        io.out.write(`${out}: input [batch, ${inputs}], output [batch, ${outputs}], opset 21\n`);
        return;
      }
      const { withPreparation } = await import("../prepared-onnx.ts");
      writeFileAtomic(
        out,
        withPreparation(
          bytes,
          preparation,
          isSure ? (preparation.target.task === "classes" ? "probabilities" : "deviation") : headOf(loss, outputs),
        ),
      );
      const columns = preparation.inputs.map(
        ({ name, kind }) => `${name} ${kind === "category" ? "string" : "double"}`,
      );
      const { name, task } = preparation.target;
      const deviation = isSure && task === "numbers" ? ` and ${name}_deviation` : "";
      io.out.write(`${out}: ${columns.join(", ")}, each [batch, 1]; output ${name}${deviation}, opset 21\n`);
    });
}

/** As `readOutputs` reads the outputs. */
function headOf(loss: LossName, outputs: number): Head {
  if (logLosses.includes(loss)) return "exp";
  if (loss === "cross-entropy") return "softmax";
  if (loss !== "bce") return "identity";
  return outputs === 1 ? "logit" : "logistic";
}
