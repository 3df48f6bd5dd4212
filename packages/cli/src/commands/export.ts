/** `quadric export`: a trained network as an ONNX file. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import { ConfigError, type Tensor } from "quadric";
import { exportOnnx, loadParameters } from "quadric/models";
import { writeFileAtomic } from "quadric/node";
import { type LossName, logLosses } from "../data/targets.ts";
import { groups, helpText } from "../help.ts";
import type { Io } from "../io.ts";
import { parseModel } from "../model.ts";
import type { Head } from "../prepared-onnx.ts";
import { readParameters, readRunRecord } from "../run-files.ts";

export function addExportCommand(program: Command, io: Io): void {
  program
    .command("export")
    .helpGroup(groups.train)
    .description(
      "A trained network as an ONNX file: features or columns as in the data in, the network's outputs or the target out.",
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
      const spec = parseModel(config.model);
      const network = spec.build(config);
      const { shift, scale } = config.scaling;
      const params = {
        network: loadParameters(network.init(config.seed), readParameters(run, record)),
        shift: tensorOf(shift),
        scale: tensorOf(scale),
      };
      type Array = Parameters<typeof network.apply>[1];
      type Weights = { network: typeof params.network; shift: Array; scale: Array };
      // As `scaleInputs` does before training, in the graph.
      const model = (weights: Weights, x: Array) =>
        network.apply(weights.network, x.sub(weights.shift).div(weights.scale));
      const example = { shape: [1, spec.inputs], data: new Float32Array(spec.inputs) };
      const bytes = await exportOnnx(model, params as unknown as Weights, example);
      const { preparation } = config;
      if (!preparation) {
        writeFileAtomic(out, bytes);
        io.out.write(`${out}: input [batch, ${spec.inputs}], output [batch, ${spec.outputs}], opset 21\n`);
        return;
      }
      // Loaded here: the start of every command would pay for it.
      const { withPreparation } = await import("../prepared-onnx.ts");
      writeFileAtomic(out, withPreparation(bytes, preparation, headOf(config.loss, spec.outputs)));
      const columns = preparation.inputs.map(
        ({ name, kind }) => `${name} ${kind === "category" ? "string" : "double"}`,
      );
      io.out.write(`${out}: ${columns.join(", ")}, each [batch, 1]; output ${preparation.target.name}, opset 21\n`);
    });
}

/** As `readOutputs` reads the outputs. */
function headOf(loss: LossName, outputs: number): Head {
  if (logLosses.includes(loss)) return "exp";
  if (loss === "cross-entropy") return "softmax";
  if (loss !== "bce") return "identity";
  return outputs === 1 ? "logit" : "logistic";
}

/** One number for all features, or one for each. */
function tensorOf(value: number | readonly number[]): Tensor {
  return typeof value === "number"
    ? { shape: [], data: Float32Array.of(value) }
    : { shape: [value.length], data: Float32Array.from(value) };
}
